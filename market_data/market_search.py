"""Searches the data venue for the markets to watch, on a background thread, again and again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final

from kalshi_client.background import Background, Done, Overdue
from kalshi_client.discovery import Discovery, Found, Search
from kalshi_client.errors import RequestFailed
from kalshi_client.rest.client import RestClient
from kalshi_client.signing_clock import SigningClock
from market_data.shards import kept_among
from settings.config import Config
from settings.venue_access import VenueAccess, rest_for
from trading.venue_time import UNMEASURED

SEARCH: Final = "discover"  # the tag of its background calls
RETRY_S: Final = 5.0
SEARCH_WITHIN_S: Final = 600.0  # hundreds of pages, read at the pace of the venue
NEWS_SETTLE_S: Final = 2.0  # markets open together: one search finds them all
LISTING_STALE_S: Final = 20.0  # so old may a listing be: unsigned, it comes out of a cache (protocol 1.2)
NEWS_GAP_S: Final = 30.0  # a search reads the whole listing: news alone asks for it no more often


class MarketSearch:
    """One search at one venue. Used by one thread at a time."""

    def __init__(self, data: VenueAccess, search: Search, clock: SigningClock) -> None:
        self._data = data
        self._clock = clock
        self._search = search
        self._rest: RestClient | None = None  # until the first look
        self._discovery: Discovery | None = None

    def look(self, held: Sequence[str], most: int) -> Found:
        """The markets that are open now, none when nothing is. Raises errors.RequestFailed or KeyFileError.

        ``held``: markets to look at although they may not be among the best ``most``.
        """
        if self._discovery is None or self._rest is None:
            self._rest = rest_for(self._data, self._clock)
            self._discovery = Discovery(self._rest, self._search)
        self._discovery.look_for_more(most)
        if self._clock.offset() == UNMEASURED:
            # A listing is not signed and tells no time; without one this machine's clock has to do.
            with suppress(RequestFailed):
                self._rest.user_data_timestamp()
        return self._discovery.look(venue_us=self._clock.venue_us(), held=held)

    def take_left_out(self) -> list[str]:
        """Markets and events that could not be read, since the last call, each once, with the reason."""
        return [] if self._rest is None else self._rest.malformed_rows.take_new()


class SearchTimes:
    """When to look again. Times are monotonic seconds given by the caller.

    Each ``refresh_s``; soon after a search that came to nothing; and when the venue tells of a market
    that opened, once for all that open together and not again and again where markets open all day. What
    was found so soon after the news may be older than it, so one more search follows.
    """

    def __init__(self, refresh_s: float) -> None:
        self._refresh_s = refresh_s
        self._began_at = float("-inf")
        self._is_under_way = False
        self._news_at = float("inf")  # when what was told since the last search began is to be looked for
        self._due_at = float("-inf")
        self._told_at = float("-inf")

    def is_due(self, now: float) -> bool:
        """Whether to begin a search; it has then begun."""
        if self._is_under_way or now < self._due_at:
            return False
        self._began_at, self._is_under_way = now, True
        is_too_soon = now < self._told_at + LISTING_STALE_S
        self._news_at = now + NEWS_GAP_S if is_too_soon else float("inf")
        return True

    def ended(self, now: float, *, found: bool) -> None:
        """The search is over; ``found``: what was looked for, not a fallback."""
        self._is_under_way = False
        self._due_at = min(self._news_at, now + (self._refresh_s if found else RETRY_S))

    def hear_news(self, now: float, *, gap_s: float = NEWS_GAP_S) -> None:
        """There is something to find: look for it, but not sooner than ``gap_s`` after the last search."""
        self._told_at = now
        self._news_at = min(self._news_at, max(now + NEWS_SETTLE_S, self._began_at + gap_s))
        if not self._is_under_way:
            self._due_at = min(self._due_at, self._news_at)


@dataclass(frozen=True, slots=True)
class SearchEnd:
    """The news to tell after a search."""

    left_out: list[str]
    """Reasons why something was not read, each told once."""
    failure: str
    """Why nothing was found; "" when something was, or when it was told already."""
    found: Found | None
    """None for nothing."""


class MarketSearcher:
    """Searches whenever it is time to; one of all watchers has it."""

    def __init__(
        self,
        data: VenueAccess,
        config: Config,
        background: Background,
        clock: SigningClock,
        *,
        renamed: Mapping[str, str],
    ) -> None:
        """``renamed``: the market map, execution tickers by data ticker."""
        search = search_of(config, renamed=renamed)
        self._new_search = partial(MarketSearch, data, search, clock)
        self._search = self._new_search()
        self._times = SearchTimes(config.markets.refresh_s)
        self._background = background
        self._most = search.most
        self._held: list[str] = []  # and not watched by anybody
        self._failure = ""  # of the last search

    def search_if_due(self, now: float) -> None:
        if self._times.is_due(now):
            asked = (self._held, self._most)
            self._background.submit((SEARCH, ""), self._search.look, *asked, within_s=SEARCH_WITHIN_S)

    def look_for(self, held: list[str], now: float) -> None:
        """These are held and not watched: whatever is new among them is looked for at once."""
        is_more = not set(self._held).issuperset(held)
        self._held = held
        if is_more:
            self._times.hear_news(now, gap_s=0.0)

    def want(self, most: int, now: float) -> None:
        """So many markets are to be found, more than before at once."""
        is_more = most > self._most
        self._most = most
        if is_more:
            self._times.hear_news(now, gap_s=0.0)

    def hear_news(self, now: float) -> None:
        """A market has opened."""
        self._times.hear_news(now)

    def take(self, done: Done, now: float) -> SearchEnd:
        """A search is over."""
        if isinstance(done.error, Overdue):
            self._search = self._new_search()  # the thread that goes on has the other to itself
        before, self._failure = self._failure, self._ended(done, now)
        is_told = done.error is None and (not self._failure or done.result.missing)
        return SearchEnd(
            [f"Left out of the markets found: {reason}" for reason in self._search.take_left_out()],
            "" if self._failure == before else self._failure,  # it is tried again every few seconds
            done.result if is_told else None,
        )

    def _ended(self, done: Done, now: float) -> str:
        """Why nothing was found; "" when something was."""
        found = done.error is None and bool(done.result.ranked or done.result.others)
        self._times.ended(now, found=found and not done.result.fallback)
        if done.error is not None:
            return f"Market discovery failed, trying again: {done.error}"
        return "" if found else "The data venue lists none of the markets as open, looking again"


def search_of(config: Config, *, renamed: Mapping[str, str]) -> Search:
    """The search that a configuration asks for; ``renamed``: its market map, execution tickers by data
    ticker."""
    markets = config.markets
    return Search(
        most=kept_among(markets.size()),
        tickers=markets.tickers,
        series=markets.series,
        rank=markets.rank,
        closing_us=round(config.risk.stop_before_close_s * 1_000_000),
        fallback=markets.fallback,
        renamed=tuple(renamed.items()),
    )
