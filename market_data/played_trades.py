"""The public trades of a tape that is played: the figures of ``trading.trade_flow``, a trade at a time.

Live, trades of many markets come between two looks and are counted together, by numpy. When a tape is played
there is a look every few changes. Here a trade only adds to its market's running sum, and a look subtracts.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from trading.trade_flow import LONG, US, WINDOWS_S, TradeColumns, TradeFlow

_KINDS: Final = 4  # of sums a window: bought, sold, trades, traded
_NO_SUMS: Final = (0,) * _KINDS
_NO_LAST: Final = (0,) * 5
NOTHING_TRADED: Final = (*_NO_LAST, *_NO_SUMS * len(WINDOWS_S))
_MOST_SECONDS: Final = 2 * WINDOWS_S[LONG]  # that are kept of a market

TradeRow = tuple[int, ...]
"""Last trade (time, price, count, taker), since when trades are heard, and the sums, window by window."""

_Sums = tuple[int, int, int, int]


class _Market:
    """What was traded in all until the end of each second in which anything was."""

    __slots__ = ("before", "last", "seconds", "since_us", "until")

    def __init__(self) -> None:
        self.last = _NO_LAST[:-1]
        self.since_us = 0
        self.seconds: list[int] = []
        self.until: list[_Sums] = []
        self.before: _Sums = _NO_SUMS  # the first of the seconds

    def add(self, second: int, bought_e2: int, sold_e2: int, traded_e6: int) -> None:
        seconds, until = self.seconds, self.until
        place = bisect_left(seconds, second) if seconds and second < seconds[-1] else len(seconds)
        if place and second == seconds[-1]:
            place -= 1
        elif place == len(seconds) or seconds[place] != second:
            seconds.insert(place, second)
            until.insert(place, until[place - 1] if place else self.before)
        for later in range(place, len(seconds)):  # one, unless the trade comes late
            bought, sold, trades, traded = until[later]
            until[later] = (bought + bought_e2, sold + sold_e2, trades + 1, traded + traded_e6)

    def after(self, second: int) -> _Sums:
        """What was traded after this second."""
        until = self.until
        if not until or self.seconds[-1] <= second:
            return _NO_SUMS
        place = bisect_right(self.seconds, second)
        bought, sold, trades, traded = until[place - 1] if place else self.before
        all_bought, all_sold, all_trades, all_traded = until[-1]
        return all_bought - bought, all_sold - sold, all_trades - trades, all_traded - traded

    def forget(self, upto: int) -> None:
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
        self._time_s = 0  # the clock

    def pass_time(self, now_us: int) -> None:
        """The clock goes on, as if somebody had looked."""
        self._time_s = max(self._time_s, now_us // US)

    def watch(self, tickers: Iterable[str], since_us: int) -> None:
        for ticker in tickers:
            self._market(ticker).since_us = since_us

    def heard(self, tickers: Iterable[str]) -> list[str]:
        return [t for t in tickers if (market := self._markets.get(t)) is not None and market.since_us]

    def add_known(self, ticker: str, price_e4: int, count_e2: int, taker: int, at_us: int) -> None:
        market = self._markets.get(ticker) or self._market(ticker)
        if at_us >= market.last[0]:
            market.last = (at_us, price_e4, count_e2, taker)
        second = at_us // US
        if second > self._time_s:
            self._time_s = second
        bought_e2 = count_e2 if taker > 0 else 0
        market.add(second, bought_e2, count_e2 - bought_e2, price_e4 * count_e2)
        if len(market.seconds) > _MOST_SECONDS:
            market.forget(self._time_s - WINDOWS_S[LONG])

    def forget(self, ticker: str) -> None:
        self._markets.pop(ticker, None)

    def rows(self, tickers: Iterable[str], now_us: int) -> list[TradeRow]:
        """The windows that end now, in the order of the tickers."""
        self.pass_time(now_us)
        return [self._row_of(ticker) for ticker in tickers]

    def _row_of(self, ticker: str) -> TradeRow:
        market = self._markets.get(ticker)
        if market is None:
            return NOTHING_TRADED
        after, clock_s = market.after, self._time_s
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
