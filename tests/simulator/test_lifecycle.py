"""Markets as the calendar moves on."""

from __future__ import annotations

from collections import Counter

import pytest

from simulator.engine.accounts.account import Account
from simulator.engine.calendar.course import Course
from simulator.engine.calendar.schedule import DAY_US, HOUR_US, MINUTE_US
from simulator.engine.matching.orders import NewOrder, Order, Refusal
from simulator.engine.matching.traded_market import TradedMarket
from tests.simulator.builders import NOW_US, OpenWorld, PlainFlow


class Living:
    """A world whose clock the test moves."""

    def __init__(self, markets: int = 60) -> None:
        self.opened = OpenWorld(markets, flow=PlainFlow)
        self.world, self.engine, self.lifecycle = (
            self.opened.world,
            self.opened.engine,
            self.opened.lifecycle,
        )
        self.news = self.opened.news
        self.user = self.engine.open_account(10**12)
        self.now_us = NOW_US

    def pass_time(self, length_us: int, *, steps: int = 1) -> None:
        for _ in range(steps):
            self.now_us += length_us // steps
            self.lifecycle.advance(now_us=self.now_us, at_most=10**6)

    def buy(self, ticker: str, count_e2: int = 100, *, by: Account | None = None) -> Order:
        ask_e4 = self.world.markets[ticker].book.best_ask_e4
        assert ask_e4 is not None
        new = NewOrder(ticker, "bid", ask_e4, count_e2, "immediate_or_cancel")
        placed = self.engine.place(by or self.user, new, now_us=self.now_us)
        assert isinstance(placed, Order)
        return placed

    def course(self, **due: int) -> Course:
        """The first event's course, its stages moved to these times from now."""
        course = next(iter(self.lifecycle.courses.values()))
        at_us = self.lifecycle.calendar.at(self.now_us)
        course.due = {stage: at_us + after_us for stage, after_us in due.items()}  # type: ignore[misc]
        self.lifecycle.resume([course])
        return course

    def markets(self, course: Course) -> list[TradedMarket]:
        return [self.world.markets[ticker] for ticker in course.event.market_tickers]

    def statuses(self, course: Course) -> set[str]:
        return {listed.status_at(self.now_us) for listed in self.markets(course)}

    def open_count(self) -> int:
        return Counter(each.market.status for each in self.world.markets.values())["active"]


def test_a_new_exchange_trades_undisturbed_for_an_hour():
    living = Living(300)

    living.pass_time(HOUR_US - 1, steps=60)

    assert {each.status_at(living.now_us) for each in living.world.markets.values()} <= {
        "active",
        "initialized",
    }
    assert living.open_count() == 300


