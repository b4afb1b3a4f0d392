"""The settlements that a recorded account was told of, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator

from replay.recording import NumberedEvent, Recording
from trading.decision import LedgerPoint
from trading.events import SettlementSeen


class Settlements:
    """The settlements after the first batch, each once."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._outbox_id = ""
        self._seq = 0
        self._events: Iterator[NumberedEvent] = iter(())

    def upto(self, points: tuple[LedgerPoint, ...]) -> Iterator[SettlementSeen]:
        """The settlements that were folded since the last call. Raises RecordingDamaged."""
        outbox_id, seq = points[1]
        if not self._outbox_id:
            self._outbox_id, self._seq = outbox_id, seq
            self._events = self._recording.events("FillProcessor", outbox_id)
        while self._seq < seq and (numbered := next(self._events, None)) is not None:
            if numbered.seq > self._seq:
                self._seq = numbered.seq
                if isinstance(numbered.event, SettlementSeen):
                    yield numbered.event
