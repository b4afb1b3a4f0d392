"""The tape: all trades so far.

Columns of integers, 31 bytes a trade instead of the 300 of an object each: a busy hour stays in
memory. The oldest are forgotten first.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import Final

from simulator.engine.matching.orders import SIDES
from simulator.engine.matching.traded_market import TradedMarket
from simulator.engine.matching.trades import Trade

MOST_TRADES: Final = 1_000_000
_FORGET_AT_ONCE: Final = 10  # a tenth


class Tape:
    """Trades in their order; their numbers are consecutive."""

    def __init__(self, most: int = MOST_TRADES) -> None:
        self._most = most
        self._first = 1  # number of the oldest trade kept
        self._market = array("I")  # place in _listed
        self._price_e4 = array("H")
        self._count_e2 = array("q")
        self._taker = array("B")  # place in SIDES
        self._at_us = array("q")
        self._listed: list[TradedMarket] = []
        self._places: dict[str, int] = {}
        self._numbers: list[array[int]] = []  # of each market's trades

    def __len__(self) -> int:
        return len(self._at_us)

    def __reversed__(self) -> Iterator[Trade]:
        return self.newest_first()

    def append(self, trade: Trade) -> None:
        if not self._at_us:
            self._first = trade.number
        place = self._places.get(trade.market.ticker)
        if place is None:
            place = self._places[trade.market.ticker] = len(self._listed)
            self._listed.append(trade.market)
            self._numbers.append(array("Q"))
        self._numbers[place].append(trade.number)
        self._market.append(place)
        self._price_e4.append(trade.price_e4)
        self._count_e2.append(trade.count_e2)
        self._taker.append(SIDES.index(trade.taker_side))
        self._at_us.append(trade.at_us)
        if len(self._at_us) > self._most:
            self._forget(max(1, self._most // _FORGET_AT_ONCE))

    def newest_first(
        self,
        *,
        ticker: str | None = None,
        first_us: int | None = None,
        last_us: int | None = None,
        before: int | None = None,
    ) -> Iterator[Trade]:
        """Trades of a time, both ends included, with a number below ``before``."""
        low = 0 if first_us is None else bisect_left(self._at_us, first_us)
        high = len(self) if last_us is None else bisect_right(self._at_us, last_us)
        if before is not None:
            high = min(high, before - self._first)
        if ticker is None:
            for place in range(high - 1, low - 1, -1):
                yield self._trade(place)
        elif ticker in self._places:
            numbers = self._numbers[self._places[ticker]]
            start = bisect_left(numbers, low + self._first)
            for at in range(bisect_left(numbers, max(0, high + self._first)) - 1, start - 1, -1):
                yield self._trade(numbers[at] - self._first)

    def _trade(self, place: int) -> Trade:
        return Trade(
            self._first + place,
            self._listed[self._market[place]],
            self._price_e4[place],
            self._count_e2[place],
            SIDES[self._taker[place]],
            self._at_us[place],
        )

    def _forget(self, count: int) -> None:
        self._first += count
        for column in (self._market, self._price_e4, self._count_e2, self._taker, self._at_us):
            del column[:count]
        for numbers in self._numbers:
            del numbers[: bisect_left(numbers, self._first)]
