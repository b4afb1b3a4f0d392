"""Protocol 10, what existing clients need: a test for each line of the checklist."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from tests.simulator.conversation import REST, WS
from tests.simulator.protocol.desk import Desk, at_desk
from tests.simulator.protocol.reads import read
from tests.simulator.protocol.sockets import connected, heard, said

ORDERS = "/portfolio/events/orders"


@at_desk()
async def test_1_plain_http_and_ws_with_exactly_these_prefixes(desk: Desk):
    served = desk.client.served

    assert served.rest_url.startswith("http://127.0.0.1:")
    assert served.rest_url.endswith(REST)
    assert served.ws_url == served.rest_url.replace("http", "ws", 1).replace(REST, WS)


@at_desk()
async def test_2_signatures_cover_the_path_without_its_query(desk: Desk):
    status, _ = await desk.call("GET", "/portfolio/orders", query={"limit": 5})
    assert status == 200
    assert (await desk.call("GET", "/markets", signed=False))[0] == 200
    assert (await desk.call("GET", "/portfolio/orders", signed=False))[0] == 401

    headers = desk.client.headers("GET", f"{REST}/markets", signed_path=f"{REST}/markets?limit=1")
    url = f"{desk.client.served.rest_url}/markets?limit=1"
    async with desk.client.http.get(url, headers=headers) as answer:
        assert answer.status == 401  # on a public path too


@at_desk()
async def test_3_deprecated_fields_are_still_sent(desk: Desk):
    async with connected(desk) as socket:
        await said(socket, "subscribe", 3, channels=["fill", "user_orders", "trade"])
        await desk.rest("ask", "0.4700", by=desk.other)
        created = await desk.rest("bid", "0.4700")
        told = {message["type"]: message["msg"] for message in await heard(socket, 3)}
    order = await desk.order(created["order_id"])
    (fill,) = (await desk.call("GET", "/portfolio/fills"))[1]["fills"]
    (trade,) = (await read(desk, "/markets/trades", ticker=desk.ticker))["trades"]

    assert set(told["fill"]) >= {"side", "action", "purchased_side"}
    assert set(told["user_order"]) >= {"side", "is_yes"}
    assert set(told["trade"]) >= {"taker_side"}
    assert set(order) >= {"side", "action", "type"}
    assert set(fill) >= {"side", "action", "trade_id", "market_ticker", "ts"}
    assert fill["trade_id"] == fill["fill_id"]
    assert fill["market_ticker"] == fill["ticker"]
    assert "taker_side" in trade


@at_desk()
async def test_4_harmless_fields_that_older_clients_require(desk: Desk):
    await desk.rest("ask", "0.4700", by=desk.other)
    await desk.rest("bid", "0.4700")
    market = (await read(desk, f"/markets/{desk.ticker}"))["market"]
    (position,) = (await desk.call("GET", "/portfolio/positions"))[1]["market_positions"]

    assert (market["liquidity_dollars"], market["fractional_trading_enabled"]) == ("0.0000", True)
    assert position["resting_orders_count"] == 0


@at_desk()
async def test_5_one_ack_a_channel_then_data_numbered_without_a_gap(desk: Desk):
    names = list(desk.exchange.world.markets)[:3]
    async with connected(desk) as socket:
        channels = ["orderbook_delta", "trade"]
        first = await said(socket, "subscribe", 4, channels=channels, market_tickers=names[:2])
        change = {"sids": [1], "action": "add_markets", "market_tickers": names[2:]}
        ok, snapshot = await said(socket, "update_subscription", 2, **change)
        await desk.rest()
        (delta,) = await heard(socket, 1)

    assert [m["id"] for m in first if m["type"] == "subscribed"] == [1, 1]
    assert first[0]["type"] == "subscribed"
    numbered = [m["seq"] for m in (*first, ok, snapshot, delta) if m.get("sid") == 1]
    assert numbered == [1, 2, 3, 4, 5]
    assert ok["msg"]["market_tickers"] == sorted(names)


@at_desk()
async def test_6_a_snapshot_has_both_keys(desk: Desk):
    async with connected(desk) as socket:
        params = {"channels": ["orderbook_delta"], "market_ticker": desk.ticker}
        _, snapshot = await said(socket, "subscribe", 2, **params)

        assert (snapshot["msg"]["yes_dollars_fp"], snapshot["msg"]["no_dollars_fp"]) == ([], [])


@pytest.mark.parametrize("is_binary", [False, True])
@pytest.mark.parametrize("named", [{"sid": 1}, {"sids": [1]}])
@pytest.mark.parametrize("key", ["market_ticker", "market_tickers"])
@at_desk()
async def test_7_commands_in_either_frame_with_one_or_many(desk: Desk, is_binary, named: dict, key: str):
    name = list(desk.exchange.world.markets)[1]
    async with connected(desk) as socket:
        await said(socket, "subscribe", 2, channels=["orderbook_delta"], market_ticker=desk.ticker)
        params = named | {"action": "add_markets", key: [name] if key.endswith("s") else name}
        text = json.dumps({"id": 2, "cmd": "update_subscription", "params": params})
        send = socket.socket.send_bytes if is_binary else socket.socket.send_str
        await send(text.encode() if is_binary else text)
        (ok,) = await heard(socket, 1)

        assert (ok["type"], ok["id"]) == ("ok", 2)


@at_desk()
async def test_8_bodies_on_delete_none_on_put_204_and_201(desk: Desk):
    status, created = await desk.create()
    assert status == 201
    orders = [{"order_id": created["order_id"], "market_ticker": desk.ticker}]
    status, canceled = await desk.call("DELETE", f"{ORDERS}/batched", body={"orders": orders})
    assert (status, canceled["orders"][0]["reduced_by"]) == (200, "2.00")

    groups = "/portfolio/order_groups"
    status, group = await desk.call("POST", f"{groups}/create", body={"contracts_limit": 5})
    assert status == 201
    assert (await desk.call("PUT", f"{groups}/{group['order_group_id']}/trigger"))[0] == 200
    assert await desk.call("DELETE", ORDERS) == (204, None)


@at_desk()
async def test_9_repeated_keys_and_comma_lists_are_the_same(desk: Desk):
    names = list(desk.exchange.world.markets)[:2]
    for path in ("/markets", "/markets/orderbooks"):
        repeated = await desk.call("GET", path, signed=False, query=[("tickers", name) for name in names])
        listed = await desk.call("GET", path, signed=False, query={"tickers": ",".join(names)})
        assert repeated == listed
        assert repeated[0] == 200


@at_desk()
async def test_10_numbers_are_strings_and_times_are_rfc3339(desk: Desk):
    await desk.rest("ask", "0.47", by=desk.other, count="1.5")
    await desk.rest("bid", "0.47", count="1")
    (position,) = (await desk.call("GET", "/portfolio/positions"))[1]["market_positions"]
    (fill,) = (await desk.call("GET", "/portfolio/fills"))[1]["fills"]
    _, balance = await desk.call("GET", "/portfolio/balance")
    market = (await read(desk, f"/markets/{desk.ticker}"))["market"]

    assert (fill["yes_price_dollars"], fill["count_fp"]) == ("0.4700", "1.00")
    assert market["yes_ask_size_fp"] == "0.50"
    assert type(balance["updated_ts"]) is type(fill["ts"]) is int
    for text in (position["last_updated_ts"], fill["created_time"], market["close_time"]):
        assert text.endswith("Z")
        datetime.fromisoformat(text)


@at_desk()
async def test_12_each_error_has_the_shape_of_its_kind(desk: Desk):
    nested = await desk.call("GET", "/markets/KXNONE", signed=False)
    path = f"{REST}{ORDERS}"
    url = f"{desk.client.served.rest_url}{ORDERS}"
    headers = desk.client.headers("POST", path)
    async with desk.client.http.post(url, headers=headers, data=b"{not json") as answer:
        flat = (answer.status, await answer.json())

    assert nested == (404, {"error": {"code": "market_not_found", "message": "market not found"}})
    assert flat[0] == 400
    assert flat[1]["code"] == "bad_request"
    assert set(flat[1]) <= {"code", "message", "details"}


@at_desk(tier="basic")
async def test_12_an_empty_bucket_is_answered_with_a_string(desk: Desk):
    answers = [await desk.create() for _ in range(12)]

    assert answers[-1] == (429, {"error": "too many requests"})
