"""The counterparties keep a market alive, and all that they do is repeatable."""

# ruff: noqa: ARG002  a recorder hears more than it keeps

from __future__ import annotations

import hashlib
from collections import Counter
from statistics import mean

import msgspec
import pytest

from simulator.flow.counterparties import MOST_LEVELS
from simulator.flow.order_flow import OrderFlow
from simulator.flow.profiles import PROFILES
from tests.simulator.builders import Recorder
from tests.simulator.living_world import LivingWorld


class History(Recorder):
    """Hashes everything that happens to the books, by event."""

    def __init__(self) -> None:
        super().__init__()
        self._hashes: dict[str, hashlib._Hash] = {}

    def book_changed(self, listed, cause, side, *, price_e4: int, delta_e2: int, now_us: int) -> None:
        market = listed.market
        line = f"{market.ticker},{side},{price_e4},{delta_e2}\n"
        self._hashes.setdefault(market.event_ticker, hashlib.sha256()).update(line.encode())

    def digests(self) -> dict[str, str]:
        return {event: found.hexdigest() for event, found in self._hashes.items()}


def history(*, seed: int = 7, ticker: str = "", markets: int = 60) -> dict[str, str]:
    """The history, by event, if a user buys one market empty after a second."""
    news = History()
    world = LivingWorld(seed=seed, markets=markets, news=news)
    world.run(1)
    if ticker:
        world.send(ticker, "bid", 9_900, time_in_force="immediate_or_cancel")
        world.send(ticker, "bid", 100)
    world.run(4)
    return news.digests()


def test_every_book_opens_with_several_levels_on_both_sides():
    world = LivingWorld(markets=200).world
    levels = [len(side) for m in world.markets.values() for side in (m.book.bids, m.book.asks)]

    assert min(levels) >= 1
    assert max(levels) <= MOST_LEVELS
    assert mean(levels) > 4


def test_the_same_seed_makes_the_same_history():
    assert history() == history()
    assert history() != history(seed=8)


def test_the_same_commands_at_the_same_steps_make_the_same_history():
    ticker = next(iter(LivingWorld(markets=60).world.markets))

    assert history(ticker=ticker) == history(ticker=ticker)


def test_what_is_done_in_one_event_changes_nothing_in_another():
    ticker = next(iter(LivingWorld(markets=60).world.markets))
    event = ticker.rsplit("-", 1)[0]

    alone, visited = history(), history(ticker=ticker)

    assert {name for name in alone if alone[name] != visited[name]} == {event}


@pytest.mark.parametrize("rate", [300, 1500])
def test_the_rate_is_kept_in_the_long_run(rate):
    world = LivingWorld()
    world.run(10, rate=rate)
    before = world.engine.deltas
    world.run(20, rate=rate)

    assert world.engine.deltas - before == pytest.approx(20 * rate, rel=0.15)


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

    assert mean(quoted) >= 0.97


def test_orders_joined_at_the_best_price_get_filled_within_a_minute():
    world = LivingWorld(markets=40)
    orders = [
        world.send(m.ticker, side, price_e4, post_only=True)
        for m in world.world.markets.values()
        for side, price_e4 in (("bid", m.book.best_bid_e4), ("ask", m.book.best_ask_e4))
        if price_e4 is not None
    ]
    world.run(60)

    assert mean(order.filled_e2 > 0 for order in orders) > 0.5


def test_no_market_is_dead_on_a_brisk_day():
    world = LivingWorld(markets=100)
    before = {m.ticker: m.book.yes_bids() + m.book.no_bids() for m in world.world.markets.values()}
    world.run(60)
    still = [
        m.ticker
        for m in world.world.markets.values()
        if m.book.yes_bids() + m.book.no_bids() == before.get(m.ticker)
    ]

    assert still == []


def test_the_demo_day_is_as_still_as_the_venues_own():
    world = LivingWorld(markets=300, profile=PROFILES["demo"])
    before = world.engine.deltas
    for _ in range(200):
        world.run(0.02, rate=PROFILES["demo"].rate)

    assert world.engine.deltas == before
    sides = [side for m in world.world.markets.values() for side in (m.book.bids, m.book.asks)]
    assert 0.2 < mean(not side for side in sides) < 0.6


@pytest.mark.parametrize("name", PROFILES)
def test_every_day_can_be_traded_at_any_rate(name):
    world = LivingWorld(markets=60, profile=PROFILES[name])
    before = world.engine.deltas
    world.run(5, rate=1000)

    assert world.engine.deltas > before + 1000


def test_events_that_open_later_trade_and_closed_ones_do_not():
    world = LivingWorld(markets=60)
    world.lifecycle.run_at(3600.0, now_us=world.now_us)
    world.run(6, rate=1000)
    listed = world.world.markets.values()
    status = Counter(m.market.status for m in listed)

    assert status["active"] >= 50
    assert status["closed"] + status["determined"] + status["finalized"] >= 10
    late = [m for m in listed if m.created_us > 0 and m.market.status == "active" and m.book.orders()]
    assert late
    assert all(not m.book.orders() for m in listed if m.market.status in ("closed", "determined"))


def test_prices_go_to_what_the_markets_pay():
    world = LivingWorld(markets=24)
    event = next(e for e in world.world.events.values() if e.kind == "exclusive")
    life_s = (event.strike_us - world.now_us) / 1e6
    for _ in range(500):  # the whole life in ten seconds
        world.flow.step(1000, now_us=world.now_us, schedule_s=life_s / 500)
    world.run(10, rate=1000)

    for ticker, payout_e4 in world.flow.payouts_e4(event.ticker).items():
        book = world.world.markets[ticker].book
        middle_e4 = ((book.best_bid_e4 or 0) + (book.best_ask_e4 or 10_000)) / 2
        assert abs(middle_e4 - payout_e4) < 500


def test_a_market_that_is_paused_is_left_alone():
    world = LivingWorld(markets=10)
    listed = next(iter(world.world.markets.values()))
    listed.become("inactive", now_us=world.now_us)
    before = listed.book.yes_bids()
    world.run(5)

    assert listed.book.yes_bids() == before


def test_a_memory_goes_on_trading_with_the_quotes_that_rest():
    first = LivingWorld(markets=60)
    first.run(5)
    memory = msgspec.json.decode(msgspec.json.encode(first.flow.memory()))
    openings = [event.opening for event in first.flow._events.values()]
    payouts = {opening.ticker: first.flow.payouts_e4(opening.ticker) for opening in openings}
    fairs = first.flow.fair_values_e4()

    flow = OrderFlow(first.engine, first.world.generator)
    flow.counterparties.makers = (
        first.flow.counterparties.makers
    )  # a revived engine opens the counterparties' accounts first
    before = first.engine.deltas
    flow.recall(memory, openings)

    assert first.engine.deltas == before
    assert {ticker: flow.payouts_e4(ticker) for ticker in payouts} == payouts
    assert flow.fair_values_e4() == pytest.approx(fairs)
    first.flow = flow
    first.run(5)
    assert first.engine.deltas > before + 1000
