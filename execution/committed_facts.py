"""Reads on in FillProcessor's outbox from where the last reading ended.

Its file says it, whether it is running or not; its messages say only how far to read.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from persistence.faults import NotMadeYet, PersistenceError
from persistence.outbox import OutboxReader
from trading.decision import LedgerPoint
from trading.events import LedgerEvent


class CommittedFacts:
    """FillProcessor's outbox, read on from where the last reading ended."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._reader: OutboxReader | None = None
        self._seq = 0

    def so_far(self) -> Iterator[LedgerEvent]:
        """All that is committed; nothing before FillProcessor has made its file. Raises FileUnusable."""
        try:
            reader = self._open()
        except NotMadeYet:
            return
        yield from self._events(reader, None)

    def upto(self, told: LedgerPoint) -> Iterator[LedgerEvent]:
        """The events that are new up to there. Raises PersistenceError when the point is in another file.

        What was read from the old one cannot be taken back: only reading everything anew is right.
        """
        reader = self._open()
        if reader.outbox_id != told.outbox_id:
            raise PersistenceError(f"{self._path} was replaced by another one while it was being read")
        yield from self._events(reader, told.seq)

    def point(self) -> LedgerPoint:
        """The point to which it was read; before FillProcessor has made its file, none."""
        return LedgerPoint("" if self._reader is None else self._reader.outbox_id, self._seq)

    def _open(self) -> OutboxReader:
        if self._reader is None:
            self._reader = OutboxReader(self._path)
        return self._reader

    def _events(self, reader: OutboxReader, upto: int | None) -> Iterator[LedgerEvent]:
        for seq, event in reader.events(self._seq, upto):
            self._seq = seq
            yield event

    def close(self) -> None:
        if self._reader is not None:
            self._reader.close()
