"""The execution venue's own books of the markets that matter, and what they say of price and value.

They come over one subscription (``book_stream``). Nobody is woken for them: they are taken in when an
order is to be priced and once in a while, so a lively venue costs no turn of the actor for each change.
Times are monotonic seconds given by the caller.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from execution.book_stream import BookStream
from execution.engaged_markets import engaged_markets, own_orders
from execution.venue_news import VenueNews
from execution.watched_shards import NEVER_S
from kalshi_client.background import Background
from kalshi_client.machine_sleep import MachineSleep, machine_slept_s
from kalshi_client.rest.client import RestClient
from kalshi_client.stream.inbox import Connected, Item
from kalshi_client.stream.link import Wire
from kalshi_client.stream.price_scale import PriceScale, Read
from settings.config import Config
from settings.venue_access import Keep, VenueAccess, account_feed_for
from trading.book import Book
from trading.divergence import AgedQuote
from trading.execution_price import Pricing, on_book
from trading.held_prices import UNKNOWN, OutcomePrices, bids_of, held_prices, last_bids
from trading.ledger import Ledger
from trading.market import Market
from trading.others_book import without_own

BOOKS: Final = 0  # connections of the feed
NEWS: Final = 1
CONNECTIONS: Final = 2
LOOK_EVERY_S: Final = 1.0  # at which markets to follow, and what their books are worth
ASKED_FOR_S: Final = 60.0  # so long a market stays of interest after an order was asked for in it
MOST_REMEMBERED: Final = 10_000  # quotes of markets that are not followed any more
OFF_SCALE: Final = "NO sides on the YES scale, whatever we ask for: its books price and value nothing"


class Incoming(Wire, Protocol):
    """The feed of both connections (``kalshi_client.stream.feed``)."""

    def drain(self) -> list[Item]: ...


@dataclass(slots=True)
class _Quoted:
    """The others' orders in a book at the last look at which it was right."""

    bids: OutcomePrices
    last: OutcomePrices  # bid of each outcome, ever
    prices: OutcomePrices  # that each outcome is valued at
    confirmed_at: float


def books_of(venue: VenueAccess, rest: RestClient, config: Config, *, keep: Keep | None = None) -> VenueBooks:
    """The books of that venue, whose connections open at once; ``rest`` reads some of them now and then."""
    silence_s, client = config.risk.silence_s, config.data.client
    feed = account_feed_for(
        venue, CONNECTIONS, silence_s=silence_s, clock=rest.clock, client=client, keep=keep
    )
    reads = Background(1, name="books")
    return VenueBooks(feed, reads, rest.orderbooks, silence_s=silence_s, now=time.monotonic())


