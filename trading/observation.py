"""What does a strategy see?

One batch holds the newest state of the markets that changed, as integer columns by market: a
thousand markets are a dozen arrays, never a thousand objects. A level that does not exist has
price 0 and count 0.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trading.book import Book
from trading.market import ONE_DOLLAR_E4, BookSide

LEVELS: Final = 10  # levels of each side that travel

# Little-endian on the wire, so that a watcher on another kind of machine reads the same.
_LADDERS: Final = {"yes_price": "<i4", "yes_count": "<i8", "no_price": "<i4", "no_count": "<i8"}
_COLUMNS: Final = {
    "stream": "<i4",
    "seq": "<i8",
    "close_us": "<i8",
    "position_e2": "<i8",
    "resting_bid": "?",
    "resting_ask": "?",
}


class WatchedMarket(NamedTuple):
    """A live book and where it came from; one row of an observation in the making."""

    ticker: str
    book: Book
    stream: int  # connection number
    seq: int  # of the newest message in the book
    close_us: int


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """A batch of markets: row ``i`` of every column is ``tickers[i]``.

    Prices are of the side's own outcome, best first. The account's columns are zero until
    ``with_account`` fills them.
    """

    tickers: list[str]
    observed_us: int
    yes_price: NDArray[np.int32]  # [n, LEVELS], price_e4 of YES bids
    yes_count: NDArray[np.int64]  # [n, LEVELS], count_e2
    no_price: NDArray[np.int32]  # [n, LEVELS], price_e4 of NO bids, as NO prices
    no_count: NDArray[np.int64]  # [n, LEVELS], count_e2
    stream: NDArray[np.int32]  # [n], connection number
    seq: NDArray[np.int64]  # [n], newest message of that connection in the book
    close_us: NDArray[np.int64]  # [n]
    position_e2: NDArray[np.int64]  # [n], + is YES
    resting_bid: NDArray[np.bool_]  # [n], an own bid rests
    resting_ask: NDArray[np.bool_]  # [n], an own ask rests

    def __len__(self) -> int:
        return len(self.tickers)

    @property
    def best_yes_bid_e4(self) -> NDArray[np.int32]:
        """Best YES bid of each market; 0 where nobody bids."""
        return self.yes_price[:, 0]

    @property
    def best_no_bid_e4(self) -> NDArray[np.int32]:
        """Best NO bid of each market, as a NO price; 0 where nobody bids."""
        return self.no_price[:, 0]

    @property
    def yes_ask_e4(self) -> NDArray[np.int32]:
        """Lowest YES ask of each market; 0 where nobody offers."""
        best_no = self.no_price[:, 0]
        return np.where(best_no > 0, ONE_DOLLAR_E4 - best_no, 0).astype(np.int32)

    def bests(self, row: int) -> tuple[int | None, int | None]:
        """(yes_bid_e4, yes_ask_e4) of one market, None for a missing side."""
        yes_bid_e4 = int(self.yes_price[row, 0])
        no_bid_e4 = int(self.no_price[row, 0])
        return yes_bid_e4 or None, ONE_DOLLAR_E4 - no_bid_e4 if no_bid_e4 else None

    def resting_sides(self, row: int) -> tuple[BookSide, ...]:
        """Sides of one market on which an own order rests."""
        bid: tuple[BookSide, ...] = ("bid",) if self.resting_bid[row] else ()
        ask: tuple[BookSide, ...] = ("ask",) if self.resting_ask[row] else ()
        return bid + ask

    def with_account(
        self, positions: Mapping[str, int], *, resting_bids: Collection[str], resting_asks: Collection[str]
    ) -> Observation:
        """The same markets as seen by an account: signed position_e2 and resting orders by ticker."""
        return replace(
            self,
            position_e2=np.array([positions.get(t, 0) for t in self.tickers], np.int64),
            resting_bid=np.array([t in resting_bids for t in self.tickers], np.bool_),
            resting_ask=np.array([t in resting_asks for t in self.tickers], np.bool_),
        )


def observe(markets: Iterable[WatchedMarket], observed_us: int) -> Observation:
    """The newest state of these markets, detached from their books."""
    rows = list(markets)
    yes_price, yes_count = _ladder([m.book.yes for m in rows])
    no_price, no_count = _ladder([m.book.no for m in rows])
    return Observation(
        tickers=[m.ticker for m in rows],
        observed_us=observed_us,
        yes_price=yes_price,
        yes_count=yes_count,
        no_price=no_price,
        no_count=no_count,
        stream=np.array([m.stream for m in rows], np.int32),
        seq=np.array([m.seq for m in rows], np.int64),
        close_us=np.array([m.close_us for m in rows], np.int64),
        position_e2=np.zeros(len(rows), np.int64),
        resting_bid=np.zeros(len(rows), np.bool_),
        resting_ask=np.zeros(len(rows), np.bool_),
    )


def _ladder(sides: list[dict[int, int]]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    prices = np.zeros((len(sides), LEVELS), np.int32)
    counts = np.zeros((len(sides), LEVELS), np.int64)
    for row, levels in enumerate(sides):
        best = sorted(levels, reverse=True)[:LEVELS]
        prices[row, : len(best)] = best
        counts[row, : len(best)] = [levels[price_e4] for price_e4 in best]
    return prices, counts


def pack(observation: Observation) -> dict[str, Any]:
    """Plain values (a list of strings, an int, bytes) that any encoder can carry."""
    packed: dict[str, Any] = {"tickers": observation.tickers, "observed_us": observation.observed_us}
    for name, dtype in (_LADDERS | _COLUMNS).items():
        packed[name] = getattr(observation, name).astype(dtype, copy=False).tobytes()
    return packed


def unpack(packed: Mapping[str, Any]) -> Observation:
    """What ``pack`` was given. The columns are read-only. Raises KeyError or ValueError on damage."""
    tickers = list(packed["tickers"])
    columns: dict[str, Any] = {}
    for name, dtype in _LADDERS.items():
        columns[name] = np.frombuffer(packed[name], dtype).reshape(len(tickers), LEVELS)
    for name, dtype in _COLUMNS.items():
        columns[name] = np.frombuffer(packed[name], dtype).reshape(len(tickers))
    return Observation(tickers=tickers, observed_us=packed["observed_us"], **columns)
