"""The account of a session as it was at each of its batches, folded from both outboxes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from execution.account_view import AccountShown
from persistence.outbox import Writer
from replay.recording import NumberedEvent, Recording, RecordingDamaged
from trading.decision import Account, LedgerPoint
from trading.events import LedgerEvent
from trading.ledger import FORGET_AFTER_US, Ledger
from trading.market import Market
from trading.market_map import MarketMap
from trading.order_desk import OrderDesk
from trading.order_ids import OrderIds
from trading.risk import RiskLimits
from trading.translation import account_to_data

WRITERS: Final[tuple[Writer, Writer]] = ("OrderManager", "FillProcessor")
Hear = Callable[[LedgerEvent, Callable[[], bool]], None]
"""Is called with each event of OrderManager before it is folded, and with what folds the next one of
FillProcessor's before that, which says whether there was one."""

_FORGET_EVERY_US: Final = 10_000_000


class NotFolded(Exception):
    """The account at a batch cannot be told from the outboxes; the text says why."""


class _Outbox:
    """One writer's events, as far as they were taken."""

    def __init__(self, recording: Recording, writer: Writer) -> None:
        self.writer: Final = writer
        self.outbox_id = ""
        self.seq = 0
        self._recording = recording
        self._events: Iterator[NumberedEvent] = iter(())
        self._next: NumberedEvent | None = None

    def begin(self, outbox_id: str) -> None:
        self.outbox_id, self.seq = outbox_id, 0
        self._events = self.again()
        self._next = None

    def again(self) -> Iterator[NumberedEvent]:
        """Its events from the first on. Raises NotFolded."""
        try:
            yield from self._recording.events(self.writer, self.outbox_id)
        except RecordingDamaged as damage:
            raise NotFolded(str(damage)) from damage

    def take(self, upto: int) -> LedgerEvent | None:
        """The next event, if it is not behind this one; None when all of them were taken."""
        if self.seq >= upto:
            return None
        if self._next is None:
            self._next = next(self._events, None)
        if self._next is None or self._next.seq > upto:
            return None
        taken, self._next = self._next, None
        self.seq = taken.seq
        return taken.event


class RecordedLedgers:
    """Both outboxes of the account, folded as OrderManager folds them."""

    def __init__(
        self, recording: Recording, limits: RiskLimits, markets: Mapping[str, Market], names: MarketMap
    ) -> None:
        self._names = names
        self._recording = recording
        self._limits = limits
        self._markets = markets
        self._outboxes = tuple(_Outbox(recording, writer) for writer in WRITERS)
        self._told: tuple[tuple[LedgerPoint, ...], Account] | None = None
        self._forget_at_us = 0
        self.desk = self._new_desk()
        self._shown = AccountShown(self.desk)

    @property
    def ledger(self) -> Ledger:
        return self.desk.ledger

    def _new_desk(self) -> OrderDesk:
        return OrderDesk(
            Ledger(self._markets),
            self._limits,
            markets=self._markets,
            ids=OrderIds(self._recording.account.rpartition("-")[2]),
            order_ttl_us=0,  # nothing is sent
        )

    def at(
        self,
        points: tuple[LedgerPoint, ...],
        *,
        now_us: int,
        hear: Hear | None = None,
    ) -> Account:
        """The account as the Selector was told it when both outboxes were folded up to these points.

        Raises NotFolded.
        """
        if self._told is not None and self._told[0] == points:
            return self._told[1]
        if len(points) != len(WRITERS):
            raise NotFolded("its record does not say how far the ledgers were folded")
        self._begin(points)
        self._fold(points, hear)
        account = account_to_data(self._shown.now(points), self._names)
        self._told = points, account
        if now_us >= self._forget_at_us:
            self._forget_at_us = now_us + _FORGET_EVERY_US
            self.ledger.forget_closed(now_us - FORGET_AFTER_US)
        return account

    def rest(
        self,
        *,
        before_us: int | None,
        hear: Hear | None = None,
    ) -> None:
        """Fold what was told after the last batch, up to then. Raises NotFolded."""
        ends = []
        for box in self._outboxes:
            last = box.seq
            if box.outbox_id:
                for seq, event in box.again():
                    if before_us is not None and seq > box.seq and event.at_us >= before_us:
                        break
                    last = max(last, seq)
            ends.append(LedgerPoint(box.outbox_id, last))
        self._fold(tuple(ends), hear)

    def facts(self) -> Iterator[LedgerEvent]:
        """FillProcessor's events once more, from the first to the last that was folded. Raises NotFolded."""
        box = self._outboxes[1]
        for seq, event in box.again():
            if seq > box.seq:
                return
            yield event

    def _begin(self, points: tuple[LedgerPoint, ...]) -> None:
        known = [box.outbox_id for box in self._outboxes]
        if any(ours not in ("", point.outbox_id) for ours, point in zip(known, points, strict=True)):
            # Of another file nothing is known: whoever reads on folds everything anew.
            self.desk = self._new_desk()
            self._shown = AccountShown(self.desk)
            known = ["", ""]
        for box, ours, point in zip(self._outboxes, known, points, strict=True):
            if point.outbox_id and not ours:
                box.begin(point.outbox_id)

    def _fold(
        self,
        points: tuple[LedgerPoint, ...],
        hear: Hear | None,
    ) -> None:
        manager, processor = self._outboxes
        manager_upto, processor_upto = points[0].seq, points[1].seq

        def fold_one() -> bool:
            event = processor.take(processor_upto)
            if event is not None:
                self.desk.take(event)
            return event is not None

        while (event := manager.take(manager_upto)) is not None:
            if hear is not None:
                hear(event, fold_one)
            self.desk.take(event)
        while fold_one():
            pass
        for box, point in zip(self._outboxes, points, strict=True):
            if box.seq < point.seq:
                missing = f"events {box.seq + 1} to {point.seq} of {box.writer}'s outbox {point.outbox_id}"
                raise NotFolded(f"{missing} are not in the recording")
