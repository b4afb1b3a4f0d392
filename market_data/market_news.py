"""Applies the venue's news to the markets of a shard, and reads what may have been missed.

A pause blocks a market and its end frees it; what was determined trades no more; a close may move.
Whether a market is new, or gone, is for the search to say: the news only makes it look again soon.
What was told while nobody listened is read: each stretch of listening begins with a read.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final, NamedTuple

from kalshi_client.stream.inbox import Item
from kalshi_client.stream.link import Link, Wire
from kalshi_client.stream.news_connection import NewsConnection, Told
from kalshi_client.wire.news import (
    EventFeesUpdated,
    MarketActivated,
    MarketChanged,
    MarketCloseUpdated,
    MarketCreated,
    MarketDeactivated,
    MarketDetermined,
    MarketGridUpdated,
    MarketSettled,
)
from market_data.shard_books import ShardBooks
from settings.venue_access import VenueAccess, rest_for
from trading.venue_time import VenueTimeUs

STALE_S: Final = 20.0  # a read may be as old: unsigned, it comes out of a cache of 15 s (protocol 1.2)
RETRY_S: Final = 5.0  # after a read that failed
_BLOCKS: Final = {  # by a market's status as read (protocol 7.4)
    "initialized": "unopened",
    "inactive": "paused",
    "closed": "closed",
    "determined": "determined",
    "disputed": "determined",
    "amended": "determined",
    "finalized": "determined",
}

# What changes how a market stands, and what an order in it depends on.
_MOVES: Final = (MarketActivated, MarketDeactivated, MarketCloseUpdated, MarketDetermined, MarketSettled)
_TERMS: Final = (*_MOVES, MarketGridUpdated, MarketChanged)


class Stands(NamedTuple):
    """A market's standing at the venue."""

    status: str
    close_us: VenueTimeUs
    exchange_index: int = 0  # the shard of the venue's that it is on


Standing = dict[str, Stands]
"""By ticker."""


class MarketNewsWatch:
    """The news of the venue, applied to the markets of one shard."""

    def __init__(self, wire: Wire, connection: int, books: ShardBooks) -> None:
        self._books = books
        now = time.monotonic()
        self._connection = NewsConnection(Link("Market news", connection, wire), now=now)
        self._unread: set[str] = set()  # markets that nothing was heard of before they were ours
        self._told: dict[str, float] = {}  # when there was the last news of a market
        self._again: dict[str, float] = {}  # when to read once more what maybe came out of the cache
        self._is_reading = False
        self._not_before = float("-inf")
        self.opened = False
        """A market opened since it was last set back."""
        self.events: Mapping[str, Collection[str]] = {}
        """The shard's markets, by their event."""
        self._terms_changed: dict[str, None] = {}

    def take(self, item: Item) -> list[str]:
        """Take an item of the feed; sentences about what went wrong."""
        notes = self._connection.take(item, time.monotonic())
        for event in self._connection.told:
            self._remember(event)
            self._apply(event)
        self._connection.told.clear()
        return notes

    def look_after(self, now: float) -> list[str]:
        """To be called each second: sentences about what the venue has not answered."""
        return self._connection.look(now)

    def open_again(self) -> None:
        """Replace the connection by a new one, after which all markets are read."""
        self._connection.open_again()

    def _apply(self, event: Told) -> None:
        match event:
            case MarketActivated():
                self.opened = True
                self._books.unblock(event.ticker, at_us=time.time_ns() // 1000)
            case MarketDeactivated():
                self._books.block(event.ticker, "paused")
            case MarketCloseUpdated():
                self._books.closes_at(event.ticker, event.close_us)
                if self._books.blocked.get(event.ticker) == "closed":
                    self._unread.add(event.ticker)  # only a read can tell whether it trades again
            case MarketDetermined() | MarketSettled():
                self._books.block(event.ticker, "determined")
            case MarketCreated():
                self.opened = True
            case _:
                pass

    def _remember(self, event: Told) -> None:
        if isinstance(event, EventFeesUpdated):
            self._terms_changed |= dict.fromkeys(self.events.get(event.event_ticker, ()))
        elif isinstance(event, _TERMS) and event.ticker in self._books.held.books:
            self._terms_changed[event.ticker] = None
            if isinstance(event, _MOVES):
                self._told[event.ticker] = time.monotonic()

    def take_terms_changed(self) -> list[str]:
        """Markets of which something changed that an order depends on, since the last call."""
        changed, self._terms_changed = list(self._terms_changed), {}
        return changed

    # --- what has to be read -----------------------------------------------------------------------

    def arrived(self, tickers: Iterable[str]) -> None:
        """These markets are new to the shard: what was told of them before went unheard."""
        self._unread.update(tickers)

    def next_read(self, now: float) -> list[str]:
        """The markets whose standing is to be read now; that read has then begun, and none else does
        before ``stand`` or ``read_failed``. Empty while there is none."""
        if self._is_reading or now < self._not_before:
            return []
        missed, self._connection.missed = self._connection.missed, False
        tickers = self._books.tickers
        first = {ticker for ticker in tickers if missed or ticker in self._unread}
        again = {ticker for ticker in tickers if self._again.get(ticker, now + 1) <= now} - first
        self._again |= dict.fromkeys(first, now + STALE_S)
        self._again = {t: self._again[t] for t in tickers if t in self._again and t not in again}
        wanted = [ticker for ticker in tickers if ticker in first or ticker in again]
        self._is_reading = bool(wanted)
        self._unread.clear()
        self._told = {ticker: at for ticker, at in self._told.items() if at >= now - STALE_S}
        return wanted

    def read_failed(self, now: float) -> None:
        """The read came to nothing: all is to be read again, a little later."""
        self._is_reading, self._not_before = False, now + RETRY_S
        self._connection.missed = True

    def stand(self, standing: Standing, now: float) -> None:
        """Take what was read of the shard's markets. What there was news of lately is read again: the
        answer may be older than the news, or newer."""
        self._is_reading = False
        for ticker, (status, close_us, exchange_index) in standing.items():
            self._books.blocks.lies_on(ticker, exchange_index)
            if ticker in self._told:
                self._again.setdefault(ticker, now + STALE_S)
                continue
            self._books.closes_at(ticker, close_us)
            reason = _BLOCKS.get(status)
            if reason is None:
                self._books.unblock(ticker, at_us=time.time_ns() // 1000)
            else:
                self._books.block(ticker, reason)

    def report(self) -> dict[str, Any]:
        """A row for the page."""
        return self._connection.row("market news", time.monotonic())


def read_standing(data: VenueAccess, tickers: Iterable[str]) -> Standing:
    """The standing of these markets at the venue. Raises errors.RequestFailed or KeyFileError."""
    rest = rest_for(data)
    try:
        return {
            market.ticker: Stands(market.status, market.close_us, market.exchange_index)
            for market in rest.markets(tickers=list(tickers))
        }
    finally:
        rest.close()
