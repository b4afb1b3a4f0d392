"""Protocol 3.3, orders: a test for each row of its tables."""

from __future__ import annotations

import json
import time

import pytest

from tests.simulator.conversation import REST
from tests.simulator.protocol.desk import Desk, at_desk

ORDERS = "/portfolio/events/orders"
CREATED = {"order_id", "fill_count", "remaining_count", "ts_ms"}
CREATED |= {"client_order_id", "average_fill_price", "average_fee_paid"}
IOC = {"time_in_force": "immediate_or_cancel"}


def error_of(answer) -> tuple[int, str]:
    status, body = answer
    return status, body["error"]["code"]


# --- endpoints ---------------------------------------------------------------------------------------


@at_desk()
async def test_create_answers_201_with_an_acknowledgement(desk: Desk):
    status, body = await desk.create(client_order_id="7d0e6a3e-6c0c-4a1d-9a54-0f5f6f0f2b11")

    assert status == 201
    assert set(body) == CREATED
    assert (body["fill_count"], body["remaining_count"]) == ("0.00", "2.00")
    assert body["client_order_id"] == "7d0e6a3e-6c0c-4a1d-9a54-0f5f6f0f2b11"
    assert body["average_fill_price"] is None


@at_desk()
async def test_the_acknowledgement_of_a_fill_averages_price_and_fee_a_contract(desk: Desk):
    await desk.rest("ask", "0.4600", by=desk.other, count="1.00")
    await desk.rest("ask", "0.4700", by=desk.other, count="1.00")
    body = await desk.rest("bid", "0.4700")

    assert (body["fill_count"], body["average_fill_price"]) == ("2.00", "0.4650")
    assert body["average_fee_paid"] == "0.0175"  # 0.0174 and 0.0175, each rounded up


@at_desk()
async def test_an_unfilled_ioc_is_acknowledged_with_nothing_left(desk: Desk):
    body = await desk.rest(**IOC)

    assert (body["fill_count"], body["remaining_count"]) == ("0.00", "0.00")
    assert (await desk.order(body["order_id"]))["status"] == "canceled"


@at_desk()
async def test_create_batched_answers_in_the_order_of_the_request(desk: Desk):
    good = {
        "ticker": desk.ticker,
        "side": "bid",
        "price": "0.4500",
        "count": "1.00",
        "time_in_force": "good_till_canceled",
        "self_trade_prevention_type": "taker_at_cross",
    }
    batch = [good | {"client_order_id": "a"}, good | {"price": "0.45005"}, good | {"client_order_id": "a"}]
    status, body = await desk.call("POST", f"{ORDERS}/batched", body={"orders": batch})

    assert status == 201
    first, off_grid, again = body["orders"]
    assert (first["client_order_id"], first["remaining_count"]) == ("a", "1.00")
    assert set(off_grid["error"]) == {"code", "message", "details"}
    assert off_grid["error"]["code"] == "invalid_order"
    assert again["error"] == {
        "code": "order_already_exists",
        "message": "order already exists",
        "details": "",
    }


@at_desk()
async def test_cancel_answers_what_it_took_off_the_book(desk: Desk):
    created = await desk.rest(client_order_id="mine")
    status, body = await desk.cancel(created["order_id"])

    assert status == 200
    assert body.pop("ts_ms") >= created["ts_ms"]
    assert body == {"order_id": created["order_id"], "client_order_id": "mine", "reduced_by": "2.00"}
    assert error_of(await desk.cancel(created["order_id"])) == (404, "not_found")


@at_desk()
async def test_cancel_batched_takes_a_body_on_delete(desk: Desk):
    first, second = await desk.rest(), await desk.rest()
    batch = [
        {"order_id": first["order_id"], "market_ticker": desk.ticker},
        {"order_id": "0f3c1d52-70d4-4f4a-8f0e-6a1d2b3c4d5e"},
        {"order_id": second["order_id"], "exchange_index": 0, "subaccount": 0},
    ]
    status, body = await desk.call("DELETE", f"{ORDERS}/batched", body={"orders": batch})

    assert status == 200
    assert [row["reduced_by"] for row in body["orders"]] == ["2.00", "0.00", "2.00"]
    assert body["orders"][1]["error"] == {"code": "not_found", "message": "not found", "details": ""}


