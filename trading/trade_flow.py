"""What was traded in a market lately, and did takers buy or sell?

Each market keeps its last trade and exact sums over the windows ``WINDOWS_S``, to the resolution
of a second. Time is an argument; a market's clock is the newest second that was ever asked for or
traded in, so it never goes back. A trade lies in a window of ``w`` seconds while its own second is
less than ``w`` before the clock's.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trading.market import BookSide

WINDOWS_S: Final = (10, 60, 300)  # ascending
SHORT, MEDIUM, LONG = range(len(WINDOWS_S))  # column of each window
MOST_REMEMBERED: Final = 4_096  # trade ids a market: repeats come right behind a reconnect
US: Final = 1_000_000  # microseconds a second

_WINDOWS: Final = len(WINDOWS_S)
_NEVER: Final = 2**62  # seconds

# A market's numbers in one list, so that a row of the columns is one copy.
_LAST_US, _LAST_PRICE, _LAST_COUNT, _LAST_TAKER, _SINCE_US, _BOUGHT = range(6)
_SOLD, _TRADES, _TRADED, _ROW = (_BOUGHT + i * _WINDOWS for i in range(1, 5))
_NOTHING: Final = [0] * _ROW

_Sums = tuple[int, int, int, int]
"""Contracts bought and sold by takers, trades, Σ YES price × contracts."""


class TradeColumns(NamedTuple):
    """The trades of some markets, a row each; 0 where nothing was traded."""

    last_trade_us: NDArray[np.int64]  # [n]
    last_trade_price_e4: NDArray[np.int64]  # [n], YES price
    last_trade_count_e2: NDArray[np.int64]  # [n]
    last_taker: NDArray[np.int64]  # [n], 1 bought YES, -1 bought NO
    trades_since_us: NDArray[np.int64]  # [n], no trade since was missed; 0: trades are not heard
    taker_bought_e2: NDArray[np.int64]  # [n, windows], contracts whose taker bought YES
    taker_sold_e2: NDArray[np.int64]  # [n, windows], contracts whose taker bought NO
    trades: NDArray[np.int64]  # [n, windows], how many
    traded_e6: NDArray[np.int64]  # [n, windows], Σ YES price × contracts


class TradeFlow:
    """The recent trades of any number of markets.

    A trade counts once, however often and in whatever order trades come. Memory a market is
    bounded: a sum for each second of the longest window, and ``MOST_REMEMBERED`` ids, beyond
    which a repeat of an older trade would count again.
    """

    def __init__(self) -> None:
        self._flows: dict[str, _Flow] = {}
        self._now_s = -_NEVER

    def watch(self, tickers: Iterable[str], since_us: int) -> None:
        """From this moment on every trade of these markets is added; say it again after a break."""
        for ticker in tickers:
            self._flow(ticker).row[_SINCE_US] = since_us

    def add(
        self, ticker: str, *, trade_id: str, price_e4: int, count_e2: int, taker_side: BookSide, at_us: int
    ) -> None:
        """Take a public trade, at its YES price; the taker of side "bid" bought YES.

        ``at_us`` is when it happened, on the clock of ``columns`` and not ahead of it. A trade
        that was agreed outside the book has no taker and does not belong here.
        """
        flow = self._flows.get(ticker) or self._flow(ticker)
        if trade_id in flow.ids:
            return
        second = at_us // US
        flow.advance(second if second > self._now_s else self._now_s)
        is_recent = second > flow.clock_s - WINDOWS_S[LONG]
        row = flow.row
        if at_us > row[_LAST_US] or (is_recent and at_us == row[_LAST_US]):
            row[:_SINCE_US] = at_us, price_e4, count_e2, 1 if taker_side == "bid" else -1
        if is_recent:
            flow.remember(trade_id, second)
            bought_e2 = count_e2 if taker_side == "bid" else 0
            flow.count(second, (bought_e2, count_e2 - bought_e2, 1, price_e4 * count_e2))

    def forget(self, ticker: str) -> None:
        """Drop what is known of a market. Harmless when nothing is."""
        self._flows.pop(ticker, None)

    def columns(self, tickers: Sequence[str], now_us: int) -> TradeColumns:
        """The windows that end now, in the order of ``tickers``."""
        now_s = self._now_s = max(self._now_s, now_us // US)
        flows = self._flows
        cells: list[int] = []
        for ticker in tickers:
            flow = flows.get(ticker)
            if flow is None:
                cells += _NOTHING
            else:
                if flow.due_s <= now_s:
                    flow.advance(now_s)
                cells += flow.row
        rows = np.fromiter(cells, np.int64, len(cells)).reshape(-1, _ROW)
        last_us, price_e4, count_e2, taker, since_us = rows[:, :_BOUGHT].T
        return TradeColumns(
            last_trade_us=last_us,
            last_trade_price_e4=price_e4,
            last_trade_count_e2=count_e2,
            last_taker=taker,
            trades_since_us=since_us,
            taker_bought_e2=rows[:, _BOUGHT:_SOLD],
            taker_sold_e2=rows[:, _SOLD:_TRADES],
            trades=rows[:, _TRADES:_TRADED],
            traded_e6=rows[:, _TRADED:],
        )

    def _flow(self, ticker: str) -> _Flow:
        flow = self._flows.get(ticker)
        if flow is None:
            flow = self._flows[ticker] = _Flow()
        return flow


class _Flow:
    """One market: sums by second, and which seconds each window holds."""

    __slots__ = ("clock_s", "due_s", "ids", "row", "seconds", "windows")

    def __init__(self) -> None:
        self.row = _NOTHING.copy()
        self.clock_s = -_NEVER
        self.due_s = _NEVER  # when the next second leaves a window
        self.seconds: dict[int, _Sums] = {}
        self.windows: tuple[deque[int], ...] = tuple(deque() for _ in WINDOWS_S)  # ascending seconds
        self.ids: dict[str, int] = {}  # trade id → second, in order of arrival

    def advance(self, now_s: int) -> None:
        """Let what has become too old leave the windows."""
        if now_s <= self.clock_s:
            return
        self.clock_s = now_s
        if now_s < self.due_s:
            return
        row, seconds, due_s = self.row, self.seconds, _NEVER
        for window, held in enumerate(self.windows):
            length_s = WINDOWS_S[window]
            # Written out rather than by way of _add: half the time of all that a busy market costs.
            while held and held[0] + length_s <= now_s:
                bought_e2, sold_e2, trades, traded_e6 = seconds[held[0]]
                row[_BOUGHT + window] -= bought_e2
                row[_SOLD + window] -= sold_e2
                row[_TRADES + window] -= trades
                row[_TRADED + window] -= traded_e6
                second = held.popleft()
                if window == LONG:
                    del seconds[second]
            if held and held[0] + length_s < due_s:
                due_s = held[0] + length_s
        self.due_s = due_s
        self._forget_ids(now_s - WINDOWS_S[LONG])

    def count(self, second: int, trade: _Sums) -> None:
        """Add a trade to every window that its second lies in."""
        sums = self.seconds.get(second)
        for window in range(_WINDOWS - 1, -1, -1):
            leaves_s = second + WINDOWS_S[window]
            if leaves_s <= self.clock_s:
                break
            self._add(window, trade)
            if sums is None:
                _insert(self.windows[window], second)
                self.due_s = min(self.due_s, leaves_s)
        if sums is None:
            self.seconds[second] = trade
        else:
            bought_e2, sold_e2, trades, traded_e6 = trade
            self.seconds[second] = (
                sums[0] + bought_e2,
                sums[1] + sold_e2,
                sums[2] + trades,
                sums[3] + traded_e6,
            )

    def remember(self, trade_id: str, second: int) -> None:
        self.ids[trade_id] = second
        if len(self.ids) > MOST_REMEMBERED:
            del self.ids[next(iter(self.ids))]

    def _add(self, window: int, sums: _Sums) -> None:
        row = self.row
        row[_BOUGHT + window] += sums[0]
        row[_SOLD + window] += sums[1]
        row[_TRADES + window] += sums[2]
        row[_TRADED + window] += sums[3]

    def _forget_ids(self, gone_s: int) -> None:
        """A repeat of what no window will ever hold again changes nothing."""
        while self.ids and self.ids[oldest := next(iter(self.ids))] <= gone_s:
            del self.ids[oldest]


def _insert(held: deque[int], second: int) -> None:
    """Keep the seconds ascending; nearly always the newest comes last."""
    at = len(held)
    while at and held[at - 1] > second:
        at -= 1
    held.insert(at, second)
