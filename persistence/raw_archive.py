"""The frames of a feed as they came, in compressed files: for whoever has to find out about the protocol.

A frame is a line of JSON. Each second of them is compressed by itself, so a file that was cut off by a kill
is read to there. It gives way to everything else: it is dropped first when the disk is short or slow.
"""

from __future__ import annotations

import json
import os
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import zstandard

from persistence.faults import NotMadeYet, PersistenceError, naming
from persistence.single_writer import make_private_folder

FOLDER: Final = "raw"  # in the account's folder
FLUSH_S: Final = 1.0
MOST_WAITING_BYTES: Final = 64_000_000  # of frames that are not written yet
MOST_FILE_BYTES: Final = 64_000_000
LEAST_FREE_BYTES: Final = 1_000_000_000  # before the first of a tape is left out
_LEVEL: Final = 3
_NAME: Final = re.compile(r"(s[0-9a-z]+)-(.+)-([0-9]+)\.jsonl\.zst")


class RawArchive:
    """Writes the frames of one feed in a thread of its own; whoever adds them never waits."""

    def __init__(
        self,
        account_dir: Path,
        session: str,
        feed: str,
        *,
        free_bytes: Callable[[Path], int] = lambda folder: _free_bytes(folder),
        begin: bool = True,
    ) -> None:
        """``feed`` names it in the files. ``begin``: with its thread; else ``write`` has to be called."""
        self._folder = account_dir / FOLDER
        self._session, self._feed = session, feed
        self._free_bytes = free_bytes
        self._compressor = zstandard.ZstdCompressor(level=_LEVEL)
        self._lock = threading.Lock()
        self._waiting: list[tuple[int, int, int, Sequence[bytes]]] = []
        self._waiting_bytes = 0
        self._dropped = 0  # frames, since the last line that tells it
        self._path: Path | None = None
        self._size = 0
        self.trouble = ""
        """The reason why the newest frames were dropped; empty once some are written again."""
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"raw {feed}", daemon=True)
        if begin:
            self._thread.start()

    def add(self, connection: int, generation: int, received_us: int, frames: Sequence[bytes]) -> None:
        """Frames of one connection in their order; ``received_us`` is when the first of them came."""
        size = sum(map(len, frames))
        with self._lock:
            if self._waiting_bytes + size > MOST_WAITING_BYTES:
                self._dropped += len(frames)
                return
            self._waiting_bytes += size
            self._waiting.append((connection, generation, received_us, frames))

    def close(self) -> None:
        """Write what is left, and end the thread."""
        self._ends.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5.0)

    def write(self) -> None:
        """Write all that waits; what the disk does not take is dropped and counted."""
        with self._lock:
            waiting, self._waiting, self._waiting_bytes = self._waiting, [], 0
            dropped, self._dropped = self._dropped, 0
        if not (waiting or dropped):
            return
        try:
            lines = list(_lines(waiting))
            if dropped:
                lines.append(json.dumps({"at_us": time.time_ns() // 1000, "dropped": dropped}))
            self._append("".join(f"{line}\n" for line in lines).encode())
            self.trouble = ""
        except Exception as error:  # noqa: BLE001  # whatever it was, the next frames are written
            self.trouble = str(error) if isinstance(error, PersistenceError) else repr(error)
            with self._lock:
                self._dropped += dropped + sum(len(frames) for *_, frames in waiting)

    def _run(self) -> None:
        while not self._ends.wait(FLUSH_S):
            self.write()
        self.write()

    def _append(self, text: bytes) -> None:
        """Raises a PersistenceError."""
        with naming(self._folder):
            make_private_folder(self._folder)
            if self._free_bytes(self._folder) < LEAST_FREE_BYTES:
                raise PersistenceError(f"{self._folder}: the disk is short of room")
            if self._path is None or self._size > MOST_FILE_BYTES:
                name = f"{self._session}-{self._feed}-{time.time_ns() // 1000}.jsonl.zst"
                self._path, self._size = self._folder / name, 0
            self._size += self._add_to(self._path, self._compressor.compress(text))

    def _add_to(self, path: Path, data: bytes) -> int:
        """The bytes that were written. Behind a torn write nothing can be read: it ends the file."""
        try:
            with path.open("ab") as file:
                return file.write(data)
        except BaseException:
            self._path = None
            if not self._size:
                with suppress(OSError):
                    path.unlink()
            raise


def _lines(waiting: Sequence[tuple[int, int, int, Sequence[bytes]]]) -> Iterator[str]:
    for connection, generation, received_us, frames in waiting:
        for frame in frames:
            text = frame.decode("utf-8", errors="backslashreplace")
            line = {"at_us": received_us, "connection": connection, "generation": generation, "frame": text}
            yield json.dumps(line, ensure_ascii=False)


def _free_bytes(folder: Path) -> int:
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


# --- reading -------------------------------------------------------------------------------------------


def raw_files(account_dir: Path, session: str) -> dict[str, list[Path]]:
    """The files of a session by feed, in the order in which they were begun."""
    found: dict[str, list[Path]] = {}
    for path in sorted((account_dir / FOLDER).glob(f"{session}-*.jsonl.zst")):
        if (match := _NAME.fullmatch(path.name)) is not None:
            found.setdefault(match[2], []).append(path)
    return found


def read_raw(path: Path) -> Iterator[bytes]:
    """The lines of a file, without their ends, as far as it is whole. Raises a PersistenceError."""
    rest = b""
    with naming(path), path.open("rb") as file:
        reader = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)
        while True:
            try:
                block = reader.read(1 << 20)
            except zstandard.ZstdError:  # cut off by the end of its writer
                return
            if not block:
                return
            *lines, rest = (rest + block).split(b"\n")
            yield from lines


def drop_raw(account_dir: Path, before_us: int) -> None:
    """Remove the files that were last written before then: all that can be. Raises a PersistenceError."""
    fault: PersistenceError | None = None
    for path in (account_dir / FOLDER).glob("*.jsonl.zst"):
        try:
            with naming(path):
                if path.stat().st_mtime_ns // 1000 < before_us:
                    path.unlink(missing_ok=True)
        except NotMadeYet:
            pass  # it is gone already
        except PersistenceError as error:
            fault = fault or error
    if fault is not None:
        raise fault
