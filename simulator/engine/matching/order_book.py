"""The queues of one market's YES book.

Price, then time: a level is a first-in-first-out queue and the dictionary keeps its order. Asks are
kept at their YES price; the wire shows them as NO bids at the complement (protocol 7.1).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

from simulator.engine.accounts.owner import Owner
from simulator.engine.matching.orders import Order
from trading.market import BookSide, complement_e4


class Level:
    """All orders at one price, oldest first, and their sum."""

    __slots__ = ("count_e2", "orders")

    def __init__(self) -> None:
        self.orders: dict[int, Order] = {}
        self.count_e2 = 0


class OrderBook:
    """Both sides of a market with their best prices at hand."""

    __slots__ = ("asks", "best_ask_e4", "best_bid_e4", "bids")

    def __init__(self) -> None:
        self.bids: dict[int, Level] = {}
        self.asks: dict[int, Level] = {}
        self.best_bid_e4: int | None = None
        self.best_ask_e4: int | None = None

    def rest(self, order: Order) -> None:
        """Put an order at the end of the queue of its price."""
        levels = self.levels(order.side)
        level = levels.get(order.price_e4)
        if level is None:
            level = levels[order.price_e4] = Level()
            self._find_best(order.side)
        level.orders[order.number] = order
        level.count_e2 += order.remaining_e2

    def reduce(self, order: Order, count_e2: int) -> None:
        """Take contracts out of a resting order; at none left it leaves the book."""
        levels = self.levels(order.side)
        level = levels[order.price_e4]
        order.remaining_e2 -= count_e2
        level.count_e2 -= count_e2
        if order.remaining_e2 == 0:
            del level.orders[order.number]
            if not level.orders:
                del levels[order.price_e4]
                self._find_best(order.side)

    def first_crossing(self, side: BookSide, price_e4: int) -> Order | None:
        """The resting order that an incoming one meets next, if their prices cross."""
        if side == "bid":
            best = self.best_ask_e4
            crosses = best is not None and best <= price_e4
        else:
            best = self.best_bid_e4
            crosses = best is not None and best >= price_e4
        if best is None or not crosses:
            return None
        level = self.asks[best] if side == "bid" else self.bids[best]
        return next(iter(level.orders.values()))

    def crossing_e2(self, side: BookSide, price_e4: int, *, without: Owner, stops: bool) -> int:
        """Contracts an incoming order could take at its price, own ones left out.

        ``stops``: the first own order on the way ends it, as it ends a taker (protocol 7.2).
        """
        crossed = self._crossed(side, price_e4)
        if stops:
            crossed = takewhile(lambda order: order.owner is not without, crossed)
        return sum(order.remaining_e2 for order in crossed if order.owner is not without)

    def _crossed(self, side: BookSide, price_e4: int) -> Iterator[Order]:
        """The orders that an incoming one would meet, in the order of price and time."""
        if side == "bid":
            prices, levels = sorted(price for price in self.asks if price <= price_e4), self.asks
        else:
            prices, levels = sorted((p for p in self.bids if p >= price_e4), reverse=True), self.bids
        for price in prices:
            yield from levels[price].orders.values()

    def ahead_e2(self, order: Order) -> int:
        """Contracts that must trade before a resting order does, those at better prices included."""
        levels, price_e4 = self.levels(order.side), order.price_e4
        ahead_e2 = sum(
            level.count_e2
            for price, level in levels.items()
            if (price > price_e4 if order.side == "bid" else price < price_e4)
        )
        for other in levels[price_e4].orders.values():
            if other is order:
                break
            ahead_e2 += other.remaining_e2
        return ahead_e2

    def levels(self, side: BookSide) -> dict[int, Level]:
        return self.bids if side == "bid" else self.asks

    def orders(self) -> list[Order]:
        """Everything that rests."""
        levels = [*self.bids.values(), *self.asks.values()]
        return [order for level in levels for order in level.orders.values()]

    def count_at_best_e2(self, side: BookSide) -> int:
        best = self.best_bid_e4 if side == "bid" else self.best_ask_e4
        return 0 if best is None else self.levels(side)[best].count_e2

    def yes_bids(self) -> list[tuple[int, int]]:
        """(price_e4, count_e2), best last, as the venue lists a side."""
        return sorted((price, level.count_e2) for price, level in self.bids.items())

    def no_bids(self) -> list[tuple[int, int]]:
        """(NO price_e4, count_e2), best last."""
        return sorted((complement_e4(price), level.count_e2) for price, level in self.asks.items())

    def _find_best(self, side: BookSide) -> None:
        if side == "bid":
            self.best_bid_e4 = max(self.bids, default=None)
        else:
            self.best_ask_e4 = min(self.asks, default=None)
