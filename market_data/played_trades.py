"""The public trades of a tape that is played: the figures of ``trading.trade_flow``, a trade at a time.

Live, trades of many markets come between two looks and are counted together, by numpy. When a tape is played
there is a look every few changes, and adding a trade or two in plain numbers takes a tenth of the time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from trading.trade_flow import LONG, US, WINDOWS_S, TradeColumns, TradeFlow

_KINDS: Final = 4  # of sums a window: bought, sold, trades, traded
_NOTHING: Final = ((0,) * 5, (0,) * (_KINDS * len(WINDOWS_S)))

TradeRow = tuple[int, ...]
"""Last trade (time, price, count, taker), since when trades are heard, and the sums, window by window."""


class _Market:
    __slots__ = ("last", "sums")

    def __init__(self) -> None:
        self.last, self.sums = list(_NOTHING[0]), list(_NOTHING[1])


_Trade = tuple[_Market, int, int, int, int]
"""Market, time, price_e4, count_e2, and 1 for a taker who bought YES, else -1."""

_Parts = tuple[_Market, int, int, int]
"""Market, contracts bought, contracts sold, YES price × contracts."""


class PlayedTrades(TradeFlow):
    """Each trade is known to be a new one."""

    def __init__(self) -> None:
        super().__init__()
        self._markets: dict[str, _Market] = {}
        self._new: list[_Trade] = []  # not counted yet
        self._by_second: dict[int, list[_Parts]] = {}
        self._time_s = 0  # the clock

    def pass_time(self, now_us: int) -> None:
        """The clock goes on, as if somebody had looked."""
        self._count(now_us // US)

    def watch(self, tickers: Iterable[str], since_us: int) -> None:
        for ticker in tickers:
            self._market(ticker).last[-1] = since_us

    def heard(self, tickers: Iterable[str]) -> list[str]:
        return [t for t in tickers if (market := self._markets.get(t)) is not None and market.last[-1]]

    def add_known(self, ticker: str, price_e4: int, count_e2: int, taker: int, at_us: int) -> None:
        self._new.append((self._market(ticker), at_us, price_e4, count_e2, taker))

    def forget(self, ticker: str) -> None:
        self._markets.pop(ticker, None)

    def rows(self, tickers: Iterable[str], now_us: int) -> list[TradeRow]:
        """The windows that end now, in the order of the tickers."""
        self._count(now_us // US)
        find = self._markets.get
        return [
            (*_NOTHING[0], *_NOTHING[1]) if (market := find(ticker)) is None else (*market.last, *market.sums)
            for ticker in tickers
        ]

    def columns(self, tickers: Sequence[str], now_us: int) -> TradeColumns:
        return trade_columns(self.rows(tickers, now_us))

    def _market(self, ticker: str) -> _Market:
        market = self._markets.get(ticker)
        if market is None:
            market = self._markets[ticker] = _Market()
        return market

    def _count(self, now_s: int) -> None:
        new, self._new = self._new, []
        for trade in new:
            now_s = max(now_s, trade[1] // US)
        self._advance(now_s)
        clock_s, long_s = self._time_s, WINDOWS_S[LONG]
        for market, at_us, price_e4, count_e2, taker in new:
            if at_us >= market.last[0]:
                market.last[:4] = at_us, price_e4, count_e2, taker
            second = at_us // US
            bought_e2 = count_e2 if taker > 0 else 0
            parts = (market, bought_e2, count_e2 - bought_e2, price_e4 * count_e2)
            for window, length_s in enumerate(WINDOWS_S):
                if second > clock_s - length_s:
                    _add(parts, window, 1)
            if second > clock_s - long_s:
                self._by_second.setdefault(second, []).append(parts)

    def _advance(self, now_s: int) -> None:
        was_s = self._time_s
        if now_s <= was_s:
            return
        self._time_s, by_second = now_s, self._by_second
        if not by_second:
            return
        for window, length_s in enumerate(WINDOWS_S):
            for second in range(was_s - length_s + 1, min(was_s, now_s - length_s) + 1):
                for parts in by_second.get(second, ()):
                    _add(parts, window, -1)
        oldest_s = now_s - WINDOWS_S[LONG]
        for second in range(was_s - WINDOWS_S[LONG] + 1, min(was_s, oldest_s) + 1):
            by_second.pop(second, None)


def _add(parts: _Parts, window: int, sign: int) -> None:
    market, bought_e2, sold_e2, traded_e6 = parts
    sums, at = market.sums, window * _KINDS
    sums[at] += sign * bought_e2
    sums[at + 1] += sign * sold_e2
    sums[at + 2] += sign
    sums[at + 3] += sign * traded_e6


def trade_columns(rows: Sequence[TradeRow]) -> TradeColumns:
    """Rows of any number of looks as columns."""
    width = len(_NOTHING[0]) + len(_NOTHING[1])
    table = np.array(rows, np.int64).reshape(-1, width)
    sums = table[:, len(_NOTHING[0]) :].reshape(-1, len(WINDOWS_S), _KINDS)
    return TradeColumns(*table[:, : len(_NOTHING[0])].T, *sums.transpose(2, 0, 1))
