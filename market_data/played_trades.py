"""The public trades of a tape that is played: the figures of ``trading.trade_flow``, a trade at a time.

Live, trades of many markets come between two looks and are counted together, by numpy. When a tape is played
there is a look every few changes. Here a trade only adds to its market's running sum, and a look subtracts.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from trading.trade_flow import LONG, MOST_NOTED, US, WINDOWS_S, TradeColumns, TradeFlow

_KINDS: Final = 4  # of sums a window: bought, sold, trades, traded
_NO_SUMS: Final = (0,) * _KINDS
_NO_LAST: Final = (0,) * 5
NOTHING_TRADED: Final = (*_NO_LAST, *_NO_SUMS * len(WINDOWS_S))
_MOST_SECONDS: Final = 2 * WINDOWS_S[LONG]  # that are kept of a market

TradeRow = tuple[int, ...]
"""Last trade (time, price, count, taker), since when trades are heard, and the sums, window by window."""

_Sums = tuple[int, int, int, int]


Traded = tuple[int, int, int, int]
"""Time, price_e4, count_e2, and 1 for a taker who bought YES, else -1."""


class _Market:
    """The trades in all until the end of each second in which any was."""

    __slots__ = ("before", "last", "new", "seconds", "since_us", "until")

    def __init__(self) -> None:
        self.last = _NO_LAST[:-1]
        self.since_us = 0
        self.new: list[Traded] = []  # not counted yet: most are, when nobody asks, counted together
        self.seconds: list[int] = []
        self.until: list[_Sums] = []
        self.before: _Sums = _NO_SUMS  # the first of the seconds

    def count(self, clock_s: int) -> None:
        """Count what is new."""
        seconds, until, last_us = self.seconds, self.until, self.last[0]
        second = seconds[-1] if seconds else 0
        bought, sold, trades, traded = until[-1] if until else self.before
        for trade in self.new:
            at_us, price_e4, count_e2, taker = trade
            if at_us >= last_us:
                self.last, last_us = trade, at_us
            at_s = at_us // US
            if at_s < second:
                self._insert(at_s, trade)
                bought, sold, trades, traded = until[-1]
                continue
            if taker > 0:
                bought += count_e2
            else:
                sold += count_e2
            trades, traded = trades + 1, traded + price_e4 * count_e2
            if at_s == second and seconds:
                until[-1] = (bought, sold, trades, traded)
            else:
                second = at_s
                seconds.append(at_s)
                until.append((bought, sold, trades, traded))
        self.new.clear()
        if len(seconds) > _MOST_SECONDS:
            self._forget(clock_s - WINDOWS_S[LONG])

    def _insert(self, second: int, trade: Traded) -> None:
        """Count a trade that comes late."""
        _, price_e4, count_e2, taker = trade
        seconds, until = self.seconds, self.until
        place = bisect_left(seconds, second)
        if seconds[place] != second:
            seconds.insert(place, second)
            until.insert(place, until[place - 1] if place else self.before)
        bought_e2 = count_e2 if taker > 0 else 0
        added = (bought_e2, count_e2 - bought_e2, 1, price_e4 * count_e2)
        for later in range(place, len(seconds)):
            bought, sold, trades, traded = until[later]
            until[later] = (bought + added[0], sold + added[1], trades + added[2], traded + added[3])

    def after(self, second: int) -> _Sums:
        """The trades after this second."""
        until = self.until
        if not until or self.seconds[-1] <= second:
            return _NO_SUMS
        place = bisect_right(self.seconds, second)
        bought, sold, trades, traded = until[place - 1] if place else self.before
        all_bought, all_sold, all_trades, all_traded = until[-1]
        return all_bought - bought, all_sold - sold, all_trades - trades, all_traded - traded

    def _forget(self, upto: int) -> None:
        """Nobody asks any more what was traded before the end of this second."""
        place = bisect_right(self.seconds, upto)
        if place:
            self.before = self.until[place - 1]
            del self.seconds[:place], self.until[:place]


class PlayedTrades(TradeFlow):
    """Each trade is known to be a new one."""

    def __init__(self) -> None:
        super().__init__()
        self._markets: dict[str, _Market] = {}
        self.newest_us = 0
        """Time of the newest trade."""
        self._time_s = 0  # the clock, but for that

    def pass_time(self, now_us: int) -> None:
        """The clock goes on, as if somebody had looked."""
        self._time_s = max(self._time_s, now_us // US)

    def watch(self, tickers: Iterable[str], since_us: int) -> None:
        for ticker in tickers:
            self._market(ticker).since_us = since_us

    def heard(self, tickers: Iterable[str]) -> list[str]:
        return [t for t in tickers if (market := self._markets.get(t)) is not None and market.since_us]

    def add_known(self, ticker: str, price_e4: int, count_e2: int, taker: int, at_us: int) -> None:
        new = self.new_of(ticker)
        new.append((at_us, price_e4, count_e2, taker))
        self.newest_us = max(self.newest_us, at_us)
        if len(new) >= MOST_NOTED:
            self.count_many()

    def new_of(self, ticker: str) -> list[Traded]:
        """The market's trades that are not counted yet; a tape that is played adds each behind the others."""
        return self._market(ticker).new

    def count_many(self) -> None:
        """Count where much is new."""
        for market in self._markets.values():
            if len(market.new) >= MOST_NOTED:
                self.pass_time(self.newest_us)
                market.count(self._time_s)

    def forget(self, ticker: str) -> None:
        self._markets.pop(ticker, None)

    def rows(self, tickers: Iterable[str], now_us: int) -> list[TradeRow]:
        """The windows that end now, in the order of the tickers."""
        self.pass_time(max(now_us, self.newest_us))
        return [self._row_of(ticker) for ticker in tickers]

    def _row_of(self, ticker: str) -> TradeRow:
        market = self._markets.get(ticker)
        if market is None:
            return NOTHING_TRADED
        after, clock_s = market.after, self._time_s
        if market.new:
            market.count(clock_s)
        short, medium, long = (after(clock_s - length_s) for length_s in WINDOWS_S)
        return (*market.last, market.since_us, *short, *medium, *long)

    def columns(self, tickers: Sequence[str], now_us: int) -> TradeColumns:
        return trade_columns(self.rows(tickers, now_us))

    def _market(self, ticker: str) -> _Market:
        market = self._markets.get(ticker)
        if market is None:
            market = self._markets[ticker] = _Market()
        return market


def trade_columns(rows: Sequence[TradeRow]) -> TradeColumns:
    """Rows of any number of looks as columns."""
    table = np.array(rows, np.int64).reshape(-1, len(NOTHING_TRADED))
    sums = table[:, len(_NO_LAST) :].reshape(-1, len(WINDOWS_S), _KINDS)
    return TradeColumns(*table[:, : len(_NO_LAST)].T, *sums.transpose(2, 0, 1))
