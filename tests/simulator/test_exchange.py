"""An exchange as a whole, driven step by step without a network."""

from __future__ import annotations

import hashlib
from functools import cache
from uuid import UUID

import pytest

from simulator.control.routes import books_hash
from simulator.engine.calendar.schedule import HOUR_US, MINUTE_US
from simulator.engine.matching.orders import NewOrder, Order
from simulator.start import start_exchange
from tests.simulator.builders import NOW_US

STEPS = 150


@cache
def history(world: int, *, seed: int = 7, buys: bool = False) -> str:
    """A hash over the books after every step and over how each market ended; ids and times are not in it."""
    exchange = start_exchange(UUID(int=world), markets=60, seed=seed, rate=2_000, opened_us=NOW_US)
    account = exchange.engine.open_account(10**12)
    digest, at_us = hashlib.sha256(), NOW_US
    for step in range(STEPS):
        at_us += MINUTE_US
        exchange.step(now_us=at_us)
        if buys and step % 50 == 0:
            ticker = next(
                name for name, each in exchange.world.markets.items() if each.status_at(at_us) == "active"
            )
            new = NewOrder(ticker, "bid", 9_900, 500, "immediate_or_cancel")
            exchange.engine.place(account, new, now_us=at_us)
        digest.update(books_hash(exchange.world.markets.values()).encode())
    ends = [(each.ticker, each.market.status, each.result) for each in exchange.world.markets.values()]
    assert any(status == "finalized" for _, status, _ in ends)
    digest.update(repr(ends).encode())
    return digest.hexdigest()


def test_the_same_seed_and_commands_make_the_same_history_through_openings_and_closes():
    assert history(1, buys=True) == history(2, buys=True)


def test_another_seed_or_another_command_makes_another_history():
    plain = history(1)

    assert plain != history(1, seed=8)
    assert plain != history(1, buys=True)


@pytest.mark.parametrize("pause", ["pause_trading", "pause_exchange"])
def test_nothing_trades_in_a_pause_and_everything_goes_on_after_it(pause):
    exchange = start_exchange(UUID(int=1), markets=60, seed=7, rate=5_000, opened_us=NOW_US)
    account = exchange.engine.open_account(10**12)
    ticker = next(iter(exchange.world.markets))
    asked = NewOrder(ticker, "bid", 100, 100, cancel_on_pause=True)
    leaves = exchange.engine.place(account, asked, now_us=NOW_US)
    stays = exchange.engine.place(account, NewOrder(ticker, "bid", 100, 100), now_us=NOW_US)
    assert isinstance(leaves, Order)
    assert isinstance(stays, Order)

    getattr(exchange, pause)(until_us=None)
    deltas = exchange.engine.deltas
    exchange.step(now_us=NOW_US + MINUTE_US)

    assert exchange.engine.deltas == deltas
    assert (leaves.status, leaves.last_update_reason, stays.status) == ("canceled", "HaltCancel", "resting")
    exchange.hours.resume()
    exchange.step(now_us=NOW_US + 2 * MINUTE_US)
    assert exchange.engine.deltas > deltas


def test_only_other_shards_trade_while_one_is_paused():
    exchange = start_exchange(UUID(int=1), markets=60, seed=7, rate=5_000, opened_us=NOW_US, shards=3)
    account = exchange.engine.open_account(10**12)
    for shard in (1, 2):
        account.move_cash(shard, 10**11)
    markets = exchange.world.markets.values()
    shard_of = {listed.ticker: listed.market.exchange_index for listed in markets}
    asked = [
        exchange.engine.place(account, NewOrder(ticker, "bid", 100, 100, cancel_on_pause=True), now_us=NOW_US)
        for ticker in shard_of
    ]

    def books():
        return {each.ticker: (each.book.yes_bids(), each.book.no_bids()) for each in markets}

    exchange.pause_shard(2, is_exchange=False)
    before = books()
    for _ in range(50):
        exchange.step(now_us=NOW_US + MINUTE_US)

    moved = {shard_of[ticker] for ticker, book in books().items() if book != before[ticker]}
    assert 0 in moved
    assert 2 not in moved
    gone = [order for order in asked if isinstance(order, Order) and order.last_update_reason == "HaltCancel"]
    assert {shard_of[order.market.ticker] for order in gone} == {2}


def test_a_market_that_closed_in_a_pause_is_closed_after_it():
    exchange = start_exchange(UUID(int=1), markets=60, seed=7, rate=0, opened_us=NOW_US)
    exchange.pause_exchange()

    exchange.step(now_us=NOW_US + 30 * HOUR_US)
    exchange.hours.resume()

    statuses = {each.status_at(NOW_US + 30 * HOUR_US) for each in exchange.world.markets.values()}
    assert "closed" in statuses | {"determined", "finalized"}
    for listed in exchange.world.markets.values():
        if listed.market.status == "closed":
            assert listed.book.orders() == []