@at_desk()
async def test_cancel_all_answers_204_without_a_body(desk: Desk):
    created = [await desk.rest(), await desk.rest("ask", "0.9000")]
    others = await desk.rest(by=desk.other)

    assert await desk.call("DELETE", ORDERS) == (204, None)
    assert [(await desk.order(row["order_id"]))["status"] for row in created] == ["canceled"] * 2
    assert [order.order_id for order in desk.listed.book.orders()] == [others["order_id"]]


async def amend(desk: Desk, order_id: str, *, price: str = "0.4500", count: str = "2.00", **more):
    body = {"ticker": desk.ticker, "side": "bid", "price": price, "count": count} | more
    return await desk.call("POST", f"{ORDERS}/{order_id}/amend", body=body)


@at_desk()
async def test_amend_changes_price_and_total_count(desk: Desk):
    created = await desk.rest()
    status, body = await amend(desk, created["order_id"], price="0.4600", count="5.00")

    assert status == 200
    assert set(body) == CREATED
    assert (body["remaining_count"], body["fill_count"]) == ("5.00", "0.00")
    read = await desk.order(created["order_id"])
    assert (read["yes_price_dollars"], read["remaining_count_fp"]) == ("0.4600", "5.00")


@at_desk()
async def test_decrease_answers_what_is_left(desk: Desk):
    created = await desk.rest(client_order_id="mine")
    path = f"{ORDERS}/{created['order_id']}/decrease"
    status, body = await desk.call("POST", path, body={"reduce_by": "0.50", "market_ticker": desk.ticker})

    assert status == 200
    assert body.pop("ts_ms") >= created["ts_ms"]
    assert body == {"order_id": created["order_id"], "client_order_id": "mine", "remaining_count": "1.50"}


@at_desk()
async def test_orders_are_listed_newest_first_and_paged(desk: Desk):
    created = [(await desk.rest())["order_id"] for _ in range(3)]
    status, first = await desk.call("GET", "/portfolio/orders", query={"limit": 2})
    _, last = await desk.call("GET", "/portfolio/orders", query={"limit": 2, "cursor": first["cursor"]})

    assert status == 200
    assert [row["order_id"] for row in first["orders"] + last["orders"]] == created[::-1]
    assert last["cursor"] == ""


@at_desk()
async def test_an_order_is_read_by_its_id(desk: Desk):
    created = await desk.rest()

    assert (await desk.order(created["order_id"]))["order_id"] == created["order_id"]
    assert error_of(await desk.call("GET", "/portfolio/orders/unknown")) == (404, "not_found")


@at_desk()
async def test_queue_position_counts_the_contracts_ahead(desk: Desk):
    await desk.rest("bid", "0.4600", by=desk.other, count="3.00")  # a better price trades first
    await desk.rest("bid", "0.4500", by=desk.other, count="4.00")
    created = await desk.rest()
    path = f"/portfolio/orders/{created['order_id']}/queue_position"

    assert await desk.call("GET", path) == (200, {"queue_position_fp": "7.00"})
    await desk.cancel(created["order_id"])
    assert error_of(await desk.call("GET", path)) == (404, "not_found")


