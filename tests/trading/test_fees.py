import json
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trading.example_facts import market
from trading.fees import maker_fee_e6, taker_fee_e6
from trading.market import complement_e4

WORKED = json.loads((Path(__file__).parents[1] / "worked_examples" / "fees.json").read_text())["cases"]
FEE_TYPES = ["quadratic", "quadratic_with_maker_fees", "quadratic_with_combo_maker_fees", "flat"]

prices = st.integers(1, 9_999)
counts = st.integers(0, 10_000_000)
fee_types = st.sampled_from(FEE_TYPES)


@pytest.mark.parametrize("case", WORKED, ids=lambda case: case["name"])
def test_fees_are_those_worked_out_by_hand(case):
    traded = market(fee_type=case["fee_type"], fee_multiplier_e4=case["fee_multiplier_e4"])
    at = {"price_e4": case["price_e4"], "count_e2": case["count_e2"]}

    assert taker_fee_e6(traded, **at) == case["taker_fee_e6"]
    assert maker_fee_e6(traded, **at) == case["maker_fee_e6"]


@given(prices, counts, st.integers(0, 50_000))
def test_a_fee_is_the_formula_raised_by_less_than_one_unit(price_e4, count_e2, multiplier_e4):
    price = Fraction(price_e4, 10_000)
    exact = Fraction(multiplier_e4, 10_000) * Fraction(7, 100) * Fraction(count_e2, 100) * price * (1 - price)

    fee_e6 = taker_fee_e6(market(fee_multiplier_e4=multiplier_e4), price_e4=price_e4, count_e2=count_e2)

    assert fee_e6 % 100 == 0
    assert 0 <= fee_e6 - exact * 1_000_000 < 100


@given(fee_types, prices, counts)
def test_both_outcomes_of_a_trade_pay_the_same_fee(fee_type, price_e4, count_e2):
    traded = market(fee_type=fee_type)
    no_price_e4 = complement_e4(price_e4)

    assert taker_fee_e6(traded, price_e4=price_e4, count_e2=count_e2) == taker_fee_e6(
        traded, price_e4=no_price_e4, count_e2=count_e2
    )
    assert maker_fee_e6(traded, price_e4=price_e4, count_e2=count_e2) == maker_fee_e6(
        traded, price_e4=no_price_e4, count_e2=count_e2
    )


@given(fee_types, prices, counts)
def test_no_market_costs_more_than_one_that_is_not_known_yet(fee_type, price_e4, count_e2):
    unknown_e6 = taker_fee_e6(None, price_e4=price_e4, count_e2=count_e2)

    taker_e6 = taker_fee_e6(market(fee_type=fee_type), price_e4=price_e4, count_e2=count_e2)
    maker_e6 = maker_fee_e6(market(fee_type=fee_type), price_e4=price_e4, count_e2=count_e2)

    assert maker_e6 <= taker_e6 <= unknown_e6
    assert maker_fee_e6(None, price_e4=price_e4, count_e2=count_e2) == unknown_e6
