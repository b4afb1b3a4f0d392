"""Many batches of markets made into observations at once, as a replay does that knows what comes next.

The columns of all of them are made together and cut apart: a batch of three markets costs a fraction of what
``observation.observe`` takes for it, and is the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate, chain
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trading.ladders import ladders
from trading.observation import COLUMNS, Observation, Resting, WatchedMarket
from trading.trade_flow import TradeColumns

_ACCOUNT: Final = 5  # columns, the last ones
_NUMBERS: Final = ("stream", "seq", "close_us", "changed_us", "confirmed_us", "trade_seq")


class SeenBatch(NamedTuple):
    """A batch of markets, with books that change no more."""

    markets: Sequence[WatchedMarket]
    yes: Sequence[dict[int, int]]  # levels of each book, a copy
    no: Sequence[dict[int, int]]
    observed_us: int
    clock_offset_us: int


def seen_batch(markets: Sequence[WatchedMarket], observed_us: int, clock_offset_us: int) -> SeenBatch:
    """The markets as they are now."""
    yes = [market.book.yes.copy() for market in markets]
    no = [market.book.no.copy() for market in markets]
    return SeenBatch(markets, yes, no, observed_us, clock_offset_us)


class Together:
    """Batches that were observed one after the other, and all their markets as one observation.

    The one has no time of its own: its ``observed_us`` and ``clock_offset_us`` are 0.
    """

    def __init__(self, batches: Sequence[SeenBatch], trades: TradeColumns) -> None:
        """``trades`` has a row for each market of all batches, in their order."""
        self._batches = batches
        sizes = [len(batch.markets) for batch in batches]
        self._begins = [0, *accumulate(sizes)]
        self._tickers = [market.ticker for batch in batches for market in batch.markets]
        columns = _columns(batches, trades, len(self._tickers))
        columns["close_us"] = columns["close_us"] - np.repeat(
            np.array([batch.clock_offset_us for batch in batches], np.int64), sizes
        )
        self._columns = [columns[name] for name in COLUMNS]

    def show_account(self, positions_e2: Iterable[int], resting: Iterable[Resting]) -> None:
        """The account holds this in each market, and these orders of it rest there."""
        held = np.fromiter(positions_e2, np.int64, len(self._tickers))
        orders = np.array(list(resting), np.int64).reshape(len(self._tickers), _ACCOUNT - 1)
        self._columns[-_ACCOUNT:] = [held, *orders.T]

    def joined(self) -> Observation:
        """All markets."""
        return Observation(self._tickers, 0, 0, *self._columns)

    def batch(self, number: int) -> Observation:
        """One of the batches; 0 is the first."""
        begin, end = self.rows_of(number)
        cut = [column[begin:end] for column in self._columns]
        batch = self._batches[number]
        return Observation(self._tickers[begin:end], batch.observed_us, batch.clock_offset_us, *cut)

    def rows_of(self, number: int) -> tuple[int, int]:
        """The batch's rows among all."""
        return self._begins[number], self._begins[number + 1]


def _columns(batches: Sequence[SeenBatch], trades: TradeColumns, n: int) -> dict[str, NDArray[np.int64]]:
    sides = ladders([*_all(batch.yes for batch in batches), *_all(batch.no for batch in batches)])
    markets = _all(batch.markets for batch in batches)
    numbers = np.array([market[2:] for market in markets], np.int64).reshape(-1, len(_NUMBERS))
    account = np.zeros((_ACCOUNT, n), np.int64)
    return {
        "yes_price": sides.prices_e4[:n],
        "yes_count": sides.counts_e2[:n],
        "no_price": sides.prices_e4[n:],
        "no_count": sides.counts_e2[n:],
        "yes_levels": sides.levels[:n],
        "no_levels": sides.levels[n:],
        "yes_depth_e2": sides.depth_e2[:n],
        "no_depth_e2": sides.depth_e2[n:],
        **dict(zip(_NUMBERS, numbers.T, strict=True)),
        **trades._asdict(),
        **dict(zip(COLUMNS[-_ACCOUNT:], account, strict=True)),
    }


def _all(parts: Iterable[Sequence[Any]]) -> list[Any]:
    return list(chain.from_iterable(parts))
