"""What is one running exchange made of?"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from simulator.account import Account
from simulator.choices import Choices
from simulator.ids import Ids
from simulator.matching_engine import MatchingEngine
from simulator.order_flow import STEP_S, OrderFlow
from simulator.signatures import PublicKey
from simulator.subscriptions import Publisher
from simulator.tokens import TIERS, Tier, TokenBucket
from simulator.world import SHARD, World, build_world

MOST_STEPS_AT_ONCE: Final = 10  # a program that slept does not replay its night


@dataclass(slots=True, eq=False)
class Member:
    """An API user: an account, its key and its request budget."""

    key_id: str
    account: Account
    tier: Tier
    read: TokenBucket
    write: TokenBucket


@dataclass(slots=True, eq=False)
class Exchange:
    """The state that REST, WebSocket and control share; everything runs on one event loop."""

    ids: Ids
    world: World
    publisher: Publisher
    engine: MatchingEngine
    flow: OrderFlow
    rate: float  # deltas per second
    choices: Choices = field(default_factory=Choices)
    skew_us: int = 0  # how wrong the wire's clock is
    members: dict[str, Member] = field(default_factory=dict)  # by key_id
    public_keys: dict[str, PublicKey] = field(default_factory=dict)
    _stepped_s: float = field(default_factory=time.monotonic)

    @staticmethod
    def start(world_id: UUID, *, markets: int, seed: int, rate: float) -> Exchange:
        """A new world with quoted books."""
        ids = Ids(world_id)
        rng = random.Random(seed)
        opened_us = now_us()
        world = build_world(markets, ids, rng, now_us=opened_us)
        publisher = Publisher(ids)
        engine = MatchingEngine(world.markets, ids, publisher)
        flow = OrderFlow(engine, rng)
        flow.open_books(now_us=opened_us)
        return Exchange(ids, world, publisher, engine, flow, rate)

    def enroll(self, public_key: PublicKey, *, balance_e6: int, tier: str) -> Member:
        """A new member with its own account."""
        key_id = self.ids.key(len(self.members))
        limits, now_s = TIERS[tier], time.monotonic()
        member = Member(
            key_id,
            self.engine.open_account(balance_e6, shard=SHARD),
            limits,
            TokenBucket.full(limits.read, now_s),
            TokenBucket.full(limits.write, now_s),
        )
        self.members[key_id] = member
        self.public_keys[key_id] = public_key
        return member

    def now_us(self) -> int:
        """What this exchange takes for the present, in everything it signs, stamps and checks."""
        return now_us() + self.skew_us

    def advance(self) -> None:
        """Bring the order flow up to the present, tell what moved."""
        elapsed_s = time.monotonic() - self._stepped_s
        due = int(elapsed_s / STEP_S)
        self._stepped_s += due * STEP_S
        at_us = self.now_us()
        self.engine.expire(now_us=at_us)
        for _ in range(min(due, MOST_STEPS_AT_ONCE)):
            self.flow.step(self.rate, now_us=at_us)
        self.publisher.send_due_tickers(at_us)


def now_us() -> int:
    """The true time."""
    return time.time_ns() // 1000