@at_desk()
async def test_queue_positions_of_all_resting_orders(desk: Desk):
    await desk.rest("ask", "0.6000", by=desk.other, count="3.00")
    first, second = await desk.rest(), await desk.rest("ask", "0.6000")
    event = desk.listed.market.event_ticker
    path = "/portfolio/orders/queue_positions"
    rows = [
        {"order_id": first["order_id"], "market_ticker": desk.ticker, "queue_position_fp": "0.00"},
        {"order_id": second["order_id"], "market_ticker": desk.ticker, "queue_position_fp": "3.00"},
    ]
    for query in ({}, {"market_tickers": f"{desk.ticker},KXELSE-A"}, {"event_ticker": event}):
        assert await desk.call("GET", path, query=query) == (200, {"queue_positions": rows})
    for query in ({"market_tickers": "KXELSE-A"}, {"event_ticker": "KXELSE"}, {"subaccount": 3}):
        assert await desk.call("GET", path, query=query) == (200, {"queue_positions": []})


# --- the create body ---------------------------------------------------------------------------------


@at_desk()
async def test_ticker_is_required_and_must_exist(desk: Desk):
    assert error_of(await desk.create(ticker=None)) == (400, "missing_parameters")
    assert error_of(await desk.create(ticker="KXNONE-1")) == (404, "market_not_found")


@pytest.mark.parametrize("field", ["side", "count", "price"])
@at_desk()
async def test_side_count_and_price_are_required(desk: Desk, field: str):
    assert error_of(await desk.create(**{field: None})) == (400, "invalid_order")


@at_desk()
async def test_side_is_bid_or_ask(desk: Desk):
    assert error_of(await desk.create("yes")) == (400, "invalid_order")


@pytest.mark.parametrize("count", ["0", "-1", "0.001", "many", "", "1e3"])
@at_desk()
async def test_count_is_positive_in_steps_of_a_hundredth(desk: Desk, count: str):
    assert error_of(await desk.create(count=count)) == (400, "invalid_order")


@pytest.mark.parametrize("price", ["0", "1.0000", "-0.5", "0.45001", "0.4505", "half"])
@at_desk()
async def test_price_lies_on_the_grid_of_the_market(desk: Desk, price: str):
    assert error_of(await desk.create(price=price)) == (400, "invalid_order")


@at_desk()
async def test_prices_and_counts_need_no_trailing_zeros(desk: Desk):
    body = await desk.rest(price="0.45", count="3")

    assert body["remaining_count"] == "3.00"
    assert (await desk.order(body["order_id"]))["yes_price_dollars"] == "0.4500"


@at_desk()
async def test_time_in_force_is_one_of_three_and_gtt_is_none_of_them(desk: Desk):
    assert error_of(await desk.create(time_in_force="GTT")) == (400, "invalid_order")
    assert error_of(await desk.create(time_in_force=None)) == (400, "invalid_order")
    killed = await desk.create(time_in_force="fill_or_kill")
    assert error_of(killed) == (409, "fill_or_kill_insufficient_resting_volume")


@at_desk()
async def test_self_trade_prevention_type_is_required(desk: Desk):
    assert error_of(await desk.create(self_trade_prevention_type=None)) == (400, "invalid_order")
    assert error_of(await desk.create(self_trade_prevention_type="both")) == (400, "invalid_order")


@at_desk()
async def test_client_order_id_is_an_idempotency_key(desk: Desk):
    await desk.rest(client_order_id="Az09_:+=/-")

    assert error_of(await desk.create(client_order_id="Az09_:+=/-")) == (409, "order_already_exists")
    assert error_of(await desk.create(client_order_id="a.b")) == (400, "invalid_parameters")
    assert error_of(await desk.create(client_order_id="x" * 65)) == (400, "invalid_parameters")
    assert (await desk.rest(client_order_id="x" * 64))["client_order_id"] == "x" * 64


@at_desk()
async def test_the_server_fills_a_client_order_id_in_that_nobody_else_has(desk: Desk):
    own = [(await desk.rest())["client_order_id"] for _ in range(2)]
    theirs = [(await desk.rest(by=desk.other))["client_order_id"] for _ in range(2)]

    assert len({*own, *theirs, ""}) == 5


