"""Watches the markets of a shard at the data venue: their books, and the news of them.

A shard begins with nothing to watch (fewer markets are open than there are shards) and opens its
connections with its first markets. Each of the two phases is a class; both answer the same calls.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, Final, NamedTuple

from kalshi_client.background import Background, Done
from kalshi_client.machine_sleep import MachineSleep, machine_slept_s
from kalshi_client.signing_clock import SigningClock
from kalshi_client.stream.feed import Feed
from kalshi_client.stream.inbox import Connected
from kalshi_client.stream.price_scale import SCALE
from market_data.book_state import book_state
from market_data.market_news import MarketNewsWatch, read_standing
from market_data.shard_books import ShardBooks
from market_data.shard_scale import ShardScale
from market_data.watched_connections import WatchedConnections
from settings.venue_access import VenueAccess
from trading.coherence import EventShape

FRAMES_PER_TURN: Final = 2_000
STANDING: Final = "standing"  # tag of the reads
STANDING_WITHIN_S: Final = 300.0  # all markets of a shard, by name


class News(NamedTuple):
    """The venue's news since the last look, for others than the books."""

    terms_changed: list[str]
    """Markets of which something changed that an order depends on."""
    has_opened: bool
    """A market opened: a search may find it."""


class NothingToWatch:
    """A shard that has had no market yet."""

    count = 0
    outage = ""

    def descriptors(self) -> list[int]:
        return []

    def take_arrived(self, now: float) -> list[str]:  # noqa: ARG002  # nothing arrives
        return []

    def wait(self, timeout_s: float) -> bool:  # noqa: ARG002  # for nothing
        return False

    def watch(self, tickers: Sequence[str], events: Sequence[EventShape]) -> None:
        """There is nothing in either."""

    def watch_closely(self, tickers: Collection[str]) -> None:
        """None of them is watched."""

    def look_after(self, now: float) -> list[str]:  # noqa: ARG002  # nothing ages
        return []

    def take_read(self, done: Done, now: float) -> str:  # noqa: ARG002  # nothing was read
        return ""

    def take_news(self) -> News:
        return News([], has_opened=False)

    def book_state(self, ticker: str, now: float) -> dict[str, Any] | None:  # noqa: ARG002  # no book
        return None

    def report(self) -> dict[str, Any]:
        return {}


class Watching:
    """A shard with connections: to its books, and one to the news of its markets.

    Times are monotonic seconds. The standing of the markets is read in the ``background``.
    """

    def __init__(
        self,
        feed: Feed,
        data: VenueAccess,
        books: ShardBooks,
        background: Background,
        *,
        clock: SigningClock,
        silence_s: float,
        slept_s: Callable[[], float] = machine_slept_s,
    ) -> None:
        self.feed = feed
        self._sleep = MachineSleep(slept_s)
        self._data = data
        self._books = books
        self._background = background
        self._news = MarketNewsWatch(feed, feed.open(data.ws_url), books)
        self._connections = WatchedConnections(
            feed, lambda: feed.open(data.ws_url), books, clock=clock, silence_s=silence_s
        )
        self._scale = ShardScale(data, books, background, clock)

    # --- frames in -------------------------------------------------------------------------------

    def descriptors(self) -> list[int]:
        return [self.feed.fileno()]

    def take_arrived(self, now: float) -> list[str]:
        """Take frames into the books; sentences about what went wrong."""
        notes: list[str] = []
        find = self._connections.find
        for item in self.feed.drain(FRAMES_PER_TURN):
            connection = find(item.connection)
            if connection is None:
                notes += self._news.take(item)
                continue
            notes += connection.take(item, now)
            if type(item) is Connected:
                self._scale.look_soon(now)
        return notes

    def wait(self, timeout_s: float) -> bool:
        """Wait for frames; whether they came."""
        return self.feed.wait(timeout_s)

    # --- which markets ---------------------------------------------------------------------------

    @property
    def count(self) -> int:
        """The number of connections that carry books."""
        return self._connections.count

    @property
    def outage(self) -> str:
        """Why no connection to the books can be heard; "" while one can."""
        return self._connections.outage

    def watch(self, tickers: Sequence[str], events: Sequence[EventShape]) -> None:
        """Watch exactly these; markets of one event come to one connection where there is room."""
        self._news.events = {event.ticker: list(event.strikes) for event in events}
        self._connections.watch(tickers, together=[event.strikes for event in events])

    def arrived(self, tickers: Collection[str]) -> None:
        """These markets are new to a shard that is being watched: how they stand is to be read."""
        self._news.arrived(tickers)

    def watch_closely(self, tickers: Collection[str]) -> None:
        """Something is at stake in these, as far as they are watched, and in no others."""
        self._connections.watch_closely(tickers)

    # --- what is looked after --------------------------------------------------------------------

    def look_after(self, now: float) -> list[str]:
        """To be called each second; sentences about what was found."""
        notes = self._doubt_after_sleep() + self._news.look_after(now)
        self._scale.look(now)
        if unread := self._news.next_read(now):
            tag = (STANDING, "")
            self._background.submit(tag, read_standing, self._data, unread, within_s=STANDING_WITHIN_S)
        return notes + self._connections.look_after(now)

    def _doubt_after_sleep(self) -> list[str]:
        """The clock that confirmations age by stood still while the machine was suspended."""
        slept_s = self._sleep.take_s()
        if not slept_s:
            return []
        self._connections.open_again("slept")
        self._news.open_again()
        return [f"This machine slept for {slept_s:.0f} s: opening every connection again"]

    def take_read(self, done: Done, now: float) -> str:
        """Take what was read of the markets or of their books; a sentence for people, or ""."""
        if done.tag[0] == SCALE:
            return self._scale.take(done)
        if done.error is None:
            self._news.stand(done.result, now)
            return ""
        self._news.read_failed(now)
        return f"Could not read how the markets stand, trying again: {done.error}"

    def take_news(self) -> News:
        """The news for others, once."""
        has_opened, self._news.opened = self._news.opened, False
        return News(self._news.take_terms_changed(), has_opened)

    # --- for people ------------------------------------------------------------------------------

    def book_state(self, ticker: str, now: float) -> dict[str, Any] | None:
        """A book as the page shows it; None for one that this shard does not hold."""
        if self._books.book(ticker) is None:
            return None
        confirmed_s = self._connections.confirmed_s(ticker, now)
        audited_s = self._connections.audited_s(ticker, now)
        return book_state(self._books, ticker) | {
            "confirmed_s": None if confirmed_s is None else round(confirmed_s, 1),
            "audited_s": None if audited_s is None else round(audited_s, 1),
        }

    def report(self) -> dict[str, Any]:
        """The connections on the page."""
        values = self._connections.report()
        values["connections"].append(self._news.report())
        return values
