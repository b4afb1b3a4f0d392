"""The execution venue's answer about the chosen markets is told once, under the names they were chosen by."""

from __future__ import annotations

import pytest

from execution.chosen_markets import TICKER_OF_ANOTHER, ChosenMarkets, ListingAnswer
from execution.execution_markets import ExecutionMarkets
from tests.execution.test_execution_markets import REFRESH_S, listed, market
from trading.mapped_pair import MarketFacts
from trading.market_map import MarketMap

UNLISTED = "is not listed at the execution venue"


@pytest.fixture
def markets():
    return ExecutionMarkets(refresh_s=REFRESH_S)


@pytest.fixture
def chosen(markets):
    return ChosenMarkets(MarketMap({"R": "THERE-R", "S": "THERE-S"}), markets)


def read(markets, *tickers, at=0.0):
    """One read, of a venue that lists these and no others."""
    asked = markets.next_read(at)
    markets.learn({ticker: found for ticker, found in listed(*tickers).items() if ticker in asked}, at)
    return asked


def test_nothing_is_said_before_all_of_the_choice_was_read(chosen, markets):
    assert chosen.new_answer() is None

    chosen.choose(1, ["A"], ["B"])

    assert chosen.new_answer() is None
    assert read(markets, "A", "B") == ["A", "B"]
    assert chosen.new_answer() == ListingAnswer(1, {}, 0)


def test_the_answer_is_told_once_and_again_when_it_changes(chosen, markets):
    chosen.choose(1, ["A", "B"], [])
    read(markets, "A", "B")
    chosen.new_answer()

    assert chosen.new_answer() is None
    read(markets, "A", at=REFRESH_S)
    assert chosen.new_answer() == ListingAnswer(1, {UNLISTED: ["B"]}, 0)
    chosen.choose(2, ["A"], ["B"])
    assert chosen.new_answer() == ListingAnswer(2, {UNLISTED: ["B"]}, 0)
    read(markets, "A", "B", at=2 * REFRESH_S)
    assert chosen.new_answer() == ListingAnswer(2, {}, 0)


def test_a_renamed_market_is_read_under_the_venues_ticker_and_told_under_its_own(chosen, markets):
    chosen.choose(1, ["R", "S", "A"], [])

    assert read(markets, "THERE-R", "A", "S") == ["THERE-R", "THERE-S", "A"]
    refused, told_of_it = {f"{UNLISTED} as THERE-S": ["S"]}, {"R": MarketFacts("", 9)}
    assert chosen.new_answer() == ListingAnswer(1, refused, 1, told_of_it)


def test_a_ticker_that_the_map_gave_to_another_market_is_refused_unread(chosen, markets):
    chosen.choose(1, ["A"], ["THERE-R"])

    assert read(markets, "A", "THERE-R") == ["A"]
    assert chosen.new_answer() == ListingAnswer(1, {TICKER_OF_ANOTHER: ["THERE-R"]}, 0)


def test_a_market_that_is_over_at_the_venue_is_refused_with_its_reason(chosen, markets):
    chosen.choose(1, ["A", "B"], [])
    markets.next_read(0.0)
    markets.learn({"A": market("A"), "B": market("B", "closed")}, 0.0)

    assert chosen.new_answer() == ListingAnswer(1, {"is closed at the execution venue": ["B"]}, 0)