@at_desk()
async def test_post_only_is_refused_when_it_would_cross(desk: Desk):
    await desk.rest("ask", "0.4500", by=desk.other)
    status, body = await desk.create("bid", "0.4500", post_only=True)

    error = {"code": "invalid_order", "message": "invalid order", "details": "post only cross"}
    assert (status, body) == (400, {"error": error})
    assert (await desk.create("bid", "0.4400", post_only=True))[0] == 201


@at_desk()
async def test_reduce_only_needs_ioc_and_caps_the_order_at_the_position(desk: Desk):
    assert error_of(await desk.create(reduce_only=True)) == (400, "invalid_order")

    await desk.rest("ask", "0.4500", by=desk.other, count="1.00")
    await desk.rest("bid", "0.4500", count="1.00")
    await desk.rest("bid", "0.4400", by=desk.other, count="5.00")
    body = await desk.rest("ask", "0.4400", reduce_only=True, count="3.00", **IOC)
    assert (body["fill_count"], body["remaining_count"]) == ("1.00", "0.00")


@at_desk()
async def test_expiration_time_lies_ahead_and_needs_gtc(desk: Desk):
    soon = int(time.time()) + 60

    assert error_of(await desk.create(expiration_time=soon - 120)) == (400, "invalid_order")
    assert error_of(await desk.create(expiration_time=soon, **IOC)) == (400, "invalid_order")
    read = await desk.order((await desk.rest(expiration_time=soon))["order_id"])
    assert read["expiration_time"] == time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(soon))


@at_desk()
async def test_cancel_order_on_pause_ends_with_the_pause(desk: Desk):
    leaves = await desk.rest(cancel_order_on_pause=True)
    stays = await desk.rest()
    desk.exchange.pause_trading()

    assert (await desk.order(leaves["order_id"]))["status"] == "canceled"
    assert (await desk.order(stays["order_id"]))["status"] == "resting"
    assert error_of(await desk.create()) == (409, "trading_is_paused")
    assert (await desk.cancel(stays["order_id"]))[0] == 200


@at_desk()
async def test_order_group_id_names_a_group_of_ones_own(desk: Desk):
    _, group = await desk.call("POST", "/portfolio/order_groups/create", body={"contracts_limit": 5})
    body = await desk.rest(order_group_id=group["order_group_id"])

    assert (await desk.order(body["order_id"]))["order_group_id"] == group["order_group_id"]
    assert error_of(await desk.create(order_group_id="unknown")) == (404, "not_found")


@at_desk()
async def test_subaccount_is_the_primary_one(desk: Desk):
    assert (await desk.create(subaccount=0))[0] == 201
    assert error_of(await desk.create(subaccount=1)) == (400, "invalid_parameters")


@at_desk()
async def test_exchange_index_routes_by_ticker_or_names_the_shard(desk: Desk):
    assert [(await desk.create(exchange_index=index))[0] for index in (-1, 0)] == [201, 201]
    assert error_of(await desk.create(exchange_index=2)) == (404, "market_not_found")


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'{"ticker":1}', b'{"count":2}', b'{"post_only":"yes"}', b'{"exchange_index":"0"}'],
)
@at_desk()
async def test_a_body_that_cannot_be_parsed_is_refused_in_the_flat_shape(desk: Desk, body: bytes):
    client = desk.client
    headers = client.headers("POST", REST + ORDERS)
    async with client.http.post(client.served.rest_url + ORDERS, headers=headers, data=body) as answer:
        found = json.loads(await answer.text())

    assert answer.status == 400
    assert set(found) == {"code", "message", "details"}
    assert found["code"] == "bad_request"


# --- cancel, amend, decrease -------------------------------------------------------------------------


@at_desk()
async def test_cancel_without_ticker_and_shard_reaches_shard_0(desk: Desk):
    created = await desk.rest()
    path = f"{ORDERS}/{created['order_id']}"

    for query in ({"market_ticker": "KXELSE-A"}, {"exchange_index": 2}):
        assert error_of(await desk.call("DELETE", path, query=query)) == (404, "not_found")
    assert (await desk.call("DELETE", path))[0] == 200


