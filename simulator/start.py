"""Puts an exchange together, and starts one with a new world."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from simulator.choices import Choices
from simulator.engine.calendar.lifecycle import Lifecycle
from simulator.engine.calendar.schedule import Calendar
from simulator.engine.catalogue.listed_names import ListedNames
from simulator.engine.catalogue.world import World
from simulator.engine.ids import Ids
from simulator.engine.matching.listener import Listener, Listeners
from simulator.engine.matching.matching_engine import MatchingEngine
from simulator.exchange import Exchange, now_us
from simulator.flow.order_flow import OrderFlow
from simulator.flow.profiles import PROFILES
from simulator.personality import PERSONALITIES, Personality
from simulator.state.journal import Journal
from simulator.state.store import StateStore
from simulator.surface.websocket.subscriptions import Publisher

DEFAULT_CHOICES: Final = Choices()


def assemble(
    world: World,
    calendar: Calendar,
    store: StateStore | None,
    *,
    rate: float,
    activity: str,
    personality: Personality,
    choices: Choices,
    clock_offset_us: int,
    flowed_us: int,
) -> Exchange:
    """An exchange of this world, written down if there is a store, before anything is traded in it."""
    ids, publisher = world.ids, Publisher(world.ids)
    journal = None if store is None else Journal(store)
    # What a subscriber is told has been noted before.
    listener: Listener = publisher if journal is None else Listeners((journal, publisher))
    engine = MatchingEngine(world.markets, ids, listener)
    flow = OrderFlow(engine, world.generator, PROFILES[activity])
    lifecycle = Lifecycle(world, engine, flow, listener, calendar)
    return Exchange(
        ids,
        world,
        publisher,
        listener,
        engine,
        flow,
        lifecycle,
        rate,
        activity,
        personality,
        choices,
        clock_offset_us,
        flowed_us=flowed_us,
        journal=journal,
    )


def start_exchange(
    world_id: UUID,
    *,
    markets: int,
    seed: int,
    rate: float | None = None,
    activity: str = "",
    shards: int = 1,
    personality: Personality = PERSONALITIES["production"],
    choices: Choices = DEFAULT_CHOICES,
    opened_us: int | None = None,
    clock_offset_us: int = 0,
    missing_share: float = 0.0,
    renamed_share: float = 0.0,
    fills_per_min: float = 0.0,
    store: StateStore | None = None,
) -> Exchange:
    """A new world with quoted books, written down if there is a store.

    Activity and rate are the personality's own unless others are asked for. Two exchanges of one seed and
    different personalities lack different markets.
    """
    at_us = now_us() + clock_offset_us if opened_us is None else opened_us
    names = ListedNames(f"{personality.name} {seed}", missing_share, renamed_share)
    activity = activity or personality.activity
    exchange = assemble(
        World(Ids(world_id), seed, shards, personality.topics(), names),
        Calendar.starting(at_us),
        store,
        rate=PROFILES[activity].rate if rate is None else rate,
        activity=activity,
        personality=personality,
        choices=choices,
        clock_offset_us=clock_offset_us,
        flowed_us=at_us,
    )
    exchange.lifecycle.begin(markets, now_us=at_us)
    exchange.let_trade(fills_per_min)
    if exchange.journal is not None:
        exchange.journal.note_everything(exchange)
    return exchange
