"""The rows of a tape that are in no piece yet, on the disk before a decision can have seen them.

They are appended as they are, to one of two files in turn: while one is written the other has the rows of
the piece that is on its way into the tape's own file. What a killed watcher left in them is made into pieces
by the next watcher of the folder.
"""

from __future__ import annotations

import errno
import fcntl
import os
import struct
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from persistence.faults import PersistenceError, naming
from persistence.single_writer import make_private_folder
from persistence.tape.codec import PLAIN, PieceDamaged, TapeCodec
from persistence.tape.outbox import PackedPiece, TapeFileReader, TapeOutbox, TapeSource, tape_files
from trading.tape_rows import TapePiece

_LENGTH: Final = struct.Struct("<I")
_ENDS: Final = (".tail0", ".tail1")


class TapeTail:
    """The writing end, one process at a time."""

    def __init__(self, folder: Path, source: TapeSource) -> None:
        """Raises a PersistenceError."""
        self._codec = TapeCodec(PLAIN)
        self._last_no = [0, 0]  # the last row in each file
        self._at = 0  # the file that is written
        self._files: list[int] = []
        self._paths = [folder / f"{source.name}{end}" for end in _ENDS]
        try:
            with naming(folder):
                make_private_folder(folder)
            for path in self._paths:
                with naming(path):
                    self._files.append(_make(path))
        except BaseException:
            self.close()
            raise

    def write(self, piece: TapePiece) -> None:
        """Append rows. Raises a PersistenceError."""
        packed = self._codec.pack(piece)
        data = _LENGTH.pack(len(packed)) + packed
        with naming(self._paths[self._at]):
            if os.write(self._files[self._at], data) < len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._last_no[self._at] = piece.last_no

    def turn(self, written_no: int) -> None:
        """A piece was taken; those up to this row are in the tape's own file. Raises a PersistenceError."""
        other = 1 - self._at
        if self._last_no[other] <= written_no:
            with naming(self._paths[other]):
                os.ftruncate(self._files[other], 0)
            self._at = other

    def empty(self) -> None:
        """Nothing can go on from these rows, and the disk has little room. Raises a PersistenceError."""
        for path, file in zip(self._paths, self._files, strict=True):
            with naming(path):
                os.ftruncate(file, 0)
        self._last_no = [0, 0]

    def remove(self) -> None:
        """Nobody is to make pieces of it. Raises a PersistenceError."""
        try:
            for path in self._paths:
                with naming(path):
                    path.unlink(missing_ok=True)
        finally:
            self.close()

    def close(self) -> None:
        while self._files:
            os.close(self._files.pop())


def _make(path: Path) -> int:
    """The descriptor of an empty file that is locked, and is at the path. Raises OSError."""
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_at(path, file):
                os.ftruncate(file, 0)
                return file
        except BaseException:
            os.close(file)
            raise
        os.close(file)  # it was rescued, and so removed, before it was locked


def _is_at(path: Path, file: int) -> bool:
    """Whether the open file has not been removed. Only the holder of its lock removes a file."""
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(file), path.stat())
    return False


def rescue_tails(folder: Path) -> list[TapeSource]:
    """Make pieces of what killed watchers left, and tell whose. Raises a PersistenceError."""
    rescued = []
    for path in sorted(folder.glob(f"*{_ENDS[0]}")):
        source = _source_of(path)
        with naming(path), suppress(FileNotFoundError, BlockingIOError), path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # a watcher that lives has it
            if not _is_at(path, file.fileno()):
                continue
            paths = [path, path.with_name(path.name.removesuffix(_ENDS[0]) + _ENDS[1])]
            pieces = sorted((piece for each in paths for piece in _pieces_in(each)), key=lambda p: p.first_no)
            if source is not None and _write_pieces(folder, source, pieces):
                rescued.append(source)
            for each in paths:
                each.unlink(missing_ok=True)
    return rescued


def _source_of(path: Path) -> TapeSource | None:
    session, *numbers = path.stem.rsplit("-", 2)
    if len(numbers) != 2 or not all(number.isdecimal() for number in numbers):
        return None
    return TapeSource(session, *map(int, numbers))


def _pieces_in(path: Path) -> list[TapePiece]:
    """Its pieces without the damaged ones, which leave a hole; of the last one only a part may be there."""
    found: list[TapePiece] = []
    with suppress(FileNotFoundError, struct.error):
        data, at, codec = path.read_bytes(), 0, TapeCodec()
        while at < len(data):
            (length,) = _LENGTH.unpack_from(data, at)
            begins, at = at + _LENGTH.size, at + _LENGTH.size + length
            with suppress(PieceDamaged):
                found.append(codec.unpack(data[begins:at]))
    return found


def _write_pieces(folder: Path, source: TapeSource, pieces: list[TapePiece]) -> bool:
    last_no, codec = 0, TapeCodec()
    for file in tape_files(folder):
        if file.source == source:
            with suppress(PersistenceError), closing(TapeFileReader(file)) as reader:
                last_no = max(last_no, reader.last_no())
    left = [piece for piece in pieces if piece.first_no > last_no]
    with closing(TapeOutbox(folder, source)) as outbox:
        for piece in left:
            outbox.write(PackedPiece(piece.first_no, piece.last_no, piece.t1_us, codec.pack(piece)))
    return bool(left)