@at_desk()
async def test_an_order_of_somebody_else_is_not_found(desk: Desk):
    created = await desk.rest(by=desk.other)

    assert error_of(await desk.cancel(created["order_id"])) == (404, "not_found")
    assert error_of(await amend(desk, created["order_id"])) == (404, "not_found")


@at_desk()
async def test_amend_keeps_the_place_for_a_smaller_size_and_for_another_expiry(desk: Desk):
    created = await desk.rest(count="5.00")
    await desk.rest(by=desk.other)
    path = f"/portfolio/orders/{created['order_id']}/queue_position"

    await amend(desk, created["order_id"], count="4.00")
    await amend(desk, created["order_id"], count="4.00", expiration_time=int(time.time()) + 60)
    assert (await desk.call("GET", path))[1] == {"queue_position_fp": "0.00"}
    await amend(desk, created["order_id"], count="4.50")
    assert (await desk.call("GET", path))[1] == {"queue_position_fp": "2.00"}


@at_desk()
async def test_amend_to_another_price_queues_again(desk: Desk):
    created = await desk.rest()
    await desk.rest(by=desk.other)
    await amend(desk, created["order_id"], price="0.4400")
    await amend(desk, created["order_id"], price="0.4500")

    path = f"/portfolio/orders/{created['order_id']}/queue_position"
    assert (await desk.call("GET", path))[1] == {"queue_position_fp": "2.00"}


@at_desk()
async def test_amend_can_trade(desk: Desk):
    await desk.rest("ask", "0.4600", by=desk.other, count="1.00")
    created = await desk.rest()
    _, body = await amend(desk, created["order_id"], price="0.4700", count="3.00")

    assert (body["fill_count"], body["remaining_count"]) == ("1.00", "2.00")
    assert body["average_fill_price"] == "0.4600"


@at_desk()
async def test_the_count_of_an_amend_includes_what_has_filled(desk: Desk):
    created = await desk.rest(count="5.00")
    await desk.rest("ask", by=desk.other, count="2.00")
    _, body = await amend(desk, created["order_id"], count="3.00")

    assert (body["fill_count"], body["remaining_count"]) == ("2.00", "1.00")
    assert error_of(await amend(desk, created["order_id"], count="2.00")) == (400, "invalid_order")


@at_desk()
async def test_the_expiration_of_an_amend_is_kept_removed_or_set(desk: Desk):
    soon = int(time.time()) + 60
    created = await desk.rest(expiration_time=soon)

    async def expiration_after(**change):
        assert (await amend(desk, created["order_id"], **change))[0] == 200
        return (await desk.order(created["order_id"]))["expiration_time"]

    assert await expiration_after() is not None
    assert await expiration_after(expiration_time=0) is None
    assert await expiration_after(expiration_time=soon) is not None
    past = await amend(desk, created["order_id"], expiration_time=soon - 120)
    assert error_of(past) == (400, "invalid_order")


@at_desk()
async def test_amend_may_give_another_client_order_id(desk: Desk):
    created = await desk.rest(client_order_id="old")
    await desk.rest(client_order_id="taken")
    renamed = {"client_order_id": "old", "updated_client_order_id": "new"}

    assert (await amend(desk, created["order_id"], **renamed))[1]["client_order_id"] == "new"
    again = await amend(desk, created["order_id"], updated_client_order_id="taken")
    assert error_of(again) == (409, "order_already_exists")
    assert error_of(await desk.create(client_order_id="old")) == (409, "order_already_exists")


