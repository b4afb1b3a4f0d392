"""Many batches of markets made into observations at once, as a replay does that knows what comes next.

The columns of all of them are made together and cut apart: a batch of three markets costs a fraction of what
``observation.observe`` takes for it, and is the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trading.ladders import ladders
from trading.observation import COLUMNS, Observation, WatchedMarket
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


def observations(batches: Sequence[SeenBatch], trades: TradeColumns) -> list[Observation]:
    """An observation of each; ``trades`` has a row for each market of all of them, in their order."""
    sizes = [len(batch.markets) for batch in batches]
    columns = _columns(batches, trades, sum(sizes))
    columns["close_us"] = columns["close_us"] - np.repeat(
        np.array([batch.clock_offset_us for batch in batches], np.int64), sizes
    )
    in_order = [columns[name] for name in COLUMNS]
    made, begin = [], 0
    for batch, size in zip(batches, sizes, strict=True):
        end = begin + size
        tickers = [market.ticker for market in batch.markets]
        cut = [column[begin:end] for column in in_order]
        made.append(Observation(tickers, batch.observed_us, batch.clock_offset_us, *cut))
        begin = end
    return made


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
