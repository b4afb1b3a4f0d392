"""Each ticker of a venue leads to at most one of the other, and back to itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading.market_map import MarketMap

TICKERS = st.sampled_from([f"M-{number}" for number in range(8)])
RENAMES = st.dictionaries(TICKERS, TICKERS).map(
    lambda pairs: {data: execution for execution, data in {e: d for d, e in pairs.items()}.items()}
)


def test_a_market_that_is_not_renamed_has_one_ticker_at_both_venues():
    names = MarketMap()

    assert (names.to_execution("A"), names.to_data("A")) == ("A", "A")
    assert names.renamed_among(["A", "B"]) == 0


def test_a_renamed_market_is_found_from_either_side():
    names = MarketMap({"A": "X"})

    assert (names.to_execution("A"), names.to_data("X")) == ("X", "A")
    assert names.renamed_among(["A", "B"]) == 1


def test_a_ticker_that_a_rename_gave_away_stands_for_no_other_market():
    names = MarketMap({"A": "X"})

    assert names.to_execution("X") is None  # the data venue's X: over there X is A
    assert names.to_data("A") is None  # the execution venue's A: its namesake here trades as X
    assert names.all_to_execution(["A", "X", "B"]) == ["X", "B"]
    assert names.all_to_data(["A", "X", "B"]) == ["A", "B"]


def test_two_markets_may_swap_their_tickers():
    names = MarketMap({"A": "B", "B": "A"})

    assert names.all_to_execution(["A", "B"]) == ["B", "A"]
    assert names.all_to_data(["A", "B"]) == ["B", "A"]


def test_a_line_that_renames_nothing_changes_nothing():
    names = MarketMap({"A": "A"})

    assert (names.to_execution("A"), names.to_data("A"), names.renamed_among(["A"])) == ("A", "A", 0)


def test_two_markets_with_one_counterpart_are_refused():
    with pytest.raises(ValueError, match="same execution ticker"):
        MarketMap({"A": "X", "B": "X"})


@given(RENAMES, TICKERS)
def test_what_leads_over_leads_back_to_where_it_came_from(renamed, ticker):
    names = MarketMap(renamed)

    there, here = names.to_execution(ticker), names.to_data(ticker)

    assert there is None or names.to_data(there) == ticker
    assert here is None or names.to_execution(here) == ticker
    assert renamed.get(ticker, there) == there


@given(RENAMES, st.sets(TICKERS))
def test_no_two_tickers_lead_to_one(renamed, tickers):
    names = MarketMap(renamed)

    for found in (names.all_to_execution(tickers), names.all_to_data(tickers)):
        assert len(found) == len(set(found))