@pytest.mark.parametrize(
    "change", [{"ticker": "KXELSE-A"}, {"side": "ask"}, {"client_order_id": "x"}, {"subaccount": 2}]
)
@at_desk()
async def test_amend_must_name_the_order_it_means(desk: Desk, change: dict):
    created = await desk.rest()
    query = {"subaccount": change.pop("subaccount")} if "subaccount" in change else {}
    body = {"ticker": desk.ticker, "side": "bid", "price": "0.4500", "count": "2.00"} | change
    answer = await desk.call("POST", f"{ORDERS}/{created['order_id']}/amend", body=body, query=query)

    assert error_of(answer) == (400, "invalid_parameters")


@at_desk()
async def test_amend_lists_400_404_and_the_pause(desk: Desk):
    created = await desk.rest()

    assert error_of(await amend(desk, created["order_id"], price="0.45005")) == (400, "invalid_order")
    too_dear = await amend(desk, created["order_id"], count="100000")
    assert error_of(too_dear) == (400, "insufficient_balance")
    assert error_of(await amend(desk, "unknown")) == (404, "not_found")
    desk.exchange.pause_trading()
    assert error_of(await amend(desk, created["order_id"])) == (409, "trading_is_paused")


@pytest.mark.parametrize(
    ("body", "left"),
    [
        ({"reduce_by": "0.75"}, "1.25"),
        ({"reduce_to": "0.75"}, "0.75"),
        ({"reduce_to": "2.00"}, "2.00"),
        ({"reduce_by": "2.00"}, "0.00"),
        ({"reduce_to": "0"}, "0.00"),
    ],
)
@at_desk()
async def test_decrease_by_or_to_a_count(desk: Desk, body: dict, left: str):
    created = await desk.rest()
    path = f"{ORDERS}/{created['order_id']}/decrease"
    status, answer = await desk.call("POST", path, body=body)

    assert (status, answer["remaining_count"]) == (200, left)
    read = await desk.order(created["order_id"])
    assert read["status"] == ("canceled" if left == "0.00" else "resting")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "invalid_parameters"),
        ({"reduce_by": "1.00", "reduce_to": "1.00"}, "invalid_parameters"),
        ({"reduce_by": "3.00"}, "invalid_order"),
        ({"reduce_by": "0"}, "invalid_order"),
        ({"reduce_to": "3.00"}, "invalid_order"),
        ({"reduce_to": "-1"}, "invalid_order"),
    ],
)
@at_desk()
async def test_decrease_takes_exactly_one_possible_count(desk: Desk, body: dict, code: str):
    created = await desk.rest()
    path = f"{ORDERS}/{created['order_id']}/decrease"

    assert error_of(await desk.call("POST", path, body=body)) == (400, code)


@at_desk()
async def test_decrease_keeps_the_place_in_the_queue(desk: Desk):
    created = await desk.rest()
    await desk.rest(by=desk.other)
    await desk.call("POST", f"{ORDERS}/{created['order_id']}/decrease", body={"reduce_by": "1.00"})

    path = f"/portfolio/orders/{created['order_id']}/queue_position"
    assert (await desk.call("GET", path))[1] == {"queue_position_fp": "0.00"}


@at_desk()
async def test_decrease_of_a_gone_order_is_not_found(desk: Desk):
    created = await desk.rest()
    await desk.cancel(created["order_id"])
    path = f"{ORDERS}/{created['order_id']}/decrease"

    assert error_of(await desk.call("POST", path, body={"reduce_by": "1.00"})) == (404, "not_found")


@pytest.mark.parametrize("method", ["POST", "DELETE"])
@at_desk()
async def test_a_batch_is_an_array_of_objects(desk: Desk, method: str):
    for body in ({}, {"orders": {}}, {"orders": [1]}):
        status, answer = await desk.call(method, f"{ORDERS}/batched", body=body)
        assert (status, answer["code"]) == (400, "bad_request")
    empty = await desk.call(method, f"{ORDERS}/batched", body={"orders": []})
    assert error_of(empty) == (400, "invalid_parameters")


# --- GET /portfolio/orders ---------------------------------------------------------------------------


