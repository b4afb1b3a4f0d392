"""The public trades of each market lately, and which side took.

Each market has its last trade, and exact sums over the windows ``WINDOWS_S`` to the resolution of
a second. Time is an argument; the clock is the newest second that was ever asked for or traded
in, so it never goes back. A trade lies in a window of ``w`` seconds while its own second is less
than ``w`` before the clock's.

A trade is only noted when it comes. When the columns are wanted, all that came and all that has
become too old is added and subtracted at once for all markets: a market by itself would cost more
to keep up to date than its book.
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
MOST_REMEMBERED: Final = 65_536  # trade ids: repeats come right behind a reconnect
MOST_NOTED: Final = 4_096  # trades, while nobody wants the columns
US: Final = 1_000_000  # microseconds a second

_NOTE: Final = 5  # row, at_us, price_e4, count_e2, taker
_LAST: Final = 5  # at_us, price_e4, count_e2, taker; and since when trades are heard
_SUMS: Final = 4  # contracts bought by takers, contracts sold, trades, Σ YES price × contracts
_NOBODY: Final = 0  # the row of every market that nothing is known of

_Integers = NDArray[np.int64]
_Bucket = tuple[_Integers, _Integers]
"""Rows, each once, and what was traded in each."""


class TradeColumns(NamedTuple):
    """The trades of some markets, a row each; 0 where nothing was traded."""

    last_trade_us: _Integers  # [n]
    last_trade_price_e4: _Integers  # [n], YES price
    last_trade_count_e2: _Integers  # [n]
    last_taker: _Integers  # [n], 1 bought YES, -1 bought NO
    trades_since_us: _Integers  # [n], no trade since was missed; 0: trades are not heard
    taker_bought_e2: _Integers  # [n, windows], contracts whose taker bought YES
    taker_sold_e2: _Integers  # [n, windows], contracts whose taker bought NO
    trades: _Integers  # [n, windows], how many
    traded_e6: _Integers  # [n, windows], Σ YES price × contracts


class TradeFlow:
    """The recent trades of any number of markets.

    A trade counts once, however often and in whatever order trades come, unless
    ``MOST_REMEMBERED`` others came before its repeat. Memory is bounded by the number of markets:
    one sum each for every second of the longest window, and while a second is in the shortest one,
    no more than came in between two looks.
    """

    def __init__(self) -> None:
        self._rows: dict[str, int] = {}
        self._last = np.zeros((1, _LAST), np.int64)
        self._sums = np.zeros((len(WINDOWS_S), 1, _SUMS), np.int64)
        self._used = 1  # rows, that of nobody included
        self._left: deque[tuple[int, int]] = deque()  # rows of forgotten markets, and when
        self._clock_s = 0
        self._noted: list[int] = []
        self._ids: dict[str, None] = {}  # in order of arrival
        self._seconds: dict[int, list[_Bucket]] = {}

    def watch(self, tickers: Iterable[str], since_us: int) -> None:
        """From this moment on every trade of these markets is added; say it again after a break."""
        for ticker in tickers:
            row = self._row(ticker)  # first, as it may make the table longer
            self._last[row, -1] = since_us

    def heard(self, tickers: Iterable[str]) -> list[str]:
        """The markets among these of which every trade is added now."""
        rows = ((ticker, self._rows.get(ticker, _NOBODY)) for ticker in tickers)
        return [ticker for ticker, row in rows if self._last[row, -1]]

    def add(
        self, ticker: str, *, trade_id: str, price_e4: int, count_e2: int, taker_side: BookSide, at_us: int
    ) -> bool:
        """Take a public trade, at its YES price; the taker of side "bid" bought YES. Whether it is a new one.

        ``at_us`` is when it happened, on the clock of ``columns`` and not ahead of it. A trade
        that was agreed outside the book has no taker and does not belong here.
        """
        ids = self._ids
        if trade_id in ids:
            return False
        ids[trade_id] = None
        if len(ids) > MOST_REMEMBERED:
            del ids[next(iter(ids))]
        self.add_known(ticker, price_e4, count_e2, 1 if taker_side == "bid" else -1, at_us)
        return True

    def add_known(self, ticker: str, price_e4: int, count_e2: int, taker: int, at_us: int) -> None:
        """The same for a trade that is known to come for the first time; ``taker`` as in ``last_taker``."""
        noted = self._noted
        noted += (self._rows.get(ticker) or self._row(ticker), at_us, price_e4, count_e2, taker)
        if len(noted) >= MOST_NOTED * _NOTE:
            self._count_noted(self._clock_s)

    def forget(self, ticker: str) -> None:
        """Drop what is known of a market. Harmless when nothing is."""
        row = self._rows.pop(ticker, None)
        if row is not None:
            self._count_noted(self._clock_s)
            self._left.append((row, self._clock_s))

    def columns(self, tickers: Sequence[str], now_us: int) -> TradeColumns:
        """The windows that end now, in the order of ``tickers``."""
        self._count_noted(now_us // US)
        find = self._rows.get
        rows = np.fromiter([find(ticker, _NOBODY) for ticker in tickers], np.int64, len(tickers))
        return TradeColumns(*self._last[rows].T, *self._sums[:, rows].transpose(2, 1, 0))

    # --- rows ------------------------------------------------------------------------------------

    def _row(self, ticker: str) -> int:
        row = self._rows.get(ticker)
        if row is None:
            row = self._rows[ticker] = self._free_row()
        return row

    def _free_row(self) -> int:
        """A new row, or one whose trades have all left the windows since its market was forgotten."""
        if self._left and self._left[0][1] + WINDOWS_S[LONG] <= self._clock_s:
            row, _ = self._left.popleft()
            self._last[row] = 0
            return row
        row = self._used
        self._used += 1
        if row == len(self._last):
            self._last = np.concatenate((self._last, np.zeros_like(self._last)))
            self._sums = np.concatenate((self._sums, np.zeros_like(self._sums)), axis=1)
        return row

    # --- sums ------------------------------------------------------------------------------------

    def _count_noted(self, now_s: int) -> None:
        """Let the clock go on to this second or the newest trade's, and count what was noted."""
        noted = np.array(self._noted, np.int64).reshape(-1, _NOTE)
        self._noted.clear()
        if not len(noted):
            self._advance(now_s)
            return
        rows, at_us, price_e4, count_e2, taker = noted.T
        self._advance(max(now_s, int(at_us.max()) // US))
        bought_e2 = np.where(taker > 0, count_e2, 0)
        trades = np.stack((bought_e2, count_e2 - bought_e2, np.ones_like(rows), price_e4 * count_e2), axis=1)
        self._keep_last(noted)
        self._add(rows, at_us // US, trades)

    def _keep_last(self, noted: _Integers) -> None:
        """Of the newest trades the one that came last; numpy lets the last of equal rows win."""
        newer = noted[noted[:, 1] >= self._last[noted[:, 0], 0]]
        newer = newer[newer[:, 1].argsort(kind="stable")]
        self._last[newer[:, 0], : _LAST - 1] = newer[:, 1:]

    def _add(self, rows: _Integers, seconds: _Integers, trades: _Integers) -> None:
        for window, length_s in enumerate(WINDOWS_S):
            inside = seconds > self._clock_s - length_s
            np.add.at(self._sums[window], rows[inside], trades[inside])
        for second in np.unique(seconds).tolist():
            if second > self._clock_s - WINDOWS_S[LONG]:
                here = seconds == second
                self._seconds.setdefault(second, []).append(_by_row(rows[here], trades[here]))

    def _advance(self, clock_s: int) -> None:
        """Subtract from each window the seconds that leave it."""
        was_s, self._clock_s = self._clock_s, max(self._clock_s, clock_s)
        if self._clock_s == was_s or not self._seconds:
            return
        for window, length_s in enumerate(WINDOWS_S):
            # No trade is newer than the clock was, so no window can lose more than its length.
            for second in range(was_s - length_s + 1, min(was_s, self._clock_s - length_s) + 1):
                parts = self._seconds.get(second)
                if parts is not None:
                    if len(parts) > 1:
                        parts[:] = [_by_row(*map(np.concatenate, zip(*parts, strict=True)))]
                    rows, traded = parts[0]
                    self._sums[window, rows] -= traded
        for second in [s for s in self._seconds if s <= self._clock_s - WINDOWS_S[LONG]]:
            del self._seconds[second]


def _by_row(rows: _Integers, trades: _Integers) -> _Bucket:
    once, place = np.unique(rows, return_inverse=True)
    sums = np.zeros((len(once), _SUMS), np.int64)
    np.add.at(sums, place, trades)
    return once, sums
