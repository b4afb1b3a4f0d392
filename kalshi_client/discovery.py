"""Finds the open markets of a venue that are worth watching, with the facts of their events.

A search reads the whole listing, page by page, and ranks it; or it reads the markets it is given by
name. Combos are never among them (protocol 3.2). What cannot be found falls back on a configured
list, whose markets are taken only if the venue, asked for them by name, says that they are open.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, NamedTuple, Protocol

from kalshi_client.errors import RequestFailed
from kalshi_client.mapped_markets import MappedMarkets
from kalshi_client.missing_markets import Missing, MissingMarkets, NamedReads
from kalshi_client.wire.records import EventRecord, MarketRecord
from trading.venue_time import BEFORE_ALL, VenueTimeUs

Rank = Literal["activity", "volume", "close"]


class ListingReads(NamedReads, Protocol):
    """The part of ``RestClient`` that a search needs."""

    def events(self, event_tickers: Sequence[str], /) -> list[EventRecord]: ...


@dataclass(frozen=True, slots=True)
class Search:
    """The markets to look for: these ``tickers`` if any are named, else the best of these ``series``, or of
    all.

    * ``activity``: most traded in 24 hours, then the largest open interest, then most traded ever
    * ``volume``: most traded ever, then in 24 hours, then the largest open interest
    * ``close``: soonest to close, then by activity; those that close within ``closing_us`` are set apart

    What is equal in all that is in the order of closing times, then of tickers.
    """

    most: int  # markets reported
    tickers: tuple[str, ...] = ()
    series: tuple[str, ...] = ()
    rank: Rank = "activity"
    closing_us: int = 0
    fallback: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()  # the lines of markets.map: ticker here, execution ticker


@dataclass(frozen=True, slots=True)
class FoundEvent:
    """``open_markets``: how many of its markets are open; 0 where the listing was not read."""

    ticker: str
    is_exclusive: bool  # at most one of its markets pays
    open_markets: int


@dataclass(frozen=True, slots=True)
class Found:
    """``ranked``, the best first, may be watched from now on; ``others`` are open as well, and may stay.

    ``left_over`` counts the open markets that were not among the best; ``unlisted`` are markets held that
    the venue does not list.
    """

    ranked: list[MarketRecord]
    others: list[MarketRecord]
    events: dict[str, FoundEvent]  # of all these markets
    fallback: str = ""  # why these are the fallback's; "" when they are what was looked for
    missing: tuple[Missing, ...] = ()  # names that were given and are not among what trades
    as_of_us: VenueTimeUs = BEFORE_ALL  # when they were looked for
    left_over: int = 0
    unlisted: tuple[str, ...] = ()
    mapped: tuple[MarketRecord, ...] = ()  # open markets that markets.map names


class _NotOpen(NamedTuple):
    """Markets that the venue lists, and tickers that it does not."""

    listed: list[MarketRecord]
    unlisted: tuple[str, ...]


class Discovery:
    """One search, made again and again. Remembers the events it has read: a refresh asks for new ones."""

    def __init__(self, reads: ListingReads, search: Search) -> None:
        self._reads = reads
        self._search = search
        self._missing = MissingMarkets(reads)
        self._map = MappedMarkets(reads, self._missing, dict(search.renamed))
        self._fallback_missing: list[Missing] | None = None  # until it was looked at
        self._exclusive: dict[str, bool] = {}  # by event ticker
        self._has_found = False

    def look_for_more(self, most: int) -> None:
        """Report so many markets from now on."""
        self._search = replace(self._search, most=most)

    def look(self, *, venue_us: VenueTimeUs, held: Collection[str] = ()) -> Found:
        """The venue's list as it is now; empty when it has none of it open. Raises RequestFailed.

        ``held``: markets to look at as well; where the search is for named ones, only whether they are
        listed.
        """
        return replace(self._look_or_fall_back(venue_us, held), as_of_us=venue_us)

    def _look_or_fall_back(self, venue_us: VenueTimeUs, held: Collection[str]) -> Found:
        # What was found once is better than the fallback, whatever happens later.
        may_fall_back = bool(self._search.fallback) and not self._has_found
        try:
            found = self._look(venue_us, held)
        except RequestFailed as error:
            if not may_fall_back:
                raise
            return self._fall_back(f"the markets could not be read: {error}", ())
        if found.ranked or found.others:
            self._has_found = True
        elif may_fall_back:
            return self._fall_back("no market that was looked for is open", found.missing)
        return found

    def _fall_back(self, reason: str, missing: Iterable[Missing]) -> Found:
        named, also_missing = self._named("markets.fallback", self._search.fallback)
        self._fallback_missing = also_missing
        return self._found(named, fallback=reason, missing=tuple(dict.fromkeys((*missing, *also_missing))))

    def _look(self, venue_us: VenueTimeUs, held: Collection[str]) -> Found:
        search = self._search
        if search.tickers:
            named, missing = self._named("markets.tickers", search.tickers)
            return self._found(
                named,
                missing=(*missing, *self._missing_of_fallback(), *self._map.not_traded(named)),
                unlisted=self._not_open(held, named).unlisted,
                mapped=self._map.among(named),
            )
        listed, missing = self._listed(search.series)
        beyond_us = venue_us + search.closing_us if search.rank == "close" else 0
        ranked = sorted((market for market in listed if market.close_us > beyond_us), key=_KEYS[search.rank])
        wanted, not_open = set(held), self._not_open(held, listed)
        others = [market for market in listed if market.close_us <= beyond_us]
        others += [market for market in ranked[search.most :] if market.ticker in wanted]
        others += _open(not_open.listed)
        return self._found(
            ranked,
            others,
            open_markets=Counter(market.event_ticker for market in listed),
            missing=(*missing, *self._missing_of_fallback(), *self._map.not_traded(listed)),
            unlisted=not_open.unlisted,
            mapped=self._map.among(listed),
        )

    def _not_open(self, held: Collection[str], open_markets: Iterable[MarketRecord]) -> _NotOpen:
        """The markets held that are not among the open ones."""
        asked = sorted(set(held).difference(market.ticker for market in open_markets))
        listed = self._reads.markets(tickers=asked) if asked else []
        known = {market.ticker for market in listed}
        return _NotOpen(listed, tuple(ticker for ticker in asked if ticker not in known))

    def _listed(self, series: Sequence[str]) -> tuple[list[MarketRecord], list[Missing]]:
        """The open markets of these series, or all there are, and the series that have none."""
        if not series:
            return _open(self._reads.markets(status="open")), []
        by_series = {one: self._reads.markets(status="open", series=(one,)) for one in series}
        without = [one for one, markets in by_series.items() if not _open(markets)]
        listed = _open(market for markets in by_series.values() for market in markets)
        return listed, self._missing.series("markets.series", without)

    def _named(self, setting: str, tickers: Sequence[str]) -> tuple[list[MarketRecord], list[Missing]]:
        """The named markets that are open, as they are named, and the others."""
        listed = {market.ticker: market for market in self._reads.markets(tickers=tickers)}
        missing = self._missing.tickers(setting, tickers, listed)
        out = {each.name for each in missing}
        return [listed[ticker] for ticker in dict.fromkeys(tickers) if ticker not in out], missing

    def _missing_of_fallback(self) -> list[Missing]:
        """A fallback is looked at before it is needed: then it would be too late to mend its names."""
        if self._fallback_missing is None and self._search.fallback:
            try:
                self._fallback_missing = self._named("markets.fallback", self._search.fallback)[1]
            except RequestFailed:
                pass  # nobody needs it now
        return self._fallback_missing or []

    def _found(
        self,
        ranked: list[MarketRecord],
        others: Sequence[MarketRecord] = (),
        *,
        open_markets: Counter[str] | None = None,
        fallback: str = "",
        missing: tuple[Missing, ...] = (),
        unlisted: tuple[str, ...] = (),
        mapped: tuple[MarketRecord, ...] = (),
    ) -> Found:
        left_over = max(0, len(ranked) - self._search.most)
        ranked = ranked[: self._search.most]
        tickers = {market.event_ticker: None for market in (*ranked, *others)}
        self._learn_events(tickers)
        events = {
            ticker: FoundEvent(
                ticker, self._exclusive.get(ticker, False), (open_markets or Counter())[ticker]
            )
            for ticker in tickers
        }
        return Found(
            ranked,
            list(others),
            events,
            fallback,
            missing,
            left_over=left_over,
            unlisted=unlisted,
            mapped=mapped,
        )

    def _learn_events(self, tickers: Iterable[str]) -> None:
        """An event that the venue does not list is asked for again; nothing depends on it but a monitor."""
        wanted = set(tickers)
        missing = sorted(wanted - self._exclusive.keys())
        if missing:
            self._exclusive |= {
                event.event_ticker: event.mutually_exclusive for event in self._reads.events(missing)
            }
        # Only what is still there is remembered, or every event that ever was would be.
        self._exclusive = {ticker: self._exclusive[ticker] for ticker in wanted & self._exclusive.keys()}


def _open(markets: Iterable[MarketRecord]) -> list[MarketRecord]:
    return [market for market in markets if market.status == "active"]


Key = Callable[[MarketRecord], tuple[int | str, ...]]


def _by_activity(market: MarketRecord) -> tuple[int | str, ...]:
    traded = (-market.volume_24h_e2, -market.open_interest_e2, -market.volume_e2)
    return (*traded, market.close_us, market.ticker)


def _by_volume(market: MarketRecord) -> tuple[int | str, ...]:
    traded = (-market.volume_e2, -market.volume_24h_e2, -market.open_interest_e2)
    return (*traded, market.close_us, market.ticker)


def _by_close(market: MarketRecord) -> tuple[int | str, ...]:
    return (market.close_us, *_by_activity(market))


_KEYS: Final[dict[Rank, Key]] = {"activity": _by_activity, "volume": _by_volume, "close": _by_close}
