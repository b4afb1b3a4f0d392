"""Prices of an event that contradict each other are told of once they stand."""

import pytest

from market_data.shard_books import ShardBooks
from market_data.shard_health import LOOKS, ShardHealth
from trading.coherence import EventShape, Strike

LOW, HIGH = "HIGHNY-T50", "HIGHNY-T60"
EVENT = EventShape(
    "HIGHNY",
    is_exclusive=False,
    is_whole=True,
    strikes={LOW: Strike("greater", 50), HIGH: Strike("greater", 60)},
)


@pytest.fixture
def books():
    made = ShardBooks(throttle_s=0.0)
    made.keep({LOW: 1, HIGH: 1})
    return made


@pytest.fixture
def health(books):
    made = ShardHealth(books)
    made.follow([EVENT])
    return made


def quote(books, ticker, yes_bid_e4, yes_ask_e4):
    books.held.confirm(ticker, {yes_bid_e4: 100}, {10_000 - yes_ask_e4: 100}, received_us=1)


def look(health):
    """At every event once."""
    for _ in range(LOOKS):
        health.look()


def look_twice(health):
    look(health)
    look(health)


def contradict(books):
    """Above 60 cannot be worth more than above 50."""
    quote(books, LOW, 3_000, 3_100)
    quote(books, HIGH, 6_000, 6_100)


def test_prices_that_agree_are_not_mentioned(books, health):
    quote(books, LOW, 6_000, 6_100)
    quote(books, HIGH, 3_000, 3_100)

    look_twice(health)

    assert health.report() == {"counts": {}, "shown": []}


def test_a_contradiction_that_stands_is_told(books, health):
    contradict(books)

    look_twice(health)

    report = health.report()
    assert report["counts"] == {"ladder": 1}
    assert report["shown"][0]["event"] == "HIGHNY"
    assert sorted(report["shown"][0]["tickers"]) == [LOW, HIGH]


def test_a_contradiction_of_a_moment_is_not(books, health):
    contradict(books)
    look(health)

    quote(books, HIGH, 2_000, 2_100)
    look(health)

    assert health.report()["counts"] == {}


def test_a_book_that_is_not_trusted_or_not_trading_contradicts_nothing(books, health):
    contradict(books)
    books.held.distrust([LOW], "gap")
    look_twice(health)
    assert health.report()["counts"] == {}

    contradict(books)
    books.block(HIGH, "paused")
    look_twice(health)

    assert health.report()["counts"] == {}


def test_an_event_that_stays_is_remembered_and_one_that_goes_is_not(books, health):
    contradict(books)
    look_twice(health)

    health.follow([EVENT])
    assert health.report()["counts"] == {"ladder": 1}

    health.follow([])
    assert health.report()["counts"] == {}
