"""Two exchanges of one world list different markets, and a few under other tickers."""

from __future__ import annotations

from functools import cache
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.engine.calendar.schedule import HOUR_US
from simulator.engine.catalogue.listed_names import OTHER_NAME, ListedNames
from simulator.exchange import Exchange
from simulator.personality import PERSONALITIES
from simulator.start import start_exchange
from tests.simulator.builders import NOW_US

MARKETS = 500
SHARES = st.floats(0, 0.9)


@cache
def opened(name: str = "production", *, missing_share: float = 0.0, renamed_share: float = 0.0) -> Exchange:
    return start_exchange(
        UUID(int=1),
        markets=MARKETS,
        seed=7,
        personality=PERSONALITIES[name],
        opened_us=NOW_US,
        missing_share=missing_share,
        renamed_share=renamed_share,
    )


def test_each_of_two_exchanges_lacks_markets_that_the_other_has():
    whole = {name: set(opened(name).world.markets) for name in ("production", "demo")}
    less = {name: set(opened(name, missing_share=0.05).world.markets) for name in ("production", "demo")}
    usual = set.intersection(*whole.values())

    lacks = {name: usual - less[name] for name in less}

    assert all(0.03 * len(usual) < len(each) < 0.08 * len(usual) for each in lacks.values())
    assert lacks["production"] != lacks["demo"]


def test_an_exchange_that_lacks_markets_lists_as_many_as_it_was_asked_for():
    assert len(opened(missing_share=0.3).world.markets) == MARKETS


def test_renamed_markets_are_the_usual_ones_with_a_letter_more():
    usual, renamed = opened().world.markets, opened(renamed_share=0.05).world.markets

    others = set(renamed) - set(usual)

    assert 0.02 * MARKETS < len(others) < 0.09 * MARKETS
    assert {ticker.removesuffix(OTHER_NAME) for ticker in others} == set(usual) - set(renamed)
    for ticker in others:
        twin = usual[ticker.removesuffix(OTHER_NAME)]
        assert (renamed[ticker].outcome, renamed[ticker].strike) == (twin.outcome, twin.strike)


def test_the_next_events_of_a_series_are_as_large_as_the_first_whatever_they_lack():
    exchange = start_exchange(UUID(int=1), markets=40, seed=7, rate=0, opened_us=NOW_US, missing_share=0.3)
    first = {event.series.ticker: event.outcomes for event in exchange.world.events.values()}
    lacking = {event.ticker for event in exchange.world.events.values()}

    for hour in range(1, 6):
        exchange.lifecycle.advance(now_us=NOW_US + hour * HOUR_US, at_most=1_000)

    later = [event for event in exchange.world.events.values() if event.ticker not in lacking]
    assert len(later) >= 4
    assert any(len(event.market_tickers) < event.outcomes for event in later)
    assert [event.ticker for event in later if event.outcomes < first[event.series.ticker]] == []


@given(st.lists(st.text("ABC-.0", min_size=1), min_size=1, unique=True), SHARES, SHARES, st.text())
def test_an_event_has_a_market_and_each_keeps_its_place(usual, missing_share, renamed_share, salt):
    names = ListedNames(salt, missing_share, renamed_share)

    listed = names.of_event(usual)

    assert listed
    assert listed == names.of_event(usual)
    assert all(ticker in (usual[number], usual[number] + OTHER_NAME) for number, ticker in listed.items())


@pytest.mark.parametrize("share", [0.0, 0.05])
def test_where_nothing_differs_everything_is_listed_as_usual(share):
    assert (opened(missing_share=share).world.markets.keys() == opened().world.markets.keys()) == (not share)
