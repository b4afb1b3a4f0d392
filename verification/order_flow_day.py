"""The notes of somebody who watches every book and every trade of the loopback exchange.

An exchange without a network trades by itself, faster than real time. The same profile, number of
markets and seed make the same notes.
"""

# ruff: noqa: ARG002  a listener hears more than it needs

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from uuid import UUID

from simulator.engine.accounts.fees import trade_fee_e6
from simulator.engine.accounts.owner import Owner
from simulator.engine.calendar.lifecycle import Lifecycle
from simulator.engine.calendar.schedule import Calendar
from simulator.engine.catalogue.world import World
from simulator.engine.ids import Ids
from simulator.engine.matching.matching_engine import MatchingEngine
from simulator.engine.matching.orders import Order
from simulator.engine.matching.traded_market import TradedMarket
from simulator.engine.matching.trades import Trade
from simulator.flow.order_flow import STEP_S, OrderFlow
from simulator.flow.profiles import PROFILES
from trading.market import BookSide

OPENED_US: Final = 1_795_345_393_123_456  # every day begins at the same moment
STEP_US: Final = round(STEP_S * 1e6)
DEPTHS: Final = 8  # levels of a side that are noted, and that it must have to be noted
_COMPARED_EVERY_S: Final = 5  # prices with fair values


@dataclass(slots=True)
class Taking:
    """The trade of one taker at one moment, against however many makers."""

    ticker: str
    taker: Owner
    sign: int  # +1 bought YES, −1 sold it
    price: float  # of YES in dollars, the first
    contracts: float = 0.0
    cost: float = 0.0  # dollars paid for the outcome bought, fees apart
    fees: float = 0.0
    worth: float | None = None  # of what was bought, at the next comparison with fair values


@dataclass(slots=True)
class Ear:
    """Hears the engine."""

    deltas: Counter[str] = field(default_factory=Counter)  # book changes, by market
    takings: list[Taking] = field(default_factory=list)
    _order: Order | None = None  # whose doing the last change of a book was
    _is_new: bool = True

    def book_changed(
        self,
        listed: TradedMarket,
        cause: Order,
        side: BookSide,
        *,
        price_e4: int,
        delta_e2: int,
        now_us: int,
    ) -> None:
        self.deltas[listed.ticker] += 1
        if cause is not self._order:
            self._order = cause
            self._is_new = True

    def traded(self, trade: Trade) -> None:
        """The book has just changed because of the taker's order."""
        assert self._order is not None
        sign, price, contracts = (
            1 if trade.taker_side == "bid" else -1,
            trade.price_e4 / 1e4,
            trade.count_e2 / 100,
        )
        if self._is_new:
            self._is_new = False
            self.takings.append(Taking(trade.market.ticker, self._order.owner, sign, price))
        taking = self.takings[-1]
        taking.contracts += contracts
        taking.cost += contracts * (price if sign > 0 else 1 - price)
        market, count_e2 = trade.market.market, trade.count_e2
        taking.fees += trade_fee_e6(market, price_e4=trade.price_e4, count_e2=count_e2, is_taker=True) / 1e6

    def event_fee_changed(self, *_: object, **__: object) -> None: ...

    def filled(self, *_: object, **__: object) -> None: ...

    order_changed = market_changed = event_listed = settled = group_changed = filled


class Quote(NamedTuple):
    """Best prices of a market at a look, in dollars."""

    middle: float
    spread: float


class Day:
    """One exchange, trading, and everything that was noted of it, a look every second."""

    def __init__(self, activity: str, *, markets: int, seed: int, speed: float = 1.0) -> None:
        """``speed`` is how fast the calendar that reveals and closes runs, against the trading."""
        self.profile = PROFILES[activity]
        self.ear = Ear()
        self.world = World(Ids(UUID(int=1)), seed)
        self.engine = MatchingEngine(self.world.markets, self.world.ids, self.ear)
        self.flow = OrderFlow(self.engine, self.world.generator, self.profile)
        calendar = Calendar.starting(OPENED_US)
        self.lifecycle = Lifecycle(self.world, self.engine, self.flow, self.ear, calendar)
        self.lifecycle.begin(markets, now_us=OPENED_US)
        if speed != 1.0:
            self.lifecycle.run_at(speed, now_us=OPENED_US)
        self.now_us = OPENED_US
        self.per_second: list[int] = []  # deltas
        self.middles: list[dict[str, float]] = []  # by market, of those quoted on both sides
        self.quotes: list[Quote] = []  # of all markets and looks
        self.depths: list[list[float]] = []  # contracts at each level, best first, of sides deep enough
        self.sums: list[float] = []  # of the middles of exclusive events
        self.errors: list[float] = []  # of middles against fair values
        self.sides = self.empty_sides = 0
        self._valued = 0  # takings

    def run(self, seconds: int, *, look: bool = True) -> Day:
        for second in range(seconds):
            before = self.engine.deltas
            for _ in range(round(1 / STEP_S)):
                self.now_us += STEP_US
                self.lifecycle.advance(now_us=self.now_us)
                schedule_s = STEP_S * self.lifecycle.calendar.speed
                self.flow.step(self.profile.rate, now_us=self.now_us, schedule_s=schedule_s)
            self.per_second.append(self.engine.deltas - before)
            if look:
                self._look()
                if second % _COMPARED_EVERY_S == 0:
                    self._compare()
        return self

    def kinds_of_taker(self) -> dict[str, Owner]:
        flow = self.flow
        them = flow.counterparties
        return {"informed": them.informed, "noise": them.noise, "arbitrageurs": them.arbitrageurs}

    def _look(self) -> None:
        middles = {}
        for listed in self.world.markets.values():
            if listed.market.status != "active":
                continue
            bid_e4, ask_e4 = listed.book.best_bid_e4, listed.book.best_ask_e4
            self.sides += 2
            self.empty_sides += (bid_e4 is None) + (ask_e4 is None)
            if bid_e4 is None or ask_e4 is None:
                continue
            middles[listed.ticker] = (bid_e4 + ask_e4) / 20_000
            self.quotes.append(Quote(middles[listed.ticker], (ask_e4 - bid_e4) / 10_000))
            self._note_depth(listed)
        self.middles.append(middles)
        for event in self.world.events.values():
            tickers = event.market_tickers
            if event.kind == "exclusive" and all(ticker in middles for ticker in tickers):
                self.sums.append(sum(middles[ticker] for ticker in tickers))

    def _note_depth(self, listed: TradedMarket) -> None:
        for levels in (listed.book.yes_bids(), listed.book.no_bids()):
            if len(levels) >= DEPTHS:
                self.depths.append([count_e2 / 100 for _, count_e2 in levels[: -DEPTHS - 1 : -1]])

    def _compare(self) -> None:
        fairs_e4 = self.flow.fair_values_e4()
        middles = self.middles[-1]
        self.errors += [middles[each] - fairs_e4[each] / 1e4 for each in middles if each in fairs_e4]
        for taking in self.ear.takings[self._valued :]:
            fair_e4 = fairs_e4.get(taking.ticker)
            if fair_e4 is not None:  # not closed meanwhile
                fair = fair_e4 / 1e4
                taking.worth = taking.contracts * (fair if taking.sign > 0 else 1 - fair)
        self._valued = len(self.ear.takings)