class VenueBooks:
    """The books of one account at a venue whose books nobody else here watches."""

    def __init__(
        self,
        feed: Incoming,
        reads: Background,
        read: Read,
        *,
        silence_s: float,
        now: float,
        slept_s: Callable[[], float] = machine_slept_s,
    ) -> None:
        self._feed = feed
        self._stream = BookStream(feed, BOOKS, silence_s=silence_s, now=now)
        self._news = VenueNews(feed, NEWS, now=now)
        self._sleep = MachineSleep(slept_s)
        self._reads = reads
        self._scale = PriceScale(self._stream.books, reads, read)
        self._asked: dict[str, float] = {}  # when an order was last asked for, the longest ago first
        self._quoted: dict[str, _Quoted] = {}
        self._look_at = now

    # --- what is looked after --------------------------------------------------------------------

    def look(self, ledger: Ledger, markets: Mapping[str, Market], now: float) -> list[str]:
        """Take in what came, and each second see which of the venue's markets matter; what went wrong."""
        notes: list[str] = []
        for item in self._feed.drain():
            if item.connection == NEWS:
                notes += self._news.take(item, now)
            else:
                notes += self._stream.take(item, now)
                if isinstance(item, Connected):
                    self._scale.look_soon(now)
        notes += self._doubt_after_sleep() + self._take_scale()
        if now >= self._look_at:
            self._look_at = now + LOOK_EVERY_S
            self._asked = {t: at for t, at in self._asked.items() if now - at < ASKED_FOR_S}
            self._stream.carry(engaged_markets(ledger, markets, list(reversed(self._asked))), now)
            notes += self._stream.look(now) + self._news.look(now)
            self._scale.look(now)
            self._quote(ledger)
        return notes

    def _doubt_after_sleep(self) -> list[str]:
        """The clock that confirmations age by stood still while the machine was suspended."""
        slept_s = self._sleep.take_s()
        if not slept_s:
            return []
        self._stream.open_again("slept")
        self._news.open_again()
        for quoted in self._quoted.values():
            quoted.confirmed_at -= slept_s
        return [f"This machine slept for {slept_s:.0f} s: the execution venue's books are asked for again"]

    def _take_scale(self) -> list[str]:
        """Take in what was compared; sentences where it changed what the books are good for."""
        changes = 0
        for done in self._reads.drain():
            changes += self._scale.take(done)
        if not changes:
            return []
        if self._scale.is_off:
            self._quoted.clear()  # what a wrong scale made of a price is no last value to keep
            return [f"The execution venue sends {OFF_SCALE}"]
        return ["The NO sides of the execution venue's books are on their own scale again: they count again"]

    def asked(self, tickers: Iterable[str], now: float) -> None:
        """Orders are asked for in these markets."""
        for ticker in tickers:
            self._asked.pop(ticker, None)
            self._asked[ticker] = now

    def take_outdated(self, markets: Mapping[str, Market]) -> list[str]:
        """The markets whose terms changed, by the venue's news since the last call."""
        return self._news.take_outdated(markets)

    def _quote(self, ledger: Ledger) -> None:
        for ticker in self._stream.books.books:
            book = self._book(ticker)
            if book is None or book.is_crossed:
                continue  # what was known of it stays, and grows old
            before = self._quoted.pop(ticker, None)
            bids = bids_of(without_own(book, own_orders(ledger, ticker)))
            last = last_bids(before.last if before else UNKNOWN, bids)
            self._quoted[ticker] = _Quoted(bids, last, held_prices(last, bids), self._stream.confirmed_at)
        for ticker in list(self._quoted)[: max(0, len(self._quoted) - MOST_REMEMBERED)]:
            del self._quoted[ticker]

    # --- what they say ---------------------------------------------------------------------------

    @property
    def trouble(self) -> str:
        """Why none of them is known to be right, whatever is known of each; "" while some may be."""
        return OFF_SCALE if self._scale.is_off else ""

    def _book(self, ticker: str) -> Book | None:
        """The book, if it is known to be right."""
        return None if self._scale.is_off else self._stream.book(ticker)

    def pricing(self, ticker: str, ledger: Ledger) -> Pricing:
        """The pricing of an order in this market now."""
        return on_book(self._book(ticker), own_orders(ledger, ticker))

    def mark(self, ticker: str) -> OutcomePrices:
        """The value of each outcome by the last book that was right."""
        quoted = self._quoted.get(ticker)
        return UNKNOWN if quoted is None else quoted.prices

    def confirmed_at(self, ticker: str) -> float:
        """When that book was last confirmed; ``NEVER_S`` before it was known."""
        quoted = self._quoted.get(ticker)
        return NEVER_S if quoted is None else quoted.confirmed_at

    def quotes(self, now: float) -> dict[str, AgedQuote | None]:
        """The markets that are followed, each with its best bids; None for a book that is not right."""
        found: dict[str, AgedQuote | None] = {}
        for ticker in self._stream.books.books:
            quoted = self._quoted.get(ticker) if self._book(ticker) else None
            found[ticker] = AgedQuote(*quoted.bids, now - quoted.confirmed_at) if quoted else None
        return found

    def connections(self, now: float) -> list[dict[str, Any]]:
        """As the page shows them."""
        return [self._stream.row(now), self._news.row(now)]
