"""A script fills what members let rest, at its rate, and nothing else."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

from simulator.choices import Choices
from simulator.control.routes import ledger_body
from simulator.engine.accounts.account import Account
from simulator.engine.matching.orders import NewOrder, Order
from simulator.flow.order_flow import STEP_S
from simulator.personality import PERSONALITIES
from simulator.start import start_exchange
from simulator.state.revival import revive
from simulator.state.store import StateStore
from tests.simulator.builders import NOW_US

BALANCE_E6 = 10**11
STEP_US = round(STEP_S * 1_000_000)


class Visited:
    """A demo exchange without flow of its own, and one member who lets orders rest."""

    def __init__(self, *, fills_per_min: float, seed: int = 7, store: StateStore | None = None) -> None:
        self.exchange = start_exchange(
            UUID(int=5),
            markets=60,
            seed=seed,
            rate=0,
            personality=PERSONALITIES["demo"],
            opened_us=NOW_US,
            fills_per_min=fills_per_min,
            store=store,
        )
        key = ed25519.Ed25519PrivateKey.generate().public_key()
        self.account = self.exchange.enroll(key, balance_e6=BALANCE_E6, tier="unlimited").account
        self.now_us = NOW_US

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds / STEP_S)):
            self.now_us += STEP_US
            self.exchange.step(now_us=self.now_us)
            self.exchange.commit()

    def rest(self, *, count_e2: int = 1_000, markets: int = 30) -> list[Order]:
        """Behind what the makers bid, so that somebody stands ahead."""
        orders = []
        for listed in list(self.exchange.world.markets.values())[:markets]:
            new = NewOrder(listed.ticker, "bid", 100, count_e2, post_only=True)
            order = self.exchange.engine.place(self.account, new, now_us=self.now_us)
            assert isinstance(order, Order)
            orders.append(order)
        return orders


def test_it_trades_at_its_rate_spread_over_the_markets():
    visited = Visited(fills_per_min=600)
    visited.rest(count_e2=100_000)

    visited.run(2)

    fills = visited.account.fills
    assert abs(len(fills) - 20) <= 1
    assert len({fill.order.market.ticker for fill in fills}) > 10
    assert not any(fill.is_taker for fill in fills)


def test_nobody_trades_where_none_was_asked_for():
    visited = Visited(fills_per_min=0)
    orders = visited.rest()

    visited.run(5)

    assert visited.exchange.counterparty is None
    assert [order.filled_e2 for order in orders] == [0] * len(orders)


def test_what_found_no_order_is_not_made_up_for():
    visited = Visited(fills_per_min=600)
    visited.run(20)
    visited.rest(count_e2=100_000)

    visited.run(1)

    assert len(visited.account.fills) <= 21


def test_whoever_stands_ahead_is_served_first():
    visited = Visited(fills_per_min=600)
    behind = visited.rest(markets=10)
    makers = visited.exchange.flow.counterparties.makers
    ahead = {order.number: order for order in behind if order.market.book.ahead_e2(order)}
    assert ahead  # else this shows nothing

    visited.run(3)

    for fill in visited.account.fills:
        others = [order for order in fill.order.market.book.orders() if order.owner is makers]
        assert not any(order.side == "bid" and order.price_e4 > fill.order.price_e4 for order in others)


def test_it_trades_nothing_of_its_own_accord_with_the_makers():
    visited = Visited(fills_per_min=600)

    visited.run(5)

    assert visited.exchange.counterparty is not None
    assert not visited.exchange.counterparty.account.holdings


def test_orders_fill_in_parts_and_whole():
    visited = Visited(fills_per_min=6_000)
    orders = visited.rest(count_e2=1_000)
    visited.run(3)

    times = Counter(fill.order.number for fill in visited.account.fills)

    assert {order.filled_e2 for order in orders} == {1_000}
    assert min(times.values()) == 1 < max(times.values())


def test_the_ledger_stays_exact():
    visited = Visited(fills_per_min=3_000)
    visited.rest(markets=60)
    visited.run(2)

    ledger = ledger_body(visited.exchange, visited.account)

    fills = ledger["fills"]
    assert len(fills) > 50
    bought = sum(Decimal(fill["count_fp"]) * Decimal(fill["yes_price_dollars"]) for fill in fills)
    assert Decimal(ledger["cash"]) == Decimal(BALANCE_E6) / 10**6 - bought - Decimal(ledger["fees"])
    held = sum(map(Decimal, ledger["positions"].values()))
    assert held == sum(Decimal(fill["count_fp"]) for fill in fills)


def positions(account: Account) -> dict[str, int]:
    return {ticker: holding.position_e2 for ticker, holding in account.holdings.items()}


@pytest.mark.parametrize(("seed", "is_same"), [(7, True), (8, False)])
def test_the_same_seed_makes_the_same_trades(seed, is_same):
    first, second = Visited(fills_per_min=600), Visited(fills_per_min=600, seed=seed)
    for visited in (first, second):
        visited.rest()
        visited.run(3)

    assert (positions(first.account) == positions(second.account)) == is_same


def test_it_goes_on_after_a_restart_with_other_chances(tmp_path):
    visited = Visited(fills_per_min=600, store=StateStore(tmp_path))
    visited.rest(count_e2=100_000)
    visited.run(1)
    before = len(visited.account.fills)
    assert visited.exchange.journal is not None
    visited.exchange.commit(is_last=True)
    visited.exchange.journal._store.close()

    revived = revive(StateStore(tmp_path), choices=Choices(), now_us=visited.now_us)

    assert revived is not None
    visited.exchange = revived
    visited.account = next(iter(revived.members.values())).account
    visited.run(2)
    assert before < len(visited.account.fills) <= before + 21
    assert revived.counterparty is not None
    assert revived.counterparty.fills_per_min == 600