@at_desk()
async def test_orders_are_filtered(desk: Desk):
    resting = (await desk.rest())["order_id"]
    canceled = (await desk.rest(**IOC))["order_id"]
    event, now = desk.listed.market.event_ticker, int(time.time())

    async def found(**query) -> list[str]:
        status, body = await desk.call("GET", "/portfolio/orders", query=query)
        assert status == 200
        return [row["order_id"] for row in body["orders"]]

    assert await found(status="resting") == [resting]
    assert await found(status="canceled") == [canceled]
    assert await found(status="executed") == []
    for query in (
        {"ticker": desk.ticker},
        {"event_ticker": f"KXELSE,{event}"},
        {"min_ts": now - 60},
        {"max_ts": now + 60},
        {"subaccount": 0},
        {"exchange_index": 0},
    ):
        assert await found(**query) == [canceled, resting]
    for query in (
        {"ticker": "KXELSE-A"},
        {"event_ticker": "KXELSE"},
        {"min_ts": now + 60},
        {"max_ts": now - 60},
        {"subaccount": 1},
        {"exchange_index": 1},
    ):
        assert await found(**query) == []


@pytest.mark.parametrize(
    "query",
    [
        {"status": "open"},
        {"event_ticker": ",".join("ABCDEFGHIJK")},
        {"limit": 0},
        {"limit": 1001},
        {"min_ts": "now"},
        {"cursor": "?"},
    ],
)
@at_desk()
async def test_a_bad_filter_is_refused(desk: Desk, query: dict):
    assert error_of(await desk.call("GET", "/portfolio/orders", query=query)) == (400, "invalid_parameters")


# --- the order object --------------------------------------------------------------------------------


@at_desk()
async def test_order_fields_of_an_ask(desk: Desk):
    created = await desk.rest("ask", "0.4500", client_order_id="mine", self_trade_prevention_type="maker")
    read = await desk.order(created["order_id"])

    assert read.pop("created_time").endswith("Z")
    assert read.pop("last_update_time").endswith("Z")
    assert read.pop("user_id")
    assert read == {
        "order_id": created["order_id"],
        "client_order_id": "mine",
        "ticker": desk.ticker,
        "outcome_side": "no",
        "book_side": "ask",
        "side": "yes",
        "action": "sell",
        "type": "limit",
        "status": "resting",
        "yes_price_dollars": "0.4500",
        "no_price_dollars": "0.5500",
        "initial_count_fp": "2.00",
        "fill_count_fp": "0.00",
        "remaining_count_fp": "2.00",
        "taker_fill_cost_dollars": "0.000000",
        "maker_fill_cost_dollars": "0.000000",
        "taker_fees_dollars": "0.000000",
        "maker_fees_dollars": "0.000000",
        "expiration_time": None,
        "self_trade_prevention_type": "maker",
        "order_group_id": None,
        "cancel_order_on_pause": False,
        "subaccount_number": 0,
        "exchange_index": 0,
    }


@at_desk()
async def test_order_costs_and_fees_tell_taker_from_maker(desk: Desk):
    await desk.rest("ask", "0.4500", by=desk.other, count="1.00")
    created = await desk.rest()
    await desk.rest("ask", "0.4500", by=desk.other, count="1.00")
    read = await desk.order(created["order_id"])

    assert (read["status"], read["remaining_count_fp"]) == ("executed", "0.00")
    assert (read["taker_fill_cost_dollars"], read["maker_fill_cost_dollars"]) == ("0.450000", "0.450000")
    assert (read["taker_fees_dollars"], read["maker_fees_dollars"]) == ("0.017400", "0.000000")


@at_desk()
async def test_a_canceled_order_reports_nothing_remaining(desk: Desk):
    created = await desk.rest()
    await desk.cancel(created["order_id"])

    assert (await desk.order(created["order_id"]))["remaining_count_fp"] == "0.00"
