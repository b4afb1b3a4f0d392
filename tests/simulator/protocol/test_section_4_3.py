"""Protocol 4.3, price level structures: a test for each row of its table."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.simulator.protocol.desk import Desk, at_desk
from tests.simulator.protocol.reads import read
from trading.market import PriceGrid

GRIDS = {
    "linear_cent": [("0.0000", "1.0000", "0.0100")],
    "deci_cent": [("0.0000", "1.0000", "0.0010")],
    "tapered_deci_cent": [
        ("0.0000", "0.1000", "0.0010"),
        ("0.1000", "0.9000", "0.0100"),
        ("0.9000", "1.0000", "0.0010"),
    ],
    "center_deci_edge_centi_cent": [
        ("0.0000", "0.0100", "0.0001"),
        ("0.0100", "0.9900", "0.0010"),
        ("0.9900", "1.0000", "0.0001"),
    ],
}


def restructure(desk: Desk, name: str) -> None:
    desk.listed.price_level_structure = name
    desk.listed.market = replace(desk.listed.market, grid=PriceGrid.named(name))


@pytest.mark.parametrize("name", GRIDS)
@at_desk()
async def test_a_market_tells_its_grid(desk: Desk, name: str):
    restructure(desk, name)
    market = (await read(desk, f"/markets/{desk.ticker}"))["market"]

    assert market["price_level_structure"] == name
    assert [(r["start"], r["end"], r["step"]) for r in market["price_ranges"]] == GRIDS[name]


@pytest.mark.parametrize(
    ("name", "allowed", "refused"),
    [
        ("linear_cent", ("0.0100", "0.47", "0.9900"), ("0.4750", "0.0010", "0.0000", "1.0000")),
        ("deci_cent", ("0.0010", "0.475", "0.9990"), ("0.4755", "0.0001", "1.0000")),
        ("tapered_deci_cent", ("0.0990", "0.1000", "0.4700", "0.9010"), ("0.1010", "0.4750", "0.8990")),
        ("center_deci_edge_centi_cent", ("0.0001", "0.4750", "0.9999"), ("0.4751", "0.0101")),
    ],
)
@at_desk()
async def test_orders_must_be_on_the_grid_and_inside_it(desk: Desk, name, allowed, refused):
    restructure(desk, name)

    for price in allowed:
        assert (await desk.create("bid", price, count="0.01"))[0] == 201, price
    for price in refused:
        status, body = await desk.create("bid", price, count="0.01")
        assert (status, body["error"]["code"]) == (400, "invalid_order"), price


@at_desk()
async def test_most_markets_of_the_world_have_the_common_grid(desk: Desk):
    markets = (await read(desk, "/markets", limit=1000))["markets"]
    common = [market for market in markets if market["price_level_structure"] == "deci_cent"]

    assert len(common) > len(markets) / 2
