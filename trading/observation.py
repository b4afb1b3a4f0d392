"""The observation: the newest state of the markets that changed, as a strategy sees it.

One batch holds the newest state of the markets that changed, as integer columns by market: a
thousand markets are some dozen arrays, never a thousand objects. What does not exist or is not
known is 0. What follows from the columns (spread, mid, microprice …) is in ``observed_figures``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, NamedTuple

import numpy as np

from trading.book import Book
from trading.ladders import LEVELS, ladders
from trading.market import ONE_DOLLAR_E4, BookSide
from trading.observed_figures import Column, ObservedFigures
from trading.trade_flow import WINDOWS_S, TradeFlow
from trading.venue_time import TOGETHER, ClockOffset, VenueTimeUs

SCHEMA: Final = 3  # of the columns and their meaning; any change of them is another number


class SchemaUnknown(ValueError):
    """An observation that another version of this program made."""


class WatchedMarket(NamedTuple):
    """A live book and where it came from; one row of an observation in the making."""

    ticker: str
    book: Book
    stream: int  # connection number
    seq: int  # of the newest message in the book
    close_us: VenueTimeUs
    changed_us: int = 0  # when the oldest change arrived that no observation has shown
    confirmed_us: int = 0  # when the connection last proved that the book has missed nothing
    trade_seq: int = 0  # of the newest message of the connection's public trades


class Resting(NamedTuple):
    """The own orders of one market that are not over, or whose fills are still to be told.

    Of each side, the best price and all that is left.
    """

    bid_price_e4: int = 0
    bid_count_e2: int = 0
    ask_price_e4: int = 0
    ask_count_e2: int = 0

    @property
    def sides(self) -> tuple[BookSide, ...]:
        """The sides on which an own order rests."""
        bid: tuple[BookSide, ...] = ("bid",) if self.bid_price_e4 else ()
        return (*bid, "ask") if self.ask_price_e4 else bid

    def joined_by(self, side: BookSide, price_e4: int, count_e2: int) -> Resting:
        """These and one more order, at its YES price."""
        bid_e4, bid_e2, ask_e4, ask_e2 = self
        if side == "bid":
            return Resting(max(bid_e4, price_e4), bid_e2 + count_e2, ask_e4, ask_e2)
        return Resting(bid_e4, bid_e2, min(ask_e4 or price_e4, price_e4), ask_e2 + count_e2)


@dataclass(frozen=True, slots=True, eq=False)
class Observation(ObservedFigures):
    """A batch of markets: row ``i`` of every column is ``tickers[i]``.

    Ladders are of the side's own outcome, best first; every other price is a YES price. The
    account's columns are zero until ``with_account`` fills them.
    """

    tickers: list[str]
    observed_us: int  # by the clock of the machine that watched, as are all times here
    clock_offset_us: int  # by which the venue's clock was taken to be ahead of that

    # The book. [n, LEVELS]; a level that does not exist has price 0 and count 0.
    yes_price: Column  # price_e4 of YES bids
    yes_count: Column  # count_e2
    no_price: Column  # price_e4 of NO bids, as NO prices
    no_count: Column  # count_e2
    # [n], of the whole side, beyond LEVELS too
    yes_levels: Column  # prices at which YES is bid for
    no_levels: Column
    yes_depth_e2: Column  # contracts at all of them
    no_depth_e2: Column

    # Where the book came from, and when. [n]
    stream: Column  # connection number; 0: none, the book was read now and then, and its seq is 0 too
    seq: Column  # newest message of that connection in the book
    trade_seq: Column  # newest message of that connection's public trades; 0: none came
    changed_us: Column  # arrival of the oldest change that no observation has shown
    confirmed_us: Column  # when the connection last proved that the book has missed nothing
    close_us: Column  # end of trading

    # Public trades, as trading.trade_flow counts them. [n]
    last_trade_us: Column
    last_trade_price_e4: Column
    last_trade_count_e2: Column
    last_taker: Column  # 1: the taker bought YES, -1: bought NO
    trades_since_us: Column  # every trade since then is counted; 0: trades are not heard
    # [n, windows], a column for each of WINDOWS_S
    taker_bought_e2: Column  # contracts of which the taker bought YES
    taker_sold_e2: Column  # contracts of which the taker bought NO
    trades: Column  # how many
    traded_e6: Column  # Σ price × contracts

    # The own account. [n]
    position_e2: Column  # + is YES
    resting_bid_price_e4: Column  # best own bid; 0: none rests
    resting_bid_count_e2: Column  # left of all own bids
    resting_ask_price_e4: Column  # best own ask; 0: none rests
    resting_ask_count_e2: Column

    def __len__(self) -> int:
        return len(self.tickers)

    def bests(self, row: int) -> tuple[int | None, int | None]:
        """(yes_bid_e4, yes_ask_e4) of one market, None for a missing side."""
        yes_bid_e4 = int(self.yes_price[row, 0])
        no_bid_e4 = int(self.no_price[row, 0])
        return yes_bid_e4 or None, ONE_DOLLAR_E4 - no_bid_e4 if no_bid_e4 else None

    def resting_sides(self, row: int) -> tuple[BookSide, ...]:
        """Sides of one market on which an own order rests."""
        return Resting(*[int(getattr(self, name)[row]) for name in _RESTING]).sides

    def resting(self) -> tuple[Resting, ...]:
        """The own orders of each market."""
        columns = (getattr(self, name) for name in _RESTING)
        return tuple(map(Resting, *(column.tolist() for column in columns)))

    def with_account(self, positions: Mapping[str, int], resting: Mapping[str, Resting]) -> Observation:
        """The same markets as seen by an account: signed position_e2 and own orders by ticker."""
        held = np.zeros((5, len(self)), np.int64)
        for row, ticker in enumerate(self.tickers):
            if ticker in positions:
                held[0, row] = positions[ticker]
            if ticker in resting:
                held[1:, row] = resting[ticker]
        rest = [getattr(self, name) for name in _WITHOUT_ACCOUNT]  # a third of the time of replace()
        return Observation(*rest, *held)


_WIDE: Final = {
    **dict.fromkeys(("yes_price", "yes_count", "no_price", "no_count"), LEVELS),
    **dict.fromkeys(("taker_bought_e2", "taker_sold_e2", "trades", "traded_e6"), len(WINDOWS_S)),
}
COLUMNS: Final = tuple(field.name for field in fields(Observation))[3:]
_ACCOUNT: Final = COLUMNS[-5:]
_RESTING: Final = COLUMNS[-4:]
_WITHOUT_ACCOUNT: Final = tuple(field.name for field in fields(Observation))[:-5]
_WIRE: Final = "<i8"  # so that a watcher on another kind of machine reads the same


def observe(
    markets: Iterable[WatchedMarket],
    observed_us: int,
    trades: TradeFlow | None = None,
    *,
    clock: ClockOffset = TOGETHER,
) -> Observation:
    """The newest state of these markets, detached from their books; of the books alone without ``trades``.

    ``clock`` is the venue's, which says when a market closes.
    """
    rows = list(markets)
    tickers, books, *numbers = zip(*rows, strict=True) if rows else ((),) * len(WatchedMarket._fields)
    n = len(rows)
    sides = ladders([book.yes for book in books] + [book.no for book in books])
    stream, seq, close_us, changed_us, confirmed_us, trade_seq = np.array(numbers, np.int64)
    flow = (trades or TradeFlow()).columns(tickers, observed_us)
    return Observation(
        list(tickers),
        observed_us,
        clock.guess_us,
        yes_price=sides.prices_e4[:n],
        yes_count=sides.counts_e2[:n],
        no_price=sides.prices_e4[n:],
        no_count=sides.counts_e2[n:],
        yes_levels=sides.levels[:n],
        no_levels=sides.levels[n:],
        yes_depth_e2=sides.depth_e2[:n],
        no_depth_e2=sides.depth_e2[n:],
        stream=stream,
        seq=seq,
        trade_seq=trade_seq,
        changed_us=changed_us,
        confirmed_us=confirmed_us,
        close_us=close_us - clock.guess_us,
        **flow._asdict(),
        **dict(zip(_ACCOUNT, np.zeros((5, n), np.int64), strict=True)),
    )


def pack(observation: Observation) -> dict[str, Any]:
    """Plain values (a list of strings, integers, bytes) that any encoder can carry."""
    packed: dict[str, Any] = {
        "schema": SCHEMA,
        "tickers": observation.tickers,
        "observed_us": observation.observed_us,
        "clock_offset_us": observation.clock_offset_us,
    }
    for name in COLUMNS:
        packed[name] = getattr(observation, name).astype(_WIRE, copy=False).tobytes()
    return packed


def unpack(packed: Mapping[str, Any]) -> Observation:
    """The batch that ``pack`` was given, its columns read-only.

    Raises SchemaUnknown, and KeyError or ValueError on damage.
    """
    if packed.get("schema") != SCHEMA:
        raise SchemaUnknown(
            f"an observation of schema {packed.get('schema')}, and this program reads schema {SCHEMA}: "
            "whoever made it has to run the same version"
        )
    tickers = list(packed["tickers"])
    columns: dict[str, Any] = {}
    for name in COLUMNS:
        column = np.frombuffer(packed[name], _WIRE)
        columns[name] = (
            column.reshape(len(tickers), _WIDE[name]) if name in _WIDE else column.reshape(len(tickers))
        )
    return Observation(tickers, packed["observed_us"], packed["clock_offset_us"], **columns)
