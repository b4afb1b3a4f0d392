"""A counterparty that trades against what members let rest, so that orders fill where nobody else trades.

It takes price and time as they stand: whoever is ahead of the member's order is traded with first. A step
chooses markets at random among those where a member's order rests, so its trades are spread over them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simulator.engine.accounts.account import Account
from simulator.engine.matching.matching_engine import MatchingEngine
from simulator.engine.matching.orders import NewOrder, Order, opposite
from simulator.flow.order_flow import STEP_S

if TYPE_CHECKING:
    from random import Random

ONE_CONTRACT_E2: Final = 100
PART_SHARE: Final = 0.3  # of its trades take a part of an order
MOST_OWED_S: Final = 1.0  # what could not be traded for want of orders is not made up for later


class ScriptedCounterparty:
    """An account of its own, and how often it trades."""

    def __init__(self, engine: MatchingEngine, rng: Random, *, fills_per_min: float) -> None:
        self.fills_per_min = fills_per_min
        self.account: Account = engine.open_account(0, is_counterparty=True)
        self._engine = engine
        self._rng = rng
        self._owed = 0.0  # trades

    def step(self, *, now_us: int) -> None:
        """``STEP_S`` of trading."""
        per_s = self.fills_per_min / 60
        self._owed = min(self._owed + per_s * STEP_S, max(1.0, per_s * MOST_OWED_S))
        while self._owed >= 1.0 and (order := self._choose()) is not None:
            self._owed -= 1.0
            self._trade(order, now_us)

    def _choose(self) -> Order | None:
        """The first in its queue among a member's orders on one side of one market."""
        queues: dict[tuple[str, str], list[Order]] = {}
        for order in self._resting():
            queues.setdefault((order.market.ticker, order.side), []).append(order)
        if not queues:
            return None
        queue = queues[self._rng.choice(sorted(queues))]
        return min(queue, key=lambda order: (self._engine.ahead_e2(order), order.number))

    def _resting(self) -> list[Order]:
        """Orders of members in markets that trade now."""
        return [
            order
            for account in self._engine.accounts
            for orders in account.resting.values()
            for order in orders.values()
            if order.market.market.status == "active"
            and self._engine.hours.trades(order.market.market.exchange_index)
        ]

    def _trade(self, order: Order, now_us: int) -> None:
        count_e2 = order.remaining_e2
        if count_e2 > ONE_CONTRACT_E2 and self._rng.random() < PART_SHARE:
            count_e2 = self._rng.randrange(ONE_CONTRACT_E2, count_e2, ONE_CONTRACT_E2)
        count_e2 += self._engine.ahead_e2(order)
        taking = NewOrder(
            order.market.ticker, opposite(order.side), order.price_e4, count_e2, "immediate_or_cancel"
        )
        self._engine.place(self.account, taking, now_us=now_us)
