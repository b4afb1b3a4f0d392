"""One running exchange: its world, its engine, its order flow, its members and its clock."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Final, Protocol

from simulator.access.signatures import PublicKey
from simulator.access.tokens import TIERS, Budget
from simulator.choices import Choices
from simulator.engine.accounts.account import Account
from simulator.engine.accounts.fees import Rounding
from simulator.engine.calendar.lifecycle import Lifecycle
from simulator.engine.calendar.schedule import SECOND_US
from simulator.engine.calendar.trading_hours import TradingHours, weekly_pause_end_us
from simulator.engine.catalogue.fee_changes import FeeChanges
from simulator.engine.catalogue.world import SHARD, World
from simulator.engine.ids import Ids
from simulator.engine.matching.listener import Listener
from simulator.engine.matching.matching_engine import MatchingEngine
from simulator.flow.order_flow import STEP_S, OrderFlow
from simulator.flow.scripted_counterparty import ScriptedCounterparty
from simulator.member import Member
from simulator.personality import PERSONALITIES, Personality
from simulator.surface.websocket.subscriptions import Publisher

ONE_CENT_E6: Final = 10_000
MOST_STEPS_BEHIND: Final = 10  # a program that slept does not replay its night


class ExchangeJournal(Protocol):
    """Keeps the exchange written down."""

    def note_everything(self, exchange: Exchange) -> None:
        """Nothing of a new exchange is written yet."""

    def follow(self, account: Account) -> None:
        """Note from now on which client order ids there are."""

    def take_in(self, member: Member) -> None:
        """Keep a new user."""

    def commit(self, exchange: Exchange, *, is_last: bool = False) -> None:
        """Write what has changed."""


@dataclass(slots=True, eq=False)
class Exchange:
    """The state that REST, WebSocket and control share; everything runs on one event loop."""

    ids: Ids
    world: World
    publisher: Publisher
    listener: Listener
    engine: MatchingEngine
    flow: OrderFlow
    lifecycle: Lifecycle
    rate: float  # deltas per second
    activity: str = "brisk"  # the order flow's profile
    personality: Personality = PERSONALITIES["production"]
    choices: Choices = field(default_factory=Choices)
    clock_offset_us: int = 0  # its clock less this machine's, as long as it lives
    skew_us: int = 0  # how wrong that is on top of it, while a fault lasts
    members: dict[str, Member] = field(default_factory=dict)  # by key_id
    public_keys: dict[str, PublicKey] = field(default_factory=dict)
    fee_changes: FeeChanges = field(init=False)
    counterparty: ScriptedCounterparty | None = None
    writes: int = 0  # requests that would change something, refused ones included
    flowed_us: int = 0  # schedule time that the order flow has come to
    journal: ExchangeJournal | None = None
    _stepped_s: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        world = self.world
        self.fee_changes = FeeChanges(world.series, world.markets, self.listener, self.ids.fee_change)
        if self.choices.partial_ioc_is_executed:
            self.engine.partial_ioc_status = "executed"
        self.publisher.sends_direction = self.choices.sends_direction_fields
        self.engine.rounding = Rounding(self.choices.trade_fee_unit_e6, self.choices.fee_rebate_unit_e6)

    def let_trade(self, fills_per_min: float, *, lives: int = 0) -> None:
        """Open the account of the scripted counterparty, if there is to be one: after the order flow's own
        and before any member's, in every run alike. ``lives`` counts earlier runs."""
        if fills_per_min:
            generator = self.world.generator(f"scripted counterparty {lives}")
            self.counterparty = ScriptedCounterparty(self.engine, generator, fills_per_min=fills_per_min)

    @property
    def hours(self) -> TradingHours:
        return self.engine.hours

    def enroll(
        self, public_key: PublicKey, *, balance_e6: int, tier: str, name: str = "", can_write: bool = True
    ) -> Member:
        """A new member with its own account; its cash is spread over the shards in equal parts of whole
        cents, and what is left over goes to the first."""
        key_id = self.ids.key(len(self.members))
        others = range(SHARD + 1, self.world.shards)
        part_e6 = balance_e6 // self.world.shards // ONE_CENT_E6 * ONE_CENT_E6
        account = self.engine.open_account(balance_e6 - part_e6 * len(others), shard=SHARD)
        for shard in others:
            account.move_cash(shard, part_e6)
        member = self.admit(
            key_id, public_key, account, tier=tier, name=name or self.next_name(), can_write=can_write
        )
        if self.journal is not None:
            self.journal.take_in(member)
            self.commit()
        return member

    def admit(
        self, key_id: str, public_key: PublicKey, account: Account, *, tier: str, name: str, can_write: bool
    ) -> Member:
        """Let an account be used with a key."""
        budget = Budget(TIERS[tier], account.cash_e6, time.monotonic())
        self.members[key_id] = Member(key_id, account, TIERS[tier], budget, name, can_write)
        self.public_keys[key_id] = public_key
        if self.journal is not None:
            self.journal.follow(account)
        return self.members[key_id]

    def commit(self, *, is_last: bool = False) -> None:
        """Before anybody is told of what has changed, it is written down, if anything is."""
        if self.journal is not None:
            self.journal.commit(self, is_last=is_last)

    def next_name(self) -> str:
        """For an account that nobody named."""
        return f"account{len(self.members) + 1}"

    def pause_trading(self, *, until_us: int | None = None) -> None:
        """No new orders; what asked not to rest through a pause is cancelled (protocol 3.1)."""
        self.hours.pause_trading(until_us=until_us)
        self.engine.halt(now_us=self.now_us())

    def pause_exchange(self, *, until_us: int | None = None) -> None:
        """Not even cancels."""
        self.hours.pause_exchange(until_us=until_us)
        self.engine.halt(now_us=self.now_us())

    def pause_shard(self, shard: int, *, is_exchange: bool, until_us: int | None = None) -> None:
        """The same for one shard alone; ``is_exchange``: not even cancels."""
        self.hours.pause_shard(shard, is_exchange=is_exchange, until_us=until_us)
        self.engine.halt(now_us=self.now_us(), shard=shard)

    def compress(self, speed: float) -> None:
        """Let the markets' schedules run at ``speed``; the wire's clock stays as it is."""
        self.lifecycle.run_at(speed, now_us=self.now_us())

    def now_us(self) -> int:
        """The exchange's present, in everything it signs, stamps and checks."""
        return now_us() + self.clock_offset_us + self.skew_us

    @property
    def is_clock_wrong(self) -> bool:
        return bool(self.clock_offset_us or self.skew_us)

    def advance(self) -> float:
        """One step if it is due; seconds until the next one is.

        Whoever is behind catches up step by step, so that requests are answered in between.
        """
        behind_s = time.monotonic() - self._stepped_s
        if behind_s >= STEP_S:
            self._stepped_s += max(STEP_S, behind_s - MOST_STEPS_BEHIND * STEP_S)
            at_us = self.now_us()
            self.keep_hours(at_us)
            self.step(now_us=at_us)
            self.publisher.send_due_tickers(at_us)
            self.commit()
        return max(0.0, self._stepped_s + STEP_S - time.monotonic())

    def keep_hours(self, at_us: int) -> None:
        """End a pause that is over, begin the weekly one when it is time and it is wanted."""
        self.hours.resume_if_due(at_us)
        if self.choices.weekly_pause and self.hours.trading_active:
            until_us = weekly_pause_end_us(at_us)
            if until_us is not None:
                self.pause_trading(until_us=until_us)

    def step(self, *, now_us: int) -> None:
        """``STEP_S`` of everything that happens by itself; the same steps make the same books."""
        self.engine.expire(now_us=now_us)
        self.lifecycle.advance(now_us=now_us)
        self.fee_changes.advance(now_us=now_us)
        if self.hours.trading_active:
            at_us = self.lifecycle.calendar.at(now_us)
            # Since the last step that traded: what comes to be known does not wait for a pause to end.
            self.flow.step(self.rate, now_us=now_us, schedule_s=(at_us - self.flowed_us) / SECOND_US)
            self.flowed_us = at_us
            if self.counterparty is not None:
                self.counterparty.step(now_us=now_us)


def now_us() -> int:
    """The true time."""
    return time.time_ns() // 1000
