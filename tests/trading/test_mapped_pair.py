"""Two markets that a map joins look unrelated by their close or by their titles, and else by nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading.mapped_pair import CLOSE_APART_US, MarketFacts, why_unrelated

RAIN = "Will it rain in New York City on Nov 25, 2026, 23:59 EST?"


@pytest.mark.parametrize(
    ("title", "close_us", "why"),
    [
        pytest.param(RAIN, 0, "", id="one market"),
        pytest.param(RAIN, CLOSE_APART_US, "", id="a day apart"),
        pytest.param(RAIN, -CLOSE_APART_US - 1, "they close 1.0 days apart", id="more than a day apart"),
        pytest.param("Rainfall, NYC, or YORK: rain?", 0, "", id="other words for it"),
        pytest.param(
            "Will the high be above 54° on Nov 25, 2026?", 0, "have no word in common", id="another"
        ),
        pytest.param("Bitcoin above, Nov 25, 16:00 EST?", 0, "have no word in common", id="another topic"),
        pytest.param("", 0, "", id="no title"),
        pytest.param("Will it be 2026?", 0, "", id="no word that says anything"),
    ],
)
def test_a_pair_is_doubted_for_its_close_or_its_titles(title, close_us, why):
    told = why_unrelated(MarketFacts(RAIN, 0), MarketFacts(title, close_us))

    assert why in told
    assert bool(told) == bool(why)


@given(st.text(), st.text(), st.integers(0, 10**16), st.integers(0, 10**16))
def test_a_market_is_never_doubted_beside_itself_and_a_pair_is_doubted_either_way_round(a, b, at_us, then_us):
    one, other = MarketFacts(a, at_us), MarketFacts(b, then_us)

    assert why_unrelated(one, one) == ""
    assert bool(why_unrelated(one, other)) == bool(why_unrelated(other, one))


def test_a_title_that_never_ends_is_cut():
    told = why_unrelated(MarketFacts("rain " * 1_000, 0), MarketFacts("snow " * 1_000, 0))

    assert len(told) < 200
