from __future__ import annotations

from statistics import mean

from simulator.control import books_hash
from simulator.order_flow import FEWEST_LEVELS, MOST_LEVELS, STEP_S
from simulator.orders import NewOrder, Order
from tests.simulator.builders import NOW_US, OpenWorld

STEP_US = int(STEP_S * 1_000_000)


class LivingWorld:
    def __init__(self, *, seed: int = 7, markets: int = 40) -> None:
        opened = OpenWorld(markets, seed=seed)
        self.world, self.engine, self.flow = opened.world, opened.engine, opened.flow
        self.user = self.engine.open_account(10**12)
        self.now_us = NOW_US

    def run(self, seconds: float, *, rate: float = 500.0) -> None:
        for _ in range(int(seconds / STEP_S)):
            self.now_us += STEP_US
            self.engine.expire(now_us=self.now_us)
            self.flow.step(rate, now_us=self.now_us)

    def send(self, ticker: str, side, price_e4: int, **terms) -> Order:
        new = NewOrder(ticker, side, price_e4, 200, **terms)
        placed = self.engine.place(self.user, new, now_us=self.now_us)
        assert isinstance(placed, Order)
        return placed


def test_every_book_opens_with_several_levels_on_both_sides():
    world = LivingWorld(markets=200).world
    levels = [len(side) for m in world.markets.values() for side in (m.book.bids, m.book.asks)]

    assert min(levels) >= 1
    assert max(levels) <= MOST_LEVELS
    assert mean(levels) > FEWEST_LEVELS


def test_the_same_seed_makes_the_same_books():
    first, second, other = LivingWorld(), LivingWorld(), LivingWorld(seed=8)
    for world in (first, second, other):
        world.run(5)

    assert books_hash(first.world.markets.values()) == books_hash(second.world.markets.values())
    assert books_hash(first.world.markets.values()) != books_hash(other.world.markets.values())


def test_the_same_commands_at_the_same_steps_make_the_same_books():
    hashes = []
    for _ in range(2):
        world = LivingWorld()
        world.run(1)
        ticker = next(iter(world.world.markets))
        world.send(ticker, "bid", 9_900, time_in_force="immediate_or_cancel")
        world.run(2)
        hashes.append(books_hash(world.world.markets.values()))

    assert hashes[0] == hashes[1]


def test_the_rate_is_kept():
    world = LivingWorld()
    before = world.engine.deltas
    world.run(10, rate=300)

    assert abs(world.engine.deltas - before - 3000) <= 10


def test_rate_zero_stops_the_flow():
    world = LivingWorld()
    before = world.engine.deltas
    world.run(5, rate=0)

    assert world.engine.deltas == before


def test_both_sides_stay_quoted():
    world = LivingWorld(markets=100)
    world.run(60)
    quoted = [
        m.book.best_bid_e4 is not None and m.book.best_ask_e4 is not None
        for m in world.world.markets.values()
    ]

    assert mean(quoted) >= 0.98


def test_orders_joined_at_the_best_price_get_filled_within_a_minute():
    world = LivingWorld(markets=40)
    orders = [
        world.send(m.ticker, side, price_e4, post_only=True)
        for m in world.world.markets.values()
        for side, price_e4 in (("bid", m.book.best_bid_e4), ("ask", m.book.best_ask_e4))
    ]
    world.run(60)

    assert mean(order.filled_e2 > 0 for order in orders) > 0.5


def test_no_market_is_dead():
    world = LivingWorld(markets=100)
    before = {m.ticker: m.book.yes_bids() + m.book.no_bids() for m in world.world.markets.values()}
    world.run(60)
    still = [t for t, levels in before.items() if _levels(world, t) == levels]

    assert still == []


def _levels(world: LivingWorld, ticker: str) -> list[tuple[int, int]]:
    book = world.world.markets[ticker].book
    return book.yes_bids() + book.no_bids()
