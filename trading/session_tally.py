"""The orders and fills of one session, counted from the same facts.

An order counts for the session when it was recorded in it (``sent``, unless it never left) or anything
became of it in it (``carried`` over from before). Fills count when they were heard of in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field

from trading.events import FillSeen
from trading.orders import Order


@dataclass(slots=True)
class FillCount:
    count: int = 0
    count_e2: int = 0

    def add(self, other: FillCount) -> None:
        self.count += other.count
        self.count_e2 += other.count_e2


@dataclass(slots=True)
class FillCounts:
    """Fills of our own orders, and of every other order of the account."""

    ours: FillCount = field(default_factory=FillCount)
    foreign: FillCount = field(default_factory=FillCount)

    def add(self, fills: FillCount, *, is_ours: bool) -> None:
        (self.ours if is_ours else self.foreign).add(fills)


class SessionTally:
    """Counts of the session that began at ``since_us``; ``Ledger`` tells it each fact, once."""

    def __init__(self, since_us: int) -> None:
        self._since_us = since_us
        self._fills: dict[str, FillCount] = {}  # by the venue's order_id, of orders still in memory
        self._forgotten: Counter[str] = Counter()
        self._forgotten_fills = FillCounts()

    def filled(self, fill: FillSeen) -> None:
        if fill.at_us >= self._since_us:
            self._fills.setdefault(fill.order_id, FillCount()).add(FillCount(1, fill.count_e2))

    def forget(self, order: Order) -> None:
        """The order leaves memory; what it counted for stays."""
        self._forgotten.update(self._words(order, ()))
        fills = self._fills.pop(order.order_id, None)
        if fills is not None:
            self._forgotten_fills.add(fills, is_ours=order.is_ours)

    def orders(self, known: Iterable[Order], in_flight: Collection[str]) -> Counter[str]:
        """Our orders by state, with ``sent``, ``carried`` and ``awaiting_fills``, and ``foreign_canceled``.

        Awaiting fills: the venue has shown the end of an order and more fills than it has told us.
        Foreign canceled: not ours, and canceled from here.
        """
        counts: Counter[str] = Counter(self._forgotten)
        for order in known:
            counts.update(self._words(order, in_flight))
        return counts

    def fills(self, order_by_id: Callable[[str], Order | None]) -> FillCounts:
        counts = FillCounts()
        counts.add(self._forgotten_fills.ours, is_ours=True)
        counts.add(self._forgotten_fills.foreign, is_ours=False)
        for order_id, fills in self._fills.items():
            order = order_by_id(order_id)
            counts.add(fills, is_ours=order is not None and order.is_ours)
        return counts

    def _words(self, order: Order, in_flight: Collection[str]) -> Iterator[str]:
        if order.is_closed and order.updated_us < self._since_us:
            return
        if order.intent is None:
            if order.cancel_reduced_e2 is not None:
                yield "foreign_canceled"
            return
        state = order.state(in_flight)
        yield state
        if order.intent.at_us < self._since_us:
            yield "carried"
        elif state not in ("recorded", "not_sent"):
            yield "sent"
        if order.is_terminal and not order.is_closed:
            yield "awaiting_fills"
