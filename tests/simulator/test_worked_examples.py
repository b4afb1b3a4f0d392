"""The exchange's own arithmetic against the tables that the trader's ledger is held to as well."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simulator.engine.accounts.fees import trade_fee_e6
from simulator.engine.accounts.holding import Holding
from simulator.engine.accounts.reserve import market_reserve_e6
from tests.simulator.builders import NOW_US
from trading.market import Market, PriceGrid

TABLES = Path(__file__).parents[1] / "worked_examples"


def rows(name: str) -> list:
    cases = json.loads((TABLES / f"{name}.json").read_text())["cases"]
    # The venue charges only what it publishes; estimates are the trader's business.
    return [pytest.param(case, id=case["name"]) for case in cases if not case.get("estimate")]


def market(case: dict) -> Market:
    grid = PriceGrid.named("center_deci_edge_centi_cent")
    fees = case["fee_type"], case["fee_multiplier_e4"]
    return Market("KXA-B-C", "KXA-B", "KXA", "active", grid, 0, NOW_US, *fees)


@pytest.mark.parametrize("case", rows("fees"))
def test_a_trade_costs_what_the_table_says(case):
    fees = [
        trade_fee_e6(market(case), price_e4=case["price_e4"], count_e2=case["count_e2"], is_taker=is_taker)
        for is_taker in (True, False)
    ]

    assert fees == [case["taker_fee_e6"], case["maker_fee_e6"]]


@pytest.mark.parametrize("case", rows("reserve"))
def test_resting_orders_hold_back_what_the_table_says(case):
    claims = [(order["side"], order["price_e4"], order["remaining_e2"]) for order in case["orders"]]

    assert market_reserve_e6(market(case), case["position_e2"], claims) == case["reserve_e6"]
    assert market_reserve_e6(market(case), case["position_e2"], claims[::-1]) == case["reserve_e6"]


@pytest.mark.parametrize("case", rows("fills"))
def test_fills_move_position_cost_and_cash_as_the_table_says(case):
    holding = Holding()
    for fill in case["fills"]:
        cash_e6 = holding.apply(fill["side"], fill["price_e4"], fill["count_e2"])
        holding.pay(fill["fee_e6"])

        assert cash_e6 - fill["fee_e6"] == fill["cash_change_e6"]
        assert holding.position_e2 == fill["position_e2"]
        assert holding.cost_e6 == fill["cost_e6"]
        assert holding.realised_e6 == fill["realised_e6"]
        assert holding.fees_e6 == fill["fees_e6"]
