"""The outboxes of one account, read on together from where the database stands.

Sessions come first, because the other facts are told by session. The rest comes in the order of time, as
far as each writer's own order allows.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from persistence import account_files
from persistence.faults import NotMadeYet
from persistence.outbox import OutboxReader, Writer
from trading.events import LedgerEvent

FILES: Final[dict[Writer, str]] = {
    "Recorder": account_files.SESSIONS,
    "OrderManager": account_files.ORDER_MANAGER,
    "FillProcessor": account_files.FILL_PROCESSOR,
}


class RecordedEvent(NamedTuple):
    """An event and its place."""

    writer: Writer
    seq: int
    event: LedgerEvent


Positions = Mapping[Writer, int]
"""The last event of each outbox that was read."""


class LedgerSources:
    """The outboxes of one folder; used by one thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._readers: dict[Writer, OutboxReader] = {}

    def look(self) -> dict[Writer, OutboxReader]:
        """The outboxes that there are by now. Raises FileUnusable."""
        for writer, file in FILES.items():
            if writer not in self._readers:
                try:
                    self._readers[writer] = OutboxReader(self._folder / file)
                except NotMadeYet:
                    continue
        return self._readers

    def behind(self, positions: Positions) -> int:
        """The number of events that wait."""
        last = {writer: reader.last_seq for writer, reader in self.look().items()}
        return sum(max(0, seq - positions.get(writer, 0)) for writer, seq in last.items())

    def page(self, positions: Positions, *, most: int) -> list[RecordedEvent]:
        """The next events. Raises FileUnusable."""
        sessions = list(islice(self._events("Recorder", positions), most))
        if len(sessions) == most or "FillProcessor" not in self._readers:
            return sessions  # nothing is known of an account before its FillProcessor has opened it
        both = (self._events("OrderManager", positions), self._events("FillProcessor", positions))
        merged = heapq.merge(*both, key=lambda recorded: recorded.event.at_us)
        return [*sessions, *islice(merged, most - len(sessions))]

    def event(self, writer: Writer, seq: int) -> LedgerEvent:
        """One event that is there."""
        return next(event for _, event in self._readers[writer].events(seq - 1, seq))

    def close(self) -> None:
        for reader in self._readers.values():
            reader.close()
        self._readers.clear()

    def _events(self, writer: Writer, positions: Positions) -> Iterator[RecordedEvent]:
        reader = self._readers.get(writer)
        if reader is not None:
            for seq, event in reader.events(positions.get(writer, 0)):
                yield RecordedEvent(writer, seq, event)
