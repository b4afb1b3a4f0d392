"""The fills of a resting order in a recorded market: an interval of three answers, not one number.

Nobody can know it. An order that was never sent moved nobody, and no record tells who left a queue from which
place. So three assumptions are followed at once:

* worst: it fills only when the price passes it: a trade beyond its price, or a counter-order beyond it.
* proportional: it joins the end of its level. Trades at its price are for those ahead first, and those who
  cancel stand evenly along the queue.
* touch: it fills whole as soon as its price is reached.

Of every stream worst ≤ proportional ≤ touch. The record is taken as it is: what this order takes from it is
missed by nobody. Every fill is at the order's own price.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from trading.book import Book
from trading.market import BookSide, complement_e4

Assumption = Literal["worst", "proportional", "touch"]
"""The assumption by which orders fill."""


class Fills(NamedTuple):
    """Contracts (count_e2) filled under each assumption."""

    worst_e2: int
    proportional_e2: int
    touch_e2: int

    def under(self, assumption: Assumption) -> int:
        """The fills of one assumption."""
        match assumption:
            case "worst":
                return self.worst_e2
            case "proportional":
                return self.proportional_e2
            case "touch":
                return self.touch_e2


class LevelSeen(NamedTuple):
    """The book around the order's price, after a change."""

    level_e2: int  # others' contracts at its price, on its side
    meeting_e2: int  # contracts of the other side at its price or beyond
    passing_e2: int  # those of them beyond it


class TradeSeen(NamedTuple):
    """A public trade at its YES price; ``taker`` is the side of the order that took."""

    price_e4: int
    count_e2: int
    taker: BookSide


@dataclass(slots=True)
class _Drop:
    """The last time that the level shrank and no trade said why."""

    left_e2: int = 0
    shrunk_e2: int = 0  # what the queue ahead lost by it


class QueuedOrder:
    """An order that rests at ``price_e4`` (a YES price) behind the ``level_e2`` contracts of others."""

    def __init__(self, side: BookSide, price_e4: int, count_e2: int, *, level_e2: int) -> None:
        self._side = side
        self._price_e4 = price_e4
        self._count_e2 = count_e2
        self._level_e2 = level_e2
        self._ahead_e2 = level_e2
        self._traded_e2 = 0  # at its price, and not yet missing in the level
        self._drop = _Drop()
        self._meeting_e2 = 0
        self._passing_e2 = 0
        # What came to the order under each assumption, more than it can take too.
        self._passed_e2 = 0
        self._reached_e2 = 0
        self._is_touched = False

    @property
    def ahead_e2(self) -> int:
        """The queue in front of it, if those who cancel stand evenly along it."""
        return self._ahead_e2

    def fills(self) -> Fills:
        """So far."""
        worst_e2 = min(self._count_e2, self._passed_e2)
        proportional_e2 = min(self._count_e2, max(self._passed_e2, self._reached_e2))
        return Fills(worst_e2, proportional_e2, self._count_e2 if self._is_touched else 0)

    def trade(self, trade: TradeSeen) -> None:
        """Take in a public trade; one whose taker is on the order's own side does not concern it."""
        beyond_e4 = (
            self._price_e4 - trade.price_e4 if self._side == "bid" else trade.price_e4 - self._price_e4
        )
        if trade.taker == self._side or beyond_e4 < 0:
            return
        self._is_touched = True
        if beyond_e4 > 0:  # whoever sells lower would have met this order before
            self._ahead_e2 = 0
            self._passed_e2 += trade.count_e2
            self._reached_e2 += trade.count_e2
            return
        self._traded_e2 += trade.count_e2 - self._explain_drop(trade.count_e2)
        self._reached_e2 += self._through_queue_e2(trade.count_e2)

    def book(self, seen: LevelSeen) -> None:
        """Take in a change of the book."""
        self._follow_level(seen.level_e2)
        # Only what is new: the record goes on showing what this order would have taken.
        met_e2 = max(0, seen.meeting_e2 - self._meeting_e2)
        self._passed_e2 += max(0, seen.passing_e2 - self._passing_e2)
        self._meeting_e2, self._passing_e2 = seen.meeting_e2, seen.passing_e2
        if met_e2:
            self._reached_e2 += self._through_queue_e2(met_e2)
        if seen.passing_e2:
            self._ahead_e2 = 0
        self._is_touched = self._is_touched or seen.meeting_e2 > 0

    def _through_queue_e2(self, count_e2: int) -> int:
        """The part of it that the orders ahead leave over."""
        taken_e2 = min(self._ahead_e2, count_e2)
        self._ahead_e2 -= taken_e2
        return count_e2 - taken_e2

    def _follow_level(self, level_e2: int) -> None:
        dropped_e2 = max(0, self._level_e2 - level_e2)
        by_trades_e2 = min(dropped_e2, self._traded_e2)
        self._traded_e2 -= by_trades_e2
        canceled_e2, left_e2 = dropped_e2 - by_trades_e2, self._level_e2 - by_trades_e2
        if canceled_e2:
            shrunk_e2 = self._ahead_e2 * canceled_e2 // left_e2
            self._ahead_e2 -= shrunk_e2
            self._drop = _Drop(canceled_e2, shrunk_e2)
        self._level_e2 = level_e2
        self._ahead_e2 = min(self._ahead_e2, level_e2)

    def _explain_drop(self, count_e2: int) -> int:
        """The part of the last drop that this trade explains: a level may shrink before its trade is told."""
        drop = self._drop
        explained_e2 = min(drop.left_e2, count_e2)
        if explained_e2:
            restored_e2 = drop.shrunk_e2 * explained_e2 // drop.left_e2
            self._ahead_e2 += restored_e2
            drop.left_e2 -= explained_e2
            drop.shrunk_e2 -= restored_e2
        return explained_e2


def queue_fills(order: QueuedOrder, stream: Iterable[LevelSeen | TradeSeen]) -> Fills:
    """The fills of the order once all of this had come."""
    for seen in stream:
        if isinstance(seen, TradeSeen):
            order.trade(seen)
        else:
            order.book(seen)
    return order.fills()


def level_seen(book: Book, side: BookSide, price_e4: int) -> LevelSeen:
    """A book around the price of an order in it; ``price_e4`` is a YES price."""
    if side == "bid":
        own, others, own_e4 = book.yes, book.no, price_e4
    else:
        own, others, own_e4 = book.no, book.yes, complement_e4(price_e4)
    # In the prices of the order's own outcome, the other side asks what its bids leave of the dollar.
    asked = [(complement_e4(bid_e4), count_e2) for bid_e4, count_e2 in others.items()]
    meeting_e2 = sum(count_e2 for ask_e4, count_e2 in asked if ask_e4 <= own_e4)
    passing_e2 = sum(count_e2 for ask_e4, count_e2 in asked if ask_e4 < own_e4)
    return LevelSeen(own.get(own_e4, 0), meeting_e2, passing_e2)
