"""Protocol 11, open points of orders: whoever depends on the other answer can have it."""

from __future__ import annotations

import pytest

from simulator.choices import Choices
from tests.simulator.conversation import REST
from tests.simulator.protocol.desk import Desk, at_desk
from tests.simulator.protocol.sockets import connected, heard, said

OTHER_ANSWERS = Choices(
    insufficient_balance_status=403,
    market_inactive_status=409,
    decrease_to_zero=False,
    partial_ioc_is_executed=True,
    clock_window_s=60,
)


def error_of(answer) -> tuple[int, str]:
    status, body = answer
    return status, body["error"]["code"]


@at_desk(choices=OTHER_ANSWERS)
async def test_status_of_insufficient_balance(desk: Desk):
    assert error_of(await desk.create(count="100000")) == (403, "insufficient_balance")


@at_desk(choices=OTHER_ANSWERS)
async def test_status_of_market_inactive(desk: Desk):
    desk.exchange.lifecycle.close_market(desk.listed, now_us=desk.exchange.now_us())

    assert error_of(await desk.create()) == (409, "market_inactive")


@at_desk(choices=OTHER_ANSWERS)
async def test_whether_a_decrease_to_zero_is_allowed(desk: Desk):
    created = await desk.rest()
    path = f"/portfolio/events/orders/{created['order_id']}/decrease"

    assert error_of(await desk.call("POST", path, body={"reduce_to": "0"})) == (400, "invalid_order")
    assert (await desk.call("POST", path, body={"reduce_to": "0.01"}))[0] == 200


@at_desk(choices=OTHER_ANSWERS)
async def test_status_of_a_partially_filled_ioc(desk: Desk):
    await desk.rest("ask", "0.4500", by=desk.other, count="1.00")
    part, none = [await desk.rest("bid", "0.4500", time_in_force="immediate_or_cancel") for _ in range(2)]

    assert (await desk.order(part["order_id"]))["status"] == "executed"
    assert (await desk.order(none["order_id"]))["status"] == "canceled"


@at_desk(choices=Choices(trade_fee_unit_e6=1, fee_rebate_unit_e6=100))
async def test_the_rounding_units_of_the_trade_fee_and_of_the_rebate(desk: Desk):
    for price in ("0.4510", "0.4510"):
        await desk.rest("ask", price, by=desk.other, count="0.05")
    order = await desk.rest("bid", "0.4510", count="0.10")
    _, body = await desk.call("GET", "/portfolio/fills", query={"order_id": order["order_id"]})
    first, second = (fill["fee_cost"] for fill in reversed(body["fills"]))

    # 0.07 · 0.05 · 0.451 · 0.549 = 0.000867 up; cash −0.02255 − 0.000867 = −0.023417, floored −0.0235.
    assert first == "0.000950"
    # The accumulator now holds 83 + 83 millionths: one unit of 100 is given back.
    assert second == "0.000850"


@at_desk(choices=Choices(sends_direction_fields=False))
async def test_the_removal_of_the_deprecated_direction_fields(desk: Desk):
    async with connected(desk) as listener:
        await said(listener, "subscribe", 3, channels=["trade", "fill", "user_orders"])
        await desk.rest("ask", "0.4700", by=desk.other)
        order = await desk.rest("bid", "0.4700")
        told = {message["type"]: message["msg"] for message in await heard(listener, 3)}
    told["order"] = await desk.order(order["order_id"])
    for path, name in (
        ("/portfolio/orders", "orders"),
        ("/portfolio/fills", "fills"),
        ("/markets/trades", "trades"),
    ):
        _, body = await desk.call("GET", path)
        told[name] = body[name][0]

    assert set(told) == {"trade", "fill", "user_order", "order", "orders", "fills", "trades"}
    for fields in told.values():
        assert not {"side", "action", "is_yes", "purchased_side", "taker_side"} & set(fields)
        assert {"book_side", "taker_book_side"} & set(fields)


@at_desk(choices=Choices(marks_at_last_price=True))
async def test_the_marking_rule_of_portfolio_value(desk: Desk):
    await desk.rest("ask", "0.4700", by=desk.other)
    await desk.rest("bid", "0.4700")
    await desk.rest("bid", "0.1000", by=desk.other)

    assert (await desk.call("GET", "/portfolio/balance"))[1]["portfolio_value"] == 94


@pytest.mark.parametrize(("late_s", "status"), [(55, 200), (65, 401)])
@at_desk(choices=OTHER_ANSWERS)
async def test_the_clock_window(desk: Desk, late_s: int, status: int):
    client, path = desk.client, "/portfolio/orders"
    desk.exchange.skew_us = late_s * 1_000_000
    headers = client.headers("GET", REST + path)
    async with client.http.get(client.served.rest_url + path, headers=headers) as answer:
        assert answer.status == status
