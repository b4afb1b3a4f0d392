"""Chooses the markets to watch, and spreads them over MarketWatchers and their connections.

Markets of one event stay together, so that whoever watches one of them can tell whether their prices
agree. A market stays where it is as long as it is watched, for moving it costs a subscription and a
book; so the load of a shard is what it was given: a new event goes to the shard with the least load,
and therefore never lifts one higher above the mean than by that event.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from trading.coherence import NO_STRIKE, EventShape, Strike
from trading.venue_time import VenueTimeUs

MARKETS_PER_CONNECTION: Final = 250  # ``seq`` is counted per subscription: a gap costs every market on it
LOAD: Final = 1_000  # of being watched at all, and on average of being active


@dataclass(frozen=True, slots=True)
class Candidate:
    """An open market, as the data venue lists it."""

    ticker: str
    event_ticker: str
    close_us: VenueTimeUs
    activity_e2: int  # contracts traded in 24 hours
    strike: Strike = NO_STRIKE


@dataclass(frozen=True, slots=True)
class EventFacts:
    is_exclusive: bool
    open_markets: int  # of the venue; 0 for not known


@dataclass(frozen=True, slots=True)
class Shard:
    """The markets of one MarketWatcher; ``closes_us`` is in the order of ``tickers``."""

    tickers: list[str] = field(default_factory=list)
    closes_us: list[VenueTimeUs] = field(default_factory=list)
    events: list[EventShape] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Change:
    """``shards``: those that anything is new for, a close time included."""

    added: list[str]
    removed: list[str]
    shards: list[int]


class ShardPlan:
    """The watched markets, spread over a fixed number of shards."""

    def __init__(self, shards: int, *, count: int) -> None:
        self.chosen: list[str] = []  # the best first
        self.shards = [Shard() for _ in range(shards)]
        self._count = count
        self._watched: dict[str, Candidate] = {}
        self._facts: dict[str, EventFacts] = {}  # by event ticker, of what is watched
        self._shard_of: dict[str, int] = {}

    def choose(
        self,
        ranked: Sequence[Candidate],
        others: Sequence[Candidate],
        events: Mapping[str, EventFacts],
        *,
        held: Collection[str] = (),
        beyond_count: Collection[str] = (),
        venue_us: VenueTimeUs,
    ) -> Change:
        """Take the best of ``ranked`` into what is watched; what is watched and among ``others`` stays.

        A watched market gives way only to ``count`` and a quarter better ones, or those at the edge
        would come and go with every refresh. One that is ``held`` and open is watched before all others,
        whatever its rank, for who holds it wants to see the way out; one of those that are ``beyond_count``
        takes no place from a market that can be traded. ``venue_us`` is when all this was so.
        """
        watched = self._watched
        listed = {market.ticker: market for market in (*ranked, *others)}
        wanted = {ticker for ticker in watched.keys() & set(held) if watched[ticker].close_us > venue_us}
        wanted |= listed.keys() & set(held)
        stay = [market.ticker for market in (*ranked[: kept_among(self._count)], *others)]
        new = [market.ticker for market in ranked]
        for tickers in ([ticker for ticker in stay if ticker in watched], new):
            free = max(0, self._count - len(wanted.difference(beyond_count)))
            wanted.update([ticker for ticker in tickers if ticker not in wanted][:free])
        unlisted = {ticker: market for ticker, market in watched.items() if ticker not in listed}
        chosen = [market for market in (listed | unlisted).values() if market.ticker in wanted]
        self.chosen = [market.ticker for market in chosen]
        self._watched = {market.ticker: market for market in chosen}
        facts = {**self._facts, **events}
        self._facts = {market.event_ticker: facts[market.event_ticker] for market in chosen}
        self._shard_of = assign_shards(chosen, self._shard_of, len(self.shards))
        shards = self._shards(chosen)
        changed = [number for number, shard in enumerate(shards) if shard != self.shards[number]]
        self.shards = shards
        added = [ticker for ticker in self.chosen if ticker not in watched]
        return Change(added, sorted(watched.keys() - wanted), changed)

    def shard_of(self, ticker: str) -> int | None:
        """The number of the shard it is in, if it is watched."""
        return self._shard_of.get(ticker)

    def _shards(self, chosen: Sequence[Candidate]) -> list[Shard]:
        # In the order of tickers, so that a mere change of rank is none.
        shards = [Shard() for _ in self.shards]
        for market in sorted(chosen, key=lambda market: market.ticker):
            shard = shards[self._shard_of[market.ticker]]
            shard.tickers.append(market.ticker)
            shard.closes_us.append(market.close_us)
        by_event = sorted(chosen, key=lambda market: (market.event_ticker, market.ticker))
        for ticker, group in groupby(by_event, key=lambda market: market.event_ticker):
            strikes = {market.ticker: market.strike for market in group}
            facts = self._facts[ticker]
            is_whole = len(strikes) == facts.open_markets
            shape = EventShape(ticker, facts.is_exclusive, is_whole, strikes)
            shards[self._shard_of[next(iter(strikes))]].events.append(shape)
        return shards


def kept_among(count: int) -> int:
    """The number of best markets among which a watched market has to be to stay watched."""
    return count + count // 4


def loads(markets: Sequence[Candidate]) -> dict[str, int]:
    """The work that each market is: half of all work is spread evenly, half follows activity."""
    active_e2 = sum(market.activity_e2 for market in markets) or 1
    half = LOAD * len(markets)
    return {market.ticker: LOAD + half * market.activity_e2 // active_e2 for market in markets}


def assign_shards(markets: Sequence[Candidate], previous: Mapping[str, int], shards: int) -> dict[str, int]:
    """The shard of each market: where it was, else where its event is, else where the load is least."""
    load_of = loads(markets)
    shard_of: dict[str, int] = {}
    shard_of_event: dict[str, int] = {}
    load = [0] * shards
    for market in markets:
        number = previous.get(market.ticker)
        if number is not None:
            shard_of[market.ticker] = shard_of_event[market.event_ticker] = number
            load[number] += load_of[market.ticker]
    arrivals: dict[str, list[str]] = {}
    for market in markets:
        if market.ticker not in shard_of:
            arrivals.setdefault(market.event_ticker, []).append(market.ticker)
    weights = {event: sum(load_of[ticker] for ticker in tickers) for event, tickers in arrivals.items()}
    for event in sorted(arrivals, key=lambda event: (event not in shard_of_event, -weights[event], event)):
        number = shard_of_event.get(event, min(range(shards), key=load.__getitem__))
        load[number] += weights[event]
        shard_of |= dict.fromkeys(arrivals[event], number)
    return shard_of


def assign_connections(
    events: Iterable[Sequence[str]],
    previous: Sequence[Sequence[str]] = (),
    *,
    most: int = MARKETS_PER_CONNECTION,
) -> list[list[str]]:
    """The markets of each connection of a shard, given the markets of each event.

    A market stays on its connection; a connection that lost all of its markets stays, empty. New ones
    of an event go together to a connection that has room for them, the event's own before others.
    """
    place = {ticker: number for number, tickers in enumerate(previous) for ticker in tickers}
    connections: list[list[str]] = [[] for _ in previous]
    arrivals: list[tuple[list[str], list[int]]] = []  # new markets of an event, connections of its others
    for tickers in events:
        new = [ticker for ticker in tickers if ticker not in place]
        homes = [place[ticker] for ticker in tickers if ticker in place]
        for ticker in tickers:
            if ticker in place:
                connections[place[ticker]].append(ticker)
        arrivals += [(new[start : start + most], homes) for start in range(0, len(new), most)]
    for new, homes in arrivals:
        for number in (*dict.fromkeys(homes), *range(len(connections))):
            if len(connections[number]) + len(new) <= most:
                connections[number] += new
                break
        else:
            connections.append(new)
    return connections
