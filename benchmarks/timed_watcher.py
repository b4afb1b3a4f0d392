"""The MarketWatcher, with a note of when it took what into its books.

The notes, and which connection carries which markets, go to files beside its log: measuring costs it
about a microsecond a batch of frames.
"""

from __future__ import annotations

import json
import mmap
import struct
import time
from pathlib import Path
from typing import Any, ClassVar, Final

from actors.market_watcher import MarketWatcher
from actors.supervisor import Supervisor
from benchmarks.replay_server import COUNTED
from kalshi_client.stream.session import BookSession
from market_data.shard_watch import Watching

TAKEN: Final = struct.Struct("<qqq")
"""Monotonic nanoseconds, connection, messages of it in the books by then."""
DUE: Final = struct.Struct("<40sqq")
"""Ticker; epoch microseconds at which it became due, and at which it was taken."""
FLUSH_NS: Final = 50_000_000


class _Notes:
    """Appends to a file, a while later and all at once."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab", buffering=0)
        self._notes: list[bytes] = []
        self._flushed_ns = time.monotonic_ns()

    def add(self, note: bytes, now_ns: int) -> None:
        self._notes.append(note)
        if now_ns - self._flushed_ns > FLUSH_NS:
            self.flush()
            self._flushed_ns = now_ns

    def flush(self) -> None:
        self._file.write(b"".join(self._notes))
        self._notes.clear()


class TimedWatcher(MarketWatcher):
    """Notes each batch of frames (``taken``) and each market when it is due (``due``)."""

    def begin(self) -> None:
        folder = Path(self.settings["log_path"]).parent
        self._taken = _Notes(folder / f"{self.name}.taken")
        self._due = _Notes(folder / f"{self.name}.due")
        counted = folder / f"{self.name}.counted"
        if not counted.exists():
            counted.write_bytes(COUNTED.pack(0))
        with counted.open("r+b") as file:
            self._counted = mmap.mmap(file.fileno(), COUNTED.size)
        self._note_frames()
        super().begin()
        self._throttle_us = int(self._config.strategy.throttle_s * 1e6)
        self._shown_us: dict[str, int] = {}
        self._note_due()

    def _note_frames(self) -> None:
        """In this process only: it does nothing but watch."""
        receive, taken, counted, total = BookSession.receive, self._taken, self._counted, 0
        numbers: dict[str, int] = {}  # connection, by the first of its tickers
        known = Path(self.settings["log_path"]).parent / f"{self.name}.connections"

        def timed(session: BookSession, frames: Any, received_us: int) -> Any:
            nonlocal total
            if session._connection not in numbers.values():  # noqa: SLF001
                numbers[min(session.tickers, default="")] = session._connection  # noqa: SLF001
                known.write_text(json.dumps(numbers))
            events = receive(session, frames, received_us)
            now_ns = time.monotonic_ns()
            total += len(frames)
            COUNTED.pack_into(counted, 0, total)
            taken.add(TAKEN.pack(now_ns, session._connection, session.counters.frames), now_ns)  # noqa: SLF001
            return events

        BookSession.receive = timed  # type: ignore[method-assign, assignment]

    def _note_due(self) -> None:
        take_due = self._books.take_due

        def timed(now: float, *, limit: int) -> dict[str, int]:
            due = take_due(now, limit=limit)
            now_us = time.time_ns() // 1000
            for ticker, changed_us in due.items():
                due_us = max(changed_us, self._shown_us.get(ticker, 0) + self._throttle_us)
                self._shown_us[ticker] = now_us
                self._due.add(DUE.pack(ticker.encode(), due_us, now_us), time.monotonic_ns())
            return due

        self._books.take_due = timed  # type: ignore[method-assign]

    def on_timer(self, name: str) -> None:
        super().on_timer(name)
        if name == "second":
            self._taken.flush()
            self._due.flush()

    def telemetry(self) -> dict[str, Any]:
        """With the number of frames that wait, for a look at its growth."""
        inbox = self._phase.feed._inbox if isinstance(self._phase, Watching) else None  # noqa: SLF001
        return super().telemetry() | {"waiting": 0 if inbox is None else inbox._frames}  # noqa: SLF001


class TimedSupervisor(Supervisor):
    """The whole trader with the watcher above."""

    ACTORS: ClassVar[dict[str, type[Any]]] = Supervisor.ACTORS | {"MarketWatcher": TimedWatcher}
