"""The venue is asked for news at once, for everything again and again, and for nothing twice."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.execution_markets import RETRY_S, UNLISTED, ExecutionMarkets
from trading.market import Market, PriceGrid

REFRESH_S = 100.0


def market(ticker: str, status: str = "active") -> Market:
    grid = PriceGrid.named("deci_cent")
    return Market(
        ticker, "E", "S", status, grid, 0, close_us=9, fee_type="quadratic", fee_multiplier_e4=10_000
    )


def listed(*tickers: str) -> dict[str, Market]:
    return {ticker: market(ticker) for ticker in tickers}


@pytest.fixture
def venue():
    return ExecutionMarkets(refresh_s=REFRESH_S)


@pytest.fixture
def known(venue):
    """A and B are chosen and known since 0."""
    venue.choose(["A", "B"])
    assert venue.next_read(0.0) == ["A", "B"]
    assert venue.learn(listed("A", "B"), 0.0) == [market("A"), market("B")]
    return venue


def test_nothing_is_asked_before_anything_is_chosen(venue):
    assert venue.next_read(0.0) is None


def test_chosen_markets_that_take_no_orders_at_the_venue_are_told_once_all_were_read(known):
    assert known.refused() == {}
    known.choose(["A", "B", "C", "D"])
    assert known.refused() is None

    known.next_read(1.0)
    known.learn({"C": market("C", "closed")}, 1.0)
    assert known.refused() == {"C": "closed", "D": UNLISTED}
    assert not known.takes_none

    known.next_read(REFRESH_S)
    known.learn(listed("A", "C", "D"), REFRESH_S)
    assert known.refused() == {"B": UNLISTED}


def test_a_pause_keeps_a_new_market_out_and_puts_none_out(known):
    known.choose(["A", "B", "C"])
    known.next_read(1.0)
    known.learn({"C": market("C", "inactive")}, 1.0)
    assert known.refused() == {"C": "inactive"}

    known.next_read(REFRESH_S)
    known.learn({**listed("A", "C"), "B": market("B", "inactive")}, REFRESH_S)

    assert known.refused() == {}


def test_news_between_two_refreshes_puts_no_market_out(known):
    """Markets that close all day would else be replaced all day, one by one."""
    known.renew(["B"])
    known.next_read(1.0)
    known.learn({"B": market("B", "closed")}, 1.0)
    assert known.refused() == {}

    known.next_read(REFRESH_S)
    known.learn({"A": market("A"), "B": market("B", "closed")}, REFRESH_S)
    assert known.refused() == {"B": "closed"}


def test_a_venue_that_takes_orders_in_none_of_the_markets_is_told(venue):
    venue.choose(["A", "B"])
    assert not venue.takes_none

    venue.next_read(0.0)
    venue.learn({"B": market("B", "closed")}, 0.0)

    assert venue.takes_none


def test_one_read_is_under_way_at_a_time(venue):
    venue.choose(["A"])
    assert venue.next_read(0.0) == ["A"]

    venue.choose(["A", "B"])
    assert venue.next_read(1.0) is None

    venue.learn(listed("A"), 1.0)
    assert venue.next_read(1.0) == ["B"]


def test_a_market_in_the_news_is_read_at_once_and_alone(known):
    known.renew(["B", "NEVER-HEARD-OF"])

    assert known.next_read(1.0) == ["B"]
    assert known.learn({"B": market("B", "inactive")}, 1.0) == [market("B", "inactive")]
    assert known.next_read(1.0) is None


def test_news_while_the_market_is_being_read_asks_for_it_once_more(known):
    """The answer on its way may be older than the news."""
    known.renew(["B"])
    assert known.next_read(1.0) == ["B"]
    known.renew(["B"])
    known.learn(listed("B"), 1.0)

    assert known.next_read(1.0) == ["B"]
    known.learn(listed("B"), 1.0)
    assert known.next_read(1.0) is None


def test_news_outlives_a_read_that_failed_and_another_choice(known):
    known.renew(["B"])
    assert known.next_read(1.0) == ["B"]
    known.failed(1.0)
    known.choose(["B", "A"])

    assert known.next_read(1.0 + RETRY_S) == ["B"]


def test_a_new_market_is_read_at_once_and_alone(known):
    known.choose(["A", "B", "C"])

    assert known.next_read(1.0) == ["C"]
    assert known.learn(listed("C"), 2.0) == [market("C")]
    assert known.next_read(2.0) is None


def test_everything_is_read_again_in_time_and_only_what_changed_is_news(known):
    assert known.next_read(REFRESH_S - 1) is None
    assert known.next_read(REFRESH_S) == ["A", "B"]

    paused = market("B", "inactive")

    assert known.learn({"A": market("A"), "B": paused}, REFRESH_S + 3) == [paused]
    assert known.markets == {"A": market("A"), "B": paused}
    assert known.next_read(2 * REFRESH_S + 2) is None
    assert known.next_read(2 * REFRESH_S + 3) == ["A", "B"]


def test_a_read_of_new_markets_puts_the_refresh_off_by_nothing(known):
    known.choose(["A", "B", "C"])
    known.next_read(REFRESH_S - 1)
    known.learn(listed("C"), REFRESH_S - 1)

    assert known.next_read(REFRESH_S) == ["A", "B", "C"]


def test_a_read_that_failed_is_made_again_soon(known):
    known.choose(["A", "B", "C"])
    known.next_read(1.0)
    known.failed(2.0)

    assert known.next_read(2.0 + RETRY_S - 0.1) is None
    assert known.next_read(2.0 + RETRY_S) == ["C"]


def test_a_market_that_the_venue_does_not_have_is_asked_for_again_with_the_others(venue):
    venue.choose(["A", "NO-SUCH"])
    venue.next_read(0.0)
    venue.learn(listed("A"), 0.0)

    assert venue.next_read(1.0) is None
    assert venue.next_read(REFRESH_S) == ["A", "NO-SUCH"]


def test_a_market_that_the_venue_lists_no_longer_takes_no_orders(known):
    known.next_read(REFRESH_S)

    assert known.learn(listed("A"), REFRESH_S) == [replace(market("B"), status=UNLISTED)]


def test_what_is_held_stays_known_and_is_read_again_though_it_is_not_chosen(known):
    known.choose(["A"])

    assert known.next_read(REFRESH_S, needed=["B"]) == ["A", "B"]
    known.learn(listed("A", "B"), REFRESH_S)
    assert set(known.markets) == {"A", "B"}

    known.next_read(2 * REFRESH_S, needed=[])
    assert set(known.markets) == {"A"}


def test_a_market_chosen_again_is_read_again(known):
    known.choose(["A"])
    known.choose(["A", "B"])

    assert known.next_read(1.0) == ["B"]


@given(st.lists(st.tuples(st.sets(st.sampled_from("ABCD")), st.sets(st.sampled_from("ABCD"))), max_size=8))
def test_after_each_answered_read_all_chosen_markets_that_exist_are_known(steps):
    venue = ExecutionMarkets(refresh_s=REFRESH_S)
    for step, (chosen, needed) in enumerate(steps):
        now = step * REFRESH_S / 3
        venue.choose(sorted(chosen))
        while (asked := venue.next_read(now, needed=needed)) is not None:
            venue.learn(listed(*set(asked) & set("ABC")), now)

        assert chosen & set("ABC") <= venue.markets.keys() <= set("ABC")


def test_news_of_a_market_that_is_held_and_no_longer_chosen_is_read_all_the_same(known):
    known.renew(["A"])

    known.choose(["B"])

    assert known.next_read(1.0, needed=["A"]) == ["A"]
