import json
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trading.example_facts import market
from trading.fees import taker_fee_e6
from trading.market import complement_e4
from trading.portfolio import Position, apply_fill
from trading.reserve import RestingOrder, market_reserve_e6

WORKED = json.loads((Path(__file__).parents[1] / "worked_examples" / "reserve.json").read_text())["cases"]
MARKET = market()

sides = st.sampled_from(["bid", "ask"])
orders = st.builds(RestingOrder, sides, st.integers(1, 9_999), st.integers(1, 3_000))
positions = st.integers(-5_000, 5_000)


def reserve_e6(position_e2, resting):
    return market_reserve_e6(position_e2, resting, market=MARKET)


def fill_whole(position, order, price_e4):
    fee_e6 = taker_fee_e6(MARKET, price_e4=price_e4, count_e2=order.remaining_e2)
    return apply_fill(position, order.side, price_e4=price_e4, count_e2=order.remaining_e2, fee_e6=fee_e6)


@pytest.mark.parametrize("case", WORKED, ids=lambda case: case["name"])
def test_reserves_are_those_worked_out_by_hand(case):
    resting = [RestingOrder(**order) for order in case["orders"]]
    held_in = market(fee_type=case["fee_type"], fee_multiplier_e4=case["fee_multiplier_e4"])

    assert market_reserve_e6(case["position_e2"], resting, market=held_in) == case["reserve_e6"]


@given(positions, st.lists(orders, max_size=5), orders)
def test_one_more_order_never_needs_less(position_e2, resting, another):
    without_e6 = reserve_e6(position_e2, resting)

    assert reserve_e6(position_e2, [*resting, another]) >= without_e6 >= 0


@given(positions, st.lists(orders, min_size=1, max_size=5), st.integers(0, 3_000))
def test_a_larger_order_never_needs_less(position_e2, resting, more_e2):
    first, *others = resting
    larger = first._replace(remaining_e2=first.remaining_e2 + more_e2)

    assert reserve_e6(position_e2, [larger, *others]) >= reserve_e6(position_e2, resting)


@given(positions, st.lists(orders, max_size=6), st.data())
def test_the_reserve_does_not_depend_on_the_order_of_the_orders(position_e2, resting, data):
    shuffled = data.draw(st.permutations(resting))

    assert reserve_e6(position_e2, shuffled) == reserve_e6(position_e2, resting)


@given(positions, st.lists(orders, max_size=6))
def test_no_reserves_what_its_mirror_in_yes_reserves(position_e2, resting):
    mirrored = [RestingOrder("ask" if s == "bid" else "bid", complement_e4(p), c) for s, p, c in resting]

    assert reserve_e6(-position_e2, mirrored) == reserve_e6(position_e2, resting)


@given(positions, st.lists(orders, max_size=4))
def test_no_sequence_of_fills_takes_more_cash_than_is_reserved(position_e2, resting):
    reserved_e6 = reserve_e6(position_e2, resting)

    for sequence in permutations(resting):
        position, spent_e6 = Position(position_e2=position_e2), 0
        for order in sequence:
            position, change_e6 = fill_whole(position, order, order.price_e4)
            spent_e6 -= change_e6

            assert spent_e6 <= reserved_e6


@given(positions, orders, st.integers(0, 9_999))
def test_a_better_price_takes_no_more_than_the_limit_but_for_the_rounding_of_its_fee(
    position_e2, order, better_by_e4
):
    if order.side == "bid":
        price_e4 = max(1, order.price_e4 - better_by_e4)
    else:
        price_e4 = min(9_999, order.price_e4 + better_by_e4)

    _, change_e6 = fill_whole(Position(position_e2=position_e2), order, price_e4)

    assert -change_e6 <= reserve_e6(position_e2, [order]) + 100


def test_at_every_price_of_the_grid_bid_and_ask_together_reserve_a_dollar_and_two_fees():
    for price_e4 in range(1, 10_000):
        fee_e6 = taker_fee_e6(MARKET, price_e4=price_e4, count_e2=100)
        both = [RestingOrder("bid", price_e4, 100), RestingOrder("ask", price_e4, 100)]

        assert reserve_e6(0, both) == 1_000_000 + 2 * fee_e6


def test_a_market_not_known_yet_reserves_the_dearest_fee():
    order = RestingOrder("bid", 5_000, 100)

    assert market_reserve_e6(0, [order], market=None) == 500_000 + 17_500
