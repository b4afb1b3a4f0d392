"""Shows that no sequence of commands makes or loses a contract or a cent, or breaks a queue.

A seeded driver sends commands of every kind to a bare engine with a few markets and accounts and
judges the market touched after each of them. The same seed gives the same commands and must give
the same history of books.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from types import SimpleNamespace
from typing import Any, Final
from uuid import UUID

from simulator.engine.accounts.netting import Netting
from simulator.engine.calendar.lifecycle import Lifecycle
from simulator.engine.calendar.schedule import Calendar
from simulator.engine.ids import Ids
from simulator.engine.matching.matching_engine import MatchingEngine
from simulator.engine.matching.order_groups import OrderGroup
from simulator.engine.matching.orders import SIDES, Amendment, NewOrder, Order
from simulator.engine.matching.traded_market import TradedMarket
from trading.market import ONE_DOLLAR_E4, BookSide
from verification.conservation_rules import (
    Broken,
    Queues,
    Tape,
    judge_account,
    judge_book,
    judge_contracts,
    judge_money,
    judge_queues,
    queues_of,
)
from verification.conservation_world import TradedWorld
from verification.proof import Piece, Proof

START_US: Final = 1_795_345_393_123_456
ACCOUNTS_EVERY: Final = 100  # commands
COMMANDS: Final = 50_000  # of one seed
QUICK_COMMANDS: Final = 10_000
CASH_E6: Final = (
    2_000_000_000,
    500_000_000,
    20_000_000,
)  # of the members; all but the first net, and the last is poor
_MOST_RESTING: Final = 60  # orders a market, or every check would be about nothing else

_WEIGHTS: Final = {
    "place": 60,
    "cancel": 15,
    "amend": 12,
    "decrease": 5,
    "wait": 6,
    "group": 1.5,
    "cancel_all": 0.1,
    "settle": 0.05,
}
_TERMS: Final[tuple[dict[str, Any], ...]] = (
    {},
    {},
    {"post_only": True},
    {"time_in_force": "immediate_or_cancel"},
    {"time_in_force": "immediate_or_cancel", "reduce_only": True},
    {"time_in_force": "fill_or_kill"},
    {"self_trade_prevention": "maker"},
    {"expires": True},
)


class Driver:
    """One world and the commands sent to it."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)
        ids = Ids(UUID(int=seed))
        self.tape = Tape()
        self._world = world = TradedWorld(ids, self._rng)
        self.engine = MatchingEngine(world.markets, ids, self.tape)
        calendar = Calendar.starting(START_US)
        self._lifecycle = Lifecycle(
            world,  # type: ignore[arg-type]  # it has what endings need; listing is done by the world itself
            self.engine,
            SimpleNamespace(),
            self.tape,
            calendar,
        )
        self._members = [self.engine.open_account(cash_e6) for cash_e6 in CASH_E6]
        for member in self._members[1:]:
            member.netting = Netting(world.events, world.markets)
        self._maker = self.engine.open_account(0, is_counterparty=True)
        self._queued: dict[int, int] = {}  # order number → command that put it at the end of its queue
        self._now_us = START_US
        self._acting: Order | None = None
        self.commands: Counter[str] = Counter()
        self.sent = 0

    def run(self, commands: int) -> None:
        """Raises Broken with the number of the command that broke a rule."""
        kinds = list(_WEIGHTS)
        for kind in self._rng.choices(kinds, list(_WEIGHTS.values()), k=commands):
            self.sent += 1
            listed = self._rng.choice(list(self._world.markets.values()))
            before, self._acting = queues_of(listed), None
            done = getattr(self, f"_{kind}")(listed)
            self.commands[kind if done else f"{kind} refused"] += 1
            try:
                self._judge(listed, before)
            except Broken as broken:
                raise Broken(f"command {self.sent}, {kind} {listed.ticker}: {broken}") from None

    # --- commands: whether they were accepted -----------------------------------------------------

    def _place(self, listed: TradedMarket) -> bool:
        rng = self._rng
        account = rng.choice((*self._members, self._maker, self._maker))
        side, terms = rng.choice(SIDES), dict(rng.choice(_TERMS))
        if terms.pop("expires", False):
            terms["expires_s"] = self._now_us // 1_000_000 + rng.randint(1, 30)
        if account.groups and rng.random() < 0.3:
            terms["order_group_id"] = rng.choice(list(account.groups))
        if len(listed.book.orders()) > _MOST_RESTING:
            terms = {"time_in_force": "immediate_or_cancel"}
        new = NewOrder(
            listed.ticker,
            side,
            self._price_e4(listed, side),
            self._count_e2(),
            client_order_id=f"c{self.sent}",
            **terms,
        )
        placed = self.engine.place(account, new, now_us=self._now_us)
        if isinstance(placed, Order):
            self._queued[placed.number] = self.sent
        return isinstance(placed, Order)

    def _cancel(self, listed: TradedMarket) -> bool:
        order = self._resting(listed)
        return order is not None and self.engine.cancel(order, now_us=self._now_us) > 0

    def _amend(self, listed: TradedMarket) -> bool:
        order = self._resting(listed)
        if order is None:
            return False
        keeps_price = self._rng.random() < 0.5
        price_e4 = order.price_e4 if keeps_price else self._price_e4(listed, order.side)
        count_e2 = max(1, order.filled_e2 + order.remaining_e2 + self._rng.randint(-400, 400))
        loses_place = price_e4 != order.price_e4 or count_e2 > order.filled_e2 + order.remaining_e2
        self._acting = order
        change = Amendment(price_e4, count_e2, f"a{self.sent}", order.request.expires_s)
        if self.engine.amend(order, change, now_us=self._now_us) is not None:
            return False
        if loses_place:
            self._queued[order.number] = self.sent
        return True

    def _decrease(self, listed: TradedMarket) -> bool:
        order = self._resting(listed)
        if order is None:
            return False
        self.engine.decrease(order, self._rng.randint(1, order.remaining_e2), now_us=self._now_us)
        return True

    def _cancel_all(self, _: TradedMarket) -> bool:
        return self.engine.cancel_all(self._rng.choice(self._members), now_us=self._now_us) > 0

    def _group(self, _: TradedMarket) -> bool:
        """Create a group, or do something to one."""
        account, rng = self._rng.choice(self._members), self._rng
        limit_e2 = rng.randint(1, 40) * 100
        if len(account.groups) < 3:
            self.engine.create_group(account, limit_e2=limit_e2, exchange_index=0, now_us=self._now_us)
            return True
        group: OrderGroup = rng.choice(list(account.groups.values()))
        what = rng.choice(("limit", "reset", "trigger", "delete"))
        if what == "limit":
            self.engine.limit_group(group, limit_e2, now_us=self._now_us)
        else:
            getattr(self.engine, f"{what}_group")(group, now_us=self._now_us)
        return True

    def _settle(self, listed: TradedMarket) -> bool:
        """End an event, pay who holds its markets, and list another in its place."""
        event = self._world.events[listed.market.event_ticker]
        for ticker, value_e4 in self._world.outcome_of(event).items():
            ended = self._world.markets[ticker]
            self._lifecycle.settle_market(ended, now_us=self._now_us, value_e4=value_e4)
            judge_contracts(ended, self.engine.accounts)
        self._world.replace(event)
        return True

    def _wait(self, _: TradedMarket) -> bool:
        self._now_us += self._rng.randint(1, 2_000_000)
        self.engine.expire(now_us=self._now_us)
        return True

    def _resting(self, listed: TradedMarket) -> Order | None:
        orders = listed.book.orders()
        return self._rng.choice(orders) if orders else None

    def _price_e4(self, listed: TradedMarket, side: BookSide) -> int:
        """Around a value that wanders, a little more often not crossing than crossing."""
        fair = self._world.fairs[listed.ticker] + self._rng.gauss(0, 0.004)
        self._world.fairs[listed.ticker] = fair = min(max(fair, 0.02), 0.98)
        away = self._rng.gauss(0.004, 0.02)
        price_e4 = int((fair - away if side == "bid" else fair + away) * ONE_DOLLAR_E4)
        price_e4 = min(max(price_e4, 100), 9_900)
        grid = listed.market.grid
        on_grid_e4 = grid.floor(price_e4) if side == "bid" else grid.ceil(price_e4)
        assert on_grid_e4 is not None  # every grid reaches from 0.01 to 0.99
        return on_grid_e4

    def _count_e2(self) -> int:
        contracts = 5 * math.exp(self._rng.gauss(0, 1))
        return max(1, int(contracts * 100) if self._rng.random() < 0.3 else round(contracts) * 100)

    def _judge(self, listed: TradedMarket, before: Queues) -> None:
        judge_book(listed, self.tape)
        judge_queues(listed, before, queued=self._queued, acting=self._acting)
        judge_contracts(listed, self.engine.accounts)
        judge_money(self.engine, paid_in_e6=sum(CASH_E6))
        if self.sent % ACCOUNTS_EVERY == 0:
            for account, paid_in_e6 in zip(self._members, CASH_E6, strict=True):
                judge_account(account, self._world.markets, paid_in_e6=paid_in_e6)


def piece(number: int, quick: bool) -> Piece:  # noqa: FBT001  # as every proof is called
    """Fifty thousand random commands, and the same history from the same seed."""
    commands = QUICK_COMMANDS if quick else COMMANDS
    driver, broken = Driver(number), []
    try:
        driver.run(commands)
    except Broken as error:
        broken.append(f"seed {number}: {error}")
    histories = []
    for _ in range(2):
        again = Driver(number)
        again.run(commands // 20)
        histories.append(again.tape.history.hexdigest())
    if histories[0] != histories[1]:
        broken.append(f"seed {number} made two histories of the books")
    return Piece({"commands": driver.sent, **driver.commands}, broken)


PROOF: Final = Proof(
    "No sequence of commands makes or loses a contract or a cent, or breaks a queue",
    pieces=20,
    run=piece,
    quick_pieces=2,
    needs=("place", "cancel", "amend", "decrease", "group", "wait", "cancel_all", "settle"),
)
