"""An exchange without a network, trading by itself as fast as it can."""

from __future__ import annotations

from simulator.engine.calendar.lifecycle import Lifecycle
from simulator.engine.calendar.schedule import Calendar
from simulator.engine.catalogue.world import World
from simulator.engine.matching.matching_engine import MatchingEngine
from simulator.engine.matching.orders import NewOrder, Order
from simulator.flow.order_flow import STEP_S, OrderFlow
from simulator.flow.profiles import BRISK, Profile
from tests.simulator.builders import IDS, NOW_US, Recorder

STEP_US = int(STEP_S * 1_000_000)


class LivingWorld:
    def __init__(self, *, seed: int = 7, markets: int = 40, profile: Profile = BRISK, news=None) -> None:
        self.world = World(IDS, seed)
        self.engine = MatchingEngine(self.world.markets, IDS, news or Recorder())
        self.flow = OrderFlow(self.engine, self.world.generator, profile)
        self.lifecycle = Lifecycle(
            self.world, self.engine, self.flow, news or Recorder(), Calendar.starting(NOW_US)
        )
        self.lifecycle.begin(markets, now_us=NOW_US)
        self.user = self.engine.open_account(10**12)
        self.now_us = NOW_US

    def run(self, seconds: float, *, rate: float = 500.0) -> None:
        for _ in range(round(seconds / STEP_S)):
            self.now_us += STEP_US
            self.engine.expire(now_us=self.now_us)
            self.lifecycle.advance(now_us=self.now_us)
            self.flow.step(rate, now_us=self.now_us, schedule_s=STEP_S * self.lifecycle.calendar.speed)

    def send(self, ticker: str, side, price_e4: int, **terms) -> Order:
        new = NewOrder(ticker, side, price_e4, 200, **terms)
        placed = self.engine.place(self.user, new, now_us=self.now_us)
        assert isinstance(placed, Order)
        return placed
