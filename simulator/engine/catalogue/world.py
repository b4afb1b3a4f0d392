"""Everything that the exchange lists, and the next of it.

Occurrences of the topics are listed round after round until there are enough markets; when an event
closes, the next occurrence of its topic takes its place.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Final

from simulator.engine.calendar.schedule import DAY_US, HOUR_US, Calendar, local_time
from simulator.engine.catalogue.listed_names import USUAL_NAMES, ListedNames
from simulator.engine.catalogue.listing import Event, EventKind, Series, Strike
from simulator.engine.catalogue.world_topics import TOPICS, Topic
from simulator.engine.ids import Ids
from simulator.engine.matching.traded_market import TradedMarket
from trading.market import Market, PriceGrid
from trading.venue_time import VenueTimeUs

SHARD: Final = 0  # cash and markets lie together on one shard unless there are more
FIRST_CLOSE_US: Final = HOUR_US  # a new exchange trades undisturbed at least so long
_OPENED_BEFORE_US: Final = 2 * DAY_US
_LONGSHOT, _FAVOURITE = 0.02, 0.98


@dataclass(slots=True)
class World:
    """Everything listed, each kind by its ticker, and what can be listed."""

    ids: Ids
    seed: int
    shards: int = 1
    topics: Sequence[Topic] = TOPICS
    names: ListedNames = USUAL_NAMES
    series: dict[str, Series] = field(default_factory=dict)
    events: dict[str, Event] = field(default_factory=dict)
    markets: dict[str, TradedMarket] = field(default_factory=dict)
    last_close_us: dict[str, int] = field(default_factory=dict)  # schedule time, by series

    def topic_of(self, event: Event) -> Topic:
        return next(topic for topic in self.topics if topic.series == event.series.ticker)

    def generator(self, name: str) -> Random:
        """A generator of its own for each thing decided by chance, whatever else was decided before."""
        return Random(f"{self.seed} {name}")

    def list_event(
        self, topic: Topic, *, after_us: int, opens_us: int, calendar: Calendar, at_most: int | None = None
    ) -> tuple[Event, int]:
        """The topic's next occurrence and the schedule time of its close; its markets are unopened.

        It closes later than ``after_us`` and than every occurrence listed before.
        """
        close_us = topic.rhythm.next_close(max(after_us, self.last_close_us.get(topic.series, 0)))
        self.last_close_us[topic.series] = close_us
        series = self.series.setdefault(topic.series, self._series(topic))
        ticker = f"{topic.series}-{topic.rhythm.stamp(close_us)}"
        day = f"{local_time(close_us):%b %d, %H:%M %Z}"
        outcomes = topic.outcomes[:at_most]
        listed = self.names.of_event([f"{ticker}-{outcome}" for outcome in outcomes])
        event = Event(
            ticker=ticker,
            series=series,
            title=f"{topic.title}, {day}",
            sub_title=day,
            kind=topic.kind,
            strike_us=calendar.wire_us(close_us),
            market_tickers=tuple(listed.values()),
            outcomes=len(outcomes),
        )
        self.events[ticker] = event
        fairs = opening_fairs(topic.kind, len(outcomes), self.generator(f"{ticker} opening"))
        for number, name in listed.items():
            self._list_market(topic, event, number, name, fairs[number], opens_us=calendar.wire_us(opens_us))
        return event, close_us

    def _list_market(
        self, topic: Topic, event: Event, number: int, ticker: str, fair: float, *, opens_us: int
    ) -> None:
        outcome, strike = topic.outcomes[number], strike_of(topic, number)
        self.markets[ticker] = TradedMarket(
            market=Market(
                ticker=ticker,
                event_ticker=event.ticker,
                series_ticker=topic.series,
                status="initialized",
                grid=PriceGrid.named(topic.structure),
                exchange_index=event.series.exchange_index,
                close_us=VenueTimeUs(event.strike_us),
                fee_type=event.series.fee_type,
                fee_multiplier_e4=event.series.fee_multiplier_e4,
            ),
            market_id=self.ids.market(ticker),
            title=f"{topic.title}, {event.sub_title}: {outcome}?",
            outcome=outcome,
            price_level_structure=topic.structure,
            open_us=opens_us,
            opening_fair=fair,
            mve_collection_ticker=topic.collection,
            market_type="scalar" if topic.kind == "scalar" else "binary",
            strike=strike,
            settlement_timer_s=topic.settlement_timer_s,
        )

    def _series(self, topic: Topic) -> Series:
        return Series(
            ticker=topic.series,
            title=topic.title,
            category=topic.category,
            frequency=topic.rhythm.frequency,
            fee_type=topic.fee_type,
            fee_multiplier_e4=topic.fee_multiplier_e4,
            exchange_index=topic.exchange_index if topic.exchange_index < self.shards else SHARD,
        )


def first_listings(
    world: World, count: int, calendar: Calendar, *, now_us: int
) -> Iterator[tuple[Event, int]]:
    """List ``count`` markets that have been open for a while: events and the schedule times of their closes.

    Exclusive outcomes are listed together or not at all: their prices make one dollar.
    """
    start_us = calendar.at(now_us)
    while True:
        for topic in world.topics:
            wanted = count - len(world.markets)
            if wanted <= 0:
                return
            if topic.kind == "exclusive" and wanted < len(topic.outcomes):
                continue
            yield world.list_event(
                topic,
                after_us=start_us + FIRST_CLOSE_US,
                opens_us=start_us - _OPENED_BEFORE_US,
                calendar=calendar,
                at_most=wanted,
            )


def strike_of(topic: Topic, number: int) -> Strike:
    """The strike on the wire of an outcome named ``T<strike>`` or ``B<middle of a band>``."""
    outcome = topic.outcomes[number]
    if topic.kind == "ladder":
        return Strike("greater", floor=float(outcome[1:]))
    if topic.kind != "exclusive" or not outcome[1:].replace(".", "", 1).isdigit():
        return Strike()
    middle = float(outcome[1:])
    half = (float(topic.outcomes[1][1:]) - float(topic.outcomes[0][1:])) / 2
    if number == 0:
        return Strike("less", cap=middle + half)
    if number == len(topic.outcomes) - 1:
        return Strike("greater", floor=middle - half)
    return Strike("between", floor=middle - half, cap=middle + half)


def opening_fairs(kind: EventKind, count: int, rng: Random) -> list[float]:
    """Exclusive outcomes share one dollar; a ladder of strikes falls; the rest is independent."""
    if kind == "exclusive":
        weights = [math.exp(rng.gauss(0, 1.1)) for _ in range(count)]
        room = 1 - count * _LONGSHOT  # nobody opens below a long shot
        return [_LONGSHOT + room * weight / sum(weights) for weight in weights]
    if kind == "ladder":
        middle, slope = rng.uniform(0.3, 0.7) * count, rng.uniform(0.35, 0.7)
        fairs = [1 / (1 + math.exp(slope * (i - middle))) for i in range(count)]
    else:
        fairs = [rng.uniform(0.06, 0.94) for _ in range(count)]
    return [min(max(fair, _LONGSHOT), _FAVOURITE) for fair in fairs]
