"""What does the exchange list on its first day?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from simulator.ids import Ids
from simulator.listing import Event, ListedMarket, Series
from simulator.world_topics import TOPICS, Topic
from trading.market import Market, PriceGrid

if TYPE_CHECKING:
    from random import Random

SHARD: Final = 0  # cash and markets lie together on one shard
FIRST_CLOSE_DAYS: Final = 3
_OPENED_BEFORE_US: Final = 2 * 86_400 * 1_000_000
_LONGSHOT, _FAVOURITE = 0.02, 0.98


@dataclass(frozen=True, slots=True)
class World:
    """Everything listed, each kind by its ticker."""

    series: dict[str, Series]
    events: dict[str, Event]
    markets: dict[str, ListedMarket]


def build_world(count: int, ids: Ids, rng: Random, *, now_us: int) -> World:
    """``count`` active markets: round after round, every topic's next event date."""
    world = World({}, {}, {})
    today = datetime.fromtimestamp(now_us / 1e6, UTC)
    occurrence = 0
    while True:
        for topic in TOPICS:
            wanted = count - len(world.markets)
            if wanted <= 0:
                return world
            day = today + timedelta(days=FIRST_CLOSE_DAYS + occurrence)
            _list_event(world, topic, ids, rng, day=day, now_us=now_us, at_most=wanted)
        occurrence += 1


def _list_event(
    world: World, topic: Topic, ids: Ids, rng: Random, *, day: datetime, now_us: int, at_most: int
) -> None:
    series = world.series.setdefault(topic.series, _series(topic))
    close = day.replace(hour=23, minute=59, second=0, microsecond=0)
    close_us = int(close.timestamp()) * 1_000_000
    event_ticker = f"{topic.series}-{day:%y%b%d}".upper()
    outcomes = topic.outcomes[:at_most]
    for outcome, fair in zip(outcomes, _opening_fairs(topic, rng), strict=False):
        ticker = f"{event_ticker}-{outcome}"
        world.markets[ticker] = ListedMarket(
            market=Market(
                ticker=ticker,
                event_ticker=event_ticker,
                series_ticker=topic.series,
                status="active",
                grid=PriceGrid.named(topic.structure),
                exchange_index=SHARD,
                close_us=close_us,
                fee_type=topic.fee_type,
                fee_multiplier_e4=topic.fee_multiplier_e4,
            ),
            market_id=ids.market(ticker),
            title=f"{topic.title}, {day:%b %d}: {outcome}?",
            outcome=outcome,
            price_level_structure=topic.structure,
            open_us=now_us - _OPENED_BEFORE_US,
            opening_fair=fair,
        )
    world.events[event_ticker] = Event(
        ticker=event_ticker,
        series=series,
        title=f"{topic.title} on {day:%b %d}",
        sub_title=f"{day:%b %d}",
        mutually_exclusive=topic.is_exclusive,
        strike_us=close_us,
        market_tickers=tuple(f"{event_ticker}-{outcome}" for outcome in outcomes),
    )


def _series(topic: Topic) -> Series:
    return Series(
        ticker=topic.series,
        title=topic.title,
        category=topic.category,
        frequency=topic.frequency,
        fee_type=topic.fee_type,
        fee_multiplier_e4=topic.fee_multiplier_e4,
        exchange_index=SHARD,
    )


def _opening_fairs(topic: Topic, rng: Random) -> list[float]:
    """Exclusive outcomes share one dollar; a ladder of strikes falls; the rest is independent."""
    count = len(topic.outcomes)
    if topic.is_exclusive:
        weights = [math.exp(rng.gauss(0, 1.1)) for _ in range(count)]
        fairs = [weight / sum(weights) for weight in weights]
    elif topic.outcomes[0].startswith("T"):
        middle, slope = rng.uniform(0.3, 0.7) * count, rng.uniform(0.35, 0.7)
        fairs = [1 / (1 + math.exp(slope * (i - middle))) for i in range(count)]
    else:
        fairs = [rng.uniform(0.06, 0.94) for _ in range(count)]
    return [min(max(fair, _LONGSHOT), _FAVOURITE) for fair in fairs]
