"""A batch as far as its own record tells what was seen: best prices, source and times.

Of a stretch whose tape is lost it is all there is. A strategy that is shown it goes on as the live one did
and what comes after the stretch can be compared.
"""

from __future__ import annotations

from typing import Final

from market_data.played_trades import NOTHING_TRADED, trade_columns
from trading.book import Book
from trading.decision import DecidedBatch
from trading.market import complement_e4
from trading.observation import Observation, WatchedMarket
from trading.observation_batches import Together, seen_batch
from trading.venue_time import VenueTimeUs

_SOME_E2: Final = 100  # contracts at a best price: how many is not recorded
_LATER_US: Final = 86_400_000_000  # the close is not recorded either


def as_recorded(live: DecidedBatch) -> Observation:
    """The account is not in it."""
    markets = [_market(live, row, ticker) for row, ticker in enumerate(live.tickers)]
    seen = seen_batch(markets, live.observed_us, live.clock_offset_us)
    return Together([seen], trade_columns([NOTHING_TRADED] * len(markets))).batch(0)


def _market(live: DecidedBatch, row: int, ticker: str) -> WatchedMarket:
    book, bid_e4, ask_e4 = Book(), live.yes_bids_e4[row], live.yes_asks_e4[row]
    book.replace({bid_e4: _SOME_E2} if bid_e4 else {}, {complement_e4(ask_e4): _SOME_E2} if ask_e4 else {})
    return WatchedMarket(
        ticker,
        book,
        live.streams[row],
        live.seqs[row],
        VenueTimeUs(live.observed_us + _LATER_US),
        live.changed_us[row],
        live.confirmed_us[row],
        live.trade_seqs[row],
    )