@pytest.mark.parametrize("markets", [1, 7, 60, 333])
def test_the_number_of_open_markets_stays_while_others_close(markets):
    living = Living(markets)

    for _ in range(6 * 24):
        living.pass_time(HOUR_US // 2)
        paused = sum(each.market.status == "inactive" for each in living.world.markets.values())
        assert living.open_count() + paused == markets


def test_a_market_goes_through_its_statuses_in_order_and_each_is_told():
    living = Living()
    course = living.course(close=HOUR_US, determine=2 * HOUR_US, settle=3 * HOUR_US)
    ticker = course.event.market_tickers[0]

    seen = []
    for _ in range(4):
        seen.append(living.statuses(course))
        living.pass_time(HOUR_US)

    assert seen == [{"active"}, {"closed"}, {"determined"}, {"finalized"}]
    assert [kind for told, kind in living.news.markets if told == ticker] == ["determined", "settled"]


def test_a_closed_market_cancels_what_rests_and_refuses_more():
    living = Living()
    course = living.course(close=HOUR_US)
    ticker = course.event.market_tickers[0]
    order = living.engine.place(living.user, NewOrder(ticker, "bid", 100, 100), now_us=living.now_us)
    assert isinstance(order, Order)

    living.pass_time(HOUR_US)

    assert (order.status, order.last_update_reason) == ("canceled", "CloseCancel")
    assert living.user.reserved_e6 == 0
    refused = living.engine.place(living.user, NewOrder(ticker, "bid", 100, 100), now_us=living.now_us)
    assert refused == Refusal("market_inactive")


def test_settlement_pays_every_dollar_that_was_put_in():
    living = Living()
    course = living.course(close=HOUR_US, determine=HOUR_US, settle=HOUR_US)
    for ticker in course.event.market_tickers:
        living.buy(ticker)
    cash_e6 = sum(sum(each.cash_e6.values()) for each in living.engine.accounts)
    cost_e6 = sum(h.cost_e6 for each in living.engine.accounts for h in each.holdings.values())
    fees_before = living.user.fees_e6

    living.pass_time(HOUR_US)

    paid_e6 = sum(sum(each.cash_e6.values()) for each in living.engine.accounts) - cash_e6
    assert paid_e6 == cost_e6
    assert not any(h.position_e2 for each in living.engine.accounts for h in each.holdings.values())
    assert living.user.fees_e6 == fees_before  # no settlement fee (protocol 7.3)
    realised_e6 = sum(holding.realised_e6 for holding in living.user.holdings.values())
    assert realised_e6 == sum(s.revenue_e6 - s.yes_cost_e6 - s.no_cost_e6 for s in living.user.settlements)


@pytest.mark.parametrize(
    ("value_e4", "result", "revenue_e6"), [(10_000, "yes", 10**6), (0, "no", 0), (3_700, "scalar", 370_000)]
)
def test_one_market_can_be_settled_at_once(value_e4, result, revenue_e6):
    living = Living()
    ticker = next(iter(living.world.markets))
    living.buy(ticker)

    living.lifecycle.settle_market(living.world.markets[ticker], now_us=living.now_us, value_e4=value_e4)

    settled = living.user.settlements[0]
    assert (settled.result, settled.value_e4, settled.revenue_e6) == (result, value_e4, revenue_e6)
    assert (settled.yes_count_e2, settled.no_count_e2) == (100, 0)
    assert living.world.markets[ticker].market.status == "finalized"


def test_exactly_one_of_exclusive_outcomes_wins():
    living = Living(300)
    living.pass_time(9 * DAY_US, steps=400)
    ended = [
        [living.world.markets[ticker] for ticker in event.market_tickers]
        for event in living.world.events.values()
        if event.kind == "exclusive" and living.world.markets[event.market_tickers[0]].result
    ]

    assert len(ended) > 5
    for markets in ended:
        if any(listed.result == "scalar" for listed in markets):
            continue  # void
        assert sum(listed.settlement_value_e4 or 0 for listed in markets) == 10_000


def test_a_paused_market_trades_on_where_it_was():
    living = Living()
    course = living.course(pause=MINUTE_US, unpause=2 * MINUTE_US, close=HOUR_US)
    ticker = course.event.market_tickers[0]
    asked = NewOrder(ticker, "bid", 100, 100, cancel_on_pause=True)
    canceled = living.engine.place(living.user, asked, now_us=living.now_us)
    kept = living.engine.place(living.user, NewOrder(ticker, "bid", 100, 100), now_us=living.now_us)
    assert isinstance(canceled, Order)
    assert isinstance(kept, Order)

    living.pass_time(MINUTE_US)
    assert living.statuses(course) == {"inactive"}
    assert (canceled.last_update_reason, kept.status) == ("HaltCancel", "resting")
    living.pass_time(MINUTE_US)

    assert living.statuses(course) == {"active"}
    told = [kind for name, kind in living.news.markets if name == ticker]
    assert told == ["deactivated", "activated"]


def test_an_early_close_is_announced_before_it_happens():
    living = Living()
    course = living.course(hasten=HOUR_US, close=9 * HOUR_US, determine=10 * HOUR_US)
    listed = living.markets(course)[0]

    living.pass_time(HOUR_US)
    assert listed.status_at(living.now_us) == "active"
    assert (listed.ticker, "close_date_updated") in living.news.markets
    assert listed.market.close_us == living.now_us + 5 * MINUTE_US
    living.pass_time(5 * MINUTE_US)

    assert living.statuses(course) == {"closed"}


def test_a_disputed_result_can_be_amended_to_void():
    living = Living()
    course = living.course(close=1, determine=1, dispute=HOUR_US, amend=2 * HOUR_US, settle=3 * HOUR_US)
    course.is_amended_to_void = True
    living.pass_time(HOUR_US)
    assert living.statuses(course) == {"disputed"}

    living.pass_time(HOUR_US)
    assert living.statuses(course) == {"amended"}
    assert {listed.result for listed in living.markets(course)} == {"scalar"}
    living.pass_time(HOUR_US)

    assert living.statuses(course) == {"finalized"}


def test_a_compressed_calendar_brings_every_close_nearer_and_says_so():
    living = Living()
    before = {each.ticker: each.market.close_us for each in living.world.markets.values()}

    living.lifecycle.run_at(60.0, now_us=living.now_us)

    for listed in living.world.markets.values():
        left_us = before[listed.ticker] - NOW_US
        assert abs(listed.market.close_us - NOW_US - left_us / 60) <= 1
        assert (listed.ticker, "close_date_updated") in living.news.markets
    living.pass_time(HOUR_US // 60 * 3)
    assert any(each.market.status != "active" for each in living.world.markets.values())


def test_what_should_have_closed_while_nobody_ran_is_caught_up_with():
    living = Living()

    living.pass_time(30 * DAY_US)

    assert living.open_count() == 60
    opened = [each for each in living.world.markets.values() if each.market.status == "active"]
    assert all(each.market.close_us > living.now_us for each in opened)


def test_the_next_occurrence_of_combos_is_told_as_one_of_combos():
    living = Living(400)
    living.pass_time(8 * DAY_US, steps=8)
    told = dict(living.news.events)
    combos = {listed.market.event_ticker for listed in living.world.markets.values() if listed.is_combo}

    assert combos & set(told)
    assert {ticker for ticker, is_combo in told.items() if is_combo} == combos & set(told)
