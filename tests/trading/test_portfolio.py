import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trading.example_facts import TICKER, fill, opened
from trading.events import AccountOpened, PositionAt, SettlementSeen
from trading.market import complement_e4
from trading.portfolio import FLAT, Portfolio, apply_fill, settle

WORKED = json.loads((Path(__file__).parents[1] / "worked_examples" / "fills.json").read_text())["cases"]
OPPOSITE = {"bid": "ask", "ask": "bid"}

sides = st.sampled_from(["bid", "ask"])
prices = st.integers(1, 9_999)
trades = st.tuples(sides, prices, st.integers(1, 5_000), st.integers(0, 200_000))
histories = st.lists(trades, max_size=30)


def follow(history, position=FLAT):
    cash_e6 = 0
    for side, price_e4, count_e2, fee_e6 in history:
        position, change_e6 = apply_fill(position, side, price_e4=price_e4, count_e2=count_e2, fee_e6=fee_e6)
        cash_e6 += change_e6
    return position, cash_e6


@pytest.mark.parametrize("case", WORKED, ids=lambda case: case["name"])
def test_positions_are_those_worked_out_by_hand(case):
    position = FLAT

    for row in case["fills"]:
        position, cash_change_e6 = apply_fill(
            position,
            row["side"],
            price_e4=row["price_e4"],
            count_e2=row["count_e2"],
            fee_e6=row["fee_e6"],
        )

        assert position.position_e2 == row["position_e2"]
        assert position.cost_e6 == row["cost_e6"]
        assert position.realised_e6 == row["realised_e6"]
        assert position.fees_e6 == row["fees_e6"]
        assert cash_change_e6 == row["cash_change_e6"]

    if "settlement" in case:
        settled, revenue_e6 = settle(position, case["settlement"]["value_e4"])

        assert revenue_e6 == case["settlement"]["revenue_e6"]
        assert settled.realised_e6 == case["settlement"]["realised_e6"]
        assert (settled.position_e2, settled.cost_e6) == (0, 0)


@given(histories)
def test_the_position_is_the_sum_of_signed_fills(history):
    position, _ = follow(history)

    assert position.position_e2 == sum(c if side == "bid" else -c for side, _, c, _ in history)
    assert position.fees_e6 == sum(fee_e6 for *_, fee_e6 in history)


@given(histories)
def test_cash_is_what_was_realised_less_what_is_held_and_the_fees(history):
    position, cash_e6 = follow(history)

    assert cash_e6 == position.realised_e6 - position.cost_e6 - position.fees_e6
    assert position.cost_e6 >= 0
    assert position.position_e2 != 0 or position.cost_e6 == 0


@given(histories, st.integers(0, 10_000))
def test_after_settlement_cash_is_what_was_realised_less_the_fees(history, value_e4):
    position, cash_e6 = follow(history)

    settled, revenue_e6 = settle(position, value_e4)

    assert cash_e6 + revenue_e6 == settled.realised_e6 - settled.fees_e6
    assert settled.position_e2 == 0
    assert revenue_e6 >= 0


@given(histories, st.integers(0, 10_000))
def test_two_who_trade_with_each_other_conserve_contracts_and_money(history, value_e4):
    ours, our_cash_e6 = follow(history)
    theirs, their_cash_e6 = follow([(OPPOSITE[side], p, c, fee) for side, p, c, fee in history])
    fees_e6 = ours.fees_e6 + theirs.fees_e6
    locked_e6 = ours.held_e2 * 10_000  # a YES and a NO are a dollar between them

    assert ours.position_e2 == -theirs.position_e2
    assert our_cash_e6 + their_cash_e6 == -locked_e6 - fees_e6

    revenue_e6 = settle(ours, value_e4)[1] + settle(theirs, value_e4)[1]

    assert revenue_e6 == locked_e6


@given(histories, trades)
def test_a_flip_is_a_close_and_then_an_opening_at_the_same_price(history, trade):
    before, _ = follow(history)
    side, price_e4, count_e2, fee_e6 = trade
    is_against = (before.position_e2 > 0) == (side == "ask")
    closing_e2 = min(before.held_e2, count_e2) if is_against else 0
    parts = [(side, price_e4, closing_e2, fee_e6), (side, price_e4, count_e2 - closing_e2, 0)]

    whole = follow([trade], before)

    assert follow(parts, before) == whole


@given(histories)
def test_no_at_one_minus_p_mirrors_yes_at_p(history):
    yes, yes_cash_e6 = follow(history)
    mirrored = [(OPPOSITE[side], complement_e4(p), c, fee_e6) for side, p, c, fee_e6 in history]
    no, no_cash_e6 = follow(mirrored)

    assert no.position_e2 == -yes.position_e2
    assert no_cash_e6 == yes_cash_e6
    assert (no.cost_e6, no.realised_e6, no.traded_e6) == (yes.cost_e6, yes.realised_e6, yes.traded_e6)


