"""Protocol 5.5, the orderbook channel: a test for each of its rules."""

from __future__ import annotations

import pytest

from simulator.choices import Choices
from tests.simulator.protocol.desk import Desk, at_desk
from tests.simulator.protocol.sockets import connected, heard, said

BOOK = "orderbook_delta"


@at_desk()
async def test_market_tickers_are_required(desk: Desk):
    async with connected(desk) as socket:
        (error,) = await said(socket, "subscribe", 1, channels=[BOOK])

        assert error["msg"]["code"] == 14


@at_desk()
async def test_a_snapshot_has_both_sides_worst_level_first(desk: Desk):
    for side, price in (("bid", "0.4500"), ("bid", "0.4400"), ("ask", "0.4700"), ("ask", "0.4800")):
        await desk.rest(side, price)
    async with connected(desk) as socket:
        _, snapshot = await said(socket, "subscribe", 2, channels=[BOOK], market_ticker=desk.ticker)

        assert snapshot == {
            "type": "orderbook_snapshot",
            "sid": 1,
            "seq": 1,
            "msg": {
                "market_ticker": desk.ticker,
                "market_id": desk.listed.market_id,
                "yes_dollars_fp": [["0.4400", "2.00"], ["0.4500", "2.00"]],
                "no_dollars_fp": [["0.5200", "2.00"], ["0.5300", "2.00"]],
            },
        }


@pytest.mark.parametrize("is_strict", [False, True])
@at_desk()
async def test_an_empty_side_is_an_empty_list_or_in_strict_mode_absent(desk: Desk, is_strict):
    desk.exchange.choices = Choices(omit_empty_sides=is_strict)
    await desk.rest("bid", "0.4500")
    async with connected(desk) as socket:
        _, snapshot = await said(socket, "subscribe", 2, channels=[BOOK], market_ticker=desk.ticker)

        assert ("no_dollars_fp" in snapshot["msg"]) is not is_strict
        assert snapshot["msg"]["yes_dollars_fp"] == [["0.4500", "2.00"]]


@at_desk()
async def test_a_delta_is_a_signed_change_at_one_price(desk: Desk):
    async with connected(desk, by=desk.other) as socket:
        await said(socket, "subscribe", 2, channels=[BOOK], market_ticker=desk.ticker)
        created = await desk.rest("bid", "0.4500")
        await desk.cancel(created["order_id"])
        more, less = await heard(socket, 2)

        assert set(more) == {"type", "sid", "seq", "msg"}
        assert set(more["msg"]) == {
            "market_ticker", "market_id", "price_dollars", "delta_fp", "side", "ts", "ts_ms",
        }  # fmt: skip
        assert (more["msg"]["price_dollars"], more["msg"]["delta_fp"]) == ("0.4500", "2.00")
        assert (less["msg"]["side"], less["msg"]["delta_fp"]) == ("yes", "-2.00")
        assert more["msg"]["ts"].endswith("Z")


@at_desk()
async def test_only_the_account_that_caused_a_delta_sees_its_client_order_id(desk: Desk):
    async with connected(desk) as mine, connected(desk, by=desk.other) as theirs:
        for socket in (mine, theirs):
            await said(socket, "subscribe", 2, channels=[BOOK], market_ticker=desk.ticker)
        await desk.rest(client_order_id="mine")
        (own,), (seen) = await heard(mine, 1), (await heard(theirs, 1))[0]

        assert (own["msg"]["client_order_id"], own["msg"]["subaccount"]) == ("mine", 0)
        assert "client_order_id" not in seen["msg"]
        assert "subaccount" not in seen["msg"]


@pytest.mark.parametrize(
    ("params", "by_default", "price"),
    [
        ({}, False, "0.5300"),
        ({"use_yes_price": False}, True, "0.5300"),
        ({"use_yes_price": True}, False, "0.4700"),
        ({}, True, "0.4700"),
    ],
)
@at_desk()
async def test_no_levels_and_deltas_are_priced_on_the_scale_asked_for(desk, params, by_default, price):
    desk.exchange.choices = Choices(yes_price_by_default=by_default)
    await desk.rest("ask", "0.4700")
    async with connected(desk) as socket:
        wanted = {"channels": [BOOK], "market_ticker": desk.ticker} | params
        _, snapshot = await said(socket, "subscribe", 2, **wanted)
        await desk.rest("ask", "0.4700")
        (delta,) = await heard(socket, 1)

        assert snapshot["msg"]["no_dollars_fp"] == [[price, "2.00"]]
        assert (delta["msg"]["side"], delta["msg"]["price_dollars"]) == ("no", price)


@at_desk()
async def test_the_deltas_add_up_to_the_rest_book(desk: Desk):
    async with connected(desk, by=desk.other) as socket:
        await said(socket, "subscribe", 2, channels=[BOOK], market_ticker=desk.ticker)
        await desk.rest("bid", "0.4500", count="5.00")
        await desk.rest("ask", "0.4600", count="3.00")
        await desk.rest("ask", "0.4500", by=desk.other, count="1.25")
        sizes: dict[tuple[str, str], float] = {}
        for delta in await heard(socket, 3):
            key = (delta["msg"]["side"], delta["msg"]["price_dollars"])
            sizes[key] = sizes.get(key, 0) + float(delta["msg"]["delta_fp"])
        _, book = await desk.call("GET", f"/markets/{desk.ticker}/orderbook")

        assert sizes == {("yes", "0.4500"): 3.75, ("no", "0.5400"): 3.0}
        assert book["orderbook_fp"] == {
            "yes_dollars": [["0.4500", "3.75"]],
            "no_dollars": [["0.5400", "3.00"]],
        }
