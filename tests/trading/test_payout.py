"""The payout of one contract comes from the finest source that does not contradict what was paid."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading.payout import CENT_E4, payout_e4


def payout(told_e4=3_300, market_e4=None, revenue_e6=None, yes_e2=737, no_e2=0):
    return payout_e4(
        told_e4=told_e4, market_e4=market_e4, revenue_e6=revenue_e6, yes_count_e2=yes_e2, no_count_e2=no_e2
    )


@pytest.mark.parametrize(
    ("sources", "value_e4"),
    [
        pytest.param({"market_e4": 3_333, "revenue_e6": 2_450_000}, 3_333, id="the market has it exactly"),
        pytest.param({"revenue_e6": 2_450_000}, 3_324, id="7.37 contracts were paid 2.45"),
        pytest.param(
            {"revenue_e6": 4_910_000, "yes_e2": 0, "no_e2": 737}, 3_338, id="7.37 NO were paid 4.91"
        ),
        pytest.param({}, 3_300, id="only the cent is told"),
        pytest.param({"told_e4": None, "market_e4": 3_333}, 3_333, id="the row tells nothing"),
        pytest.param({"told_e4": None}, None, id="nothing tells it"),
        pytest.param({"market_e4": 5_000}, 3_300, id="the market says something else now"),
        pytest.param({"revenue_e6": 7_000_000}, 3_300, id="the revenue is of something else"),
        pytest.param({"told_e4": None, "revenue_e6": 9_000_000}, None, id="more than a dollar each"),
        pytest.param({"revenue_e6": 0, "yes_e2": 0}, 3_300, id="nothing was held"),
    ],
)
def test_the_finest_source_that_agrees_counts(sources, value_e4):
    assert payout(**sources) == value_e4


@given(
    value_e4=st.integers(0, 10_000),
    yes_e2=st.integers(0, 10_000_000),
    no_e2=st.integers(0, 10_000_000),
    told_up=st.booleans(),
    paid_up=st.booleans(),
    knows_market=st.booleans(),
)
def test_whichever_way_the_venue_rounds_the_payout_is_never_off_by_a_cent(
    value_e4, yes_e2, no_e2, told_up, paid_up, knows_market
):
    paid_e6 = yes_e2 * value_e4 + no_e2 * (10_000 - value_e4)
    rounded_e4 = min(10_000, (value_e4 + (CENT_E4 - 1) * told_up) // CENT_E4 * CENT_E4)
    revenue_e6 = (paid_e6 + 9_999 * paid_up) // 10_000 * 10_000

    found_e4 = payout(rounded_e4, value_e4 if knows_market else None, revenue_e6, yes_e2, no_e2)

    assert found_e4 is not None
    assert abs(found_e4 - value_e4) < (1 if knows_market else 2 * CENT_E4)
    if abs(yes_e2 - no_e2) >= 1_000_000:  # of ten thousand contracts a cent tells it to the hundredth
        assert found_e4 == value_e4