def test_at_every_price_of_the_grid_a_bid_holds_yes_and_an_ask_holds_no_at_the_rest_of_a_dollar():
    for price_e4 in range(1, 10_000):
        yes, paid_for_yes_e6 = apply_fill(FLAT, "bid", price_e4=price_e4, count_e2=100, fee_e6=0)
        no, paid_for_no_e6 = apply_fill(FLAT, "ask", price_e4=price_e4, count_e2=100, fee_e6=0)

        assert (yes.position_e2, no.position_e2) == (100, -100)
        assert paid_for_yes_e6 == -price_e4 * 100
        assert paid_for_no_e6 == -complement_e4(price_e4) * 100
        assert yes.cost_e6 + no.cost_e6 == 1_000_000


def settlement(value_e4=10_000):
    return SettlementSeen(99, TICKER, 0, "yes", value_e4, 0)


def test_a_fill_told_twice_moves_cash_once():
    portfolio = Portfolio()
    portfolio.open(opened(cash_e6=10_000_000))
    portfolio.fill(fill("t1"))

    portfolio.fill(fill("t1", at_us=77))

    assert portfolio.position(TICKER).position_e2 == 400
    assert portfolio.cash_e6 == {0: 10_000_000 - 1_600_000 - 67_200}


def test_a_fill_inside_the_opening_figures_moves_nothing():
    held = PositionAt(TICKER, 0, 400, 1_600_000, realised_e6=50, fees_e6=67_200)
    portfolio = Portfolio()
    portfolio.open(opened(cash_e6=10_000_000, positions=(held,), fills_from_us=5_000))

    portfolio.fill(fill("t1", ts_ms=5))
    portfolio.fill(fill("t2", ts_ms=6, count_e2=100, fee_e6=0))

    assert portfolio.position(TICKER).position_e2 == 500
    assert portfolio.cash_e6 == {0: 10_000_000 - 400_000}
    assert (portfolio.realised_e6, portfolio.fees_e6) == (50, 67_200)


def test_an_account_opens_once():
    portfolio = Portfolio()
    portfolio.open(opened(cash_e6=5))

    portfolio.open(opened(cash_e6=7))

    assert portfolio.cash_e6 == {0: 5}


def test_a_settlement_and_a_fill_come_to_the_same_in_either_order():
    on_time, late = Portfolio(), Portfolio()
    on_time.fill(fill())
    on_time.settle(settlement())

    late.settle(settlement())
    late.fill(fill())

    assert late.positions == on_time.positions
    assert late.cash_e6 == on_time.cash_e6 == {0: 4_000_000 - 1_600_000 - 67_200}


def test_a_settlement_told_twice_pays_once():
    portfolio = Portfolio()
    portfolio.fill(fill())
    portfolio.settle(settlement())
    once = dict(portfolio.cash_e6)

    portfolio.settle(settlement())

    assert portfolio.cash_e6 == once


def test_a_market_that_is_held_on_two_shards_opens_with_what_both_come_to():
    rows = (PositionAt(TICKER, 0, 400, 1_600_000, 50, 67_200), PositionAt(TICKER, 2, -100, 300_000, 7, 800))

    portfolio = Portfolio()
    portfolio.open(AccountOpened(1, "loopback", {0: 0}, rows))

    position = portfolio.position(TICKER)
    assert (position.position_e2, position.cost_e6, position.realised_e6, position.fees_e6) == (
        300,
        1_900_000,
        57,
        68_000,
    )
    assert (portfolio.cost_e6, portfolio.realised_e6, portfolio.fees_e6) == (1_900_000, 57, 68_000)


def test_each_shard_keeps_its_own_cash():
    portfolio = Portfolio()
    portfolio.open(AccountOpened(1, "loopback", {0: 100, 2: 2_000_000}))

    portfolio.fill(fill(exchange_index=2, fee_e6=0))

    assert portfolio.cash_e6 == {0: 100, 2: 400_000}


@given(st.lists(st.tuples(st.sampled_from(["A", "B"]), trades), max_size=20))
def test_totals_are_the_sums_over_positions(history):
    portfolio = Portfolio()
    for number, (ticker, (side, price_e4, count_e2, fee_e6)) in enumerate(history):
        told = fill(
            f"t{number}", ticker=ticker, side=side, price_e4=price_e4, count_e2=count_e2, fee_e6=fee_e6
        )
        portfolio.fill(told)

    held = portfolio.positions.values()

    assert portfolio.realised_e6 == sum(p.realised_e6 for p in held)
    assert portfolio.fees_e6 == sum(p.fees_e6 for p in held)
    assert portfolio.cost_e6 == sum(p.cost_e6 for p in held)
    assert sum(portfolio.cash_e6.values()) == (portfolio.realised_e6 - portfolio.cost_e6 - portfolio.fees_e6)
