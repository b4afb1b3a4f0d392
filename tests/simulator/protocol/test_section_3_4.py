"""Protocol 3.4, portfolio: a test for each row of its tables and each endpoint of its text."""

from __future__ import annotations

import time

import pytest

from tests.simulator.protocol.desk import Desk, at_desk

GROUPS = "/portfolio/order_groups"


def error_of(answer) -> tuple[int, str]:
    status, body = answer
    return status, body["error"]["code"]


async def buy_two(desk: Desk) -> dict:
    """2.00 YES at 0.45 as a taker."""
    await desk.rest("ask", "0.4500", by=desk.other)
    return await desk.rest("bid", "0.4500")


# --- balance -----------------------------------------------------------------------------------------


@at_desk()
async def test_balance_is_what_is_available(desk: Desk):
    await desk.rest("bid", "0.4500")
    status, body = await desk.call("GET", "/portfolio/balance")

    assert status == 200
    assert abs(body.pop("updated_ts") - time.time()) < 60
    assert body == {
        "balance": 99_906,  # 0.90 and the fee of 0.0347 are reserved
        "balance_dollars": "999.0653",
        "portfolio_value": 0,
        "balance_breakdown": [{"exchange_index": 0, "balance": "999.0653"}],
    }


@at_desk()
async def test_portfolio_value_marks_positions_at_the_best_bid(desk: Desk):
    await buy_two(desk)
    await desk.rest("bid", "0.4000", by=desk.other)
    _, body = await desk.call("GET", "/portfolio/balance", query={"subaccount": 0})

    assert body["portfolio_value"] == 80
    assert error_of(await desk.call("GET", "/portfolio/balance", query={"subaccount": 1}))[0] == 400


# --- positions ---------------------------------------------------------------------------------------


async def position(desk: Desk) -> dict:
    _, body = await desk.call("GET", "/portfolio/positions")
    (row,) = body["market_positions"]
    return row


@at_desk()
async def test_positions_answer_markets_and_events(desk: Desk):
    await buy_two(desk)
    status, body = await desk.call("GET", "/portfolio/positions")
    row = body["market_positions"][0]

    assert (status, set(body)) == (200, {"cursor", "market_positions", "event_positions"})
    assert row.pop("last_updated_ts").endswith("Z")
    assert row == {
        "ticker": desk.ticker,
        "exchange_index": 0,
        "position_fp": "2.00",
        "market_exposure_dollars": "0.9000",
        "total_traded_dollars": "0.9000",
        "realized_pnl_dollars": "0.0000",
        "fees_paid_dollars": "0.0347",
        "resting_orders_count": 0,
    }
    assert body["event_positions"] == [
        {
            "event_ticker": desk.listed.market.event_ticker,
            "total_cost_dollars": "0.9000",
            "total_cost_shares_fp": "2.00",
            "event_exposure_dollars": "0.9000",
            "realized_pnl_dollars": "0.0000",
            "fees_paid_dollars": "0.0347",
        }
    ]


@at_desk()
async def test_position_fp_is_negative_for_no(desk: Desk):
    await desk.rest("bid", "0.4500", by=desk.other)
    await desk.rest("ask", "0.4500")

    assert (await position(desk))["position_fp"] == "-2.00"


@at_desk()
async def test_market_exposure_is_the_cost_of_the_open_position(desk: Desk):
    await buy_two(desk)
    await desk.rest("bid", "0.6000", by=desk.other, count="1.00")
    await desk.rest("ask", "0.6000", count="1.00")

    assert (await position(desk))["market_exposure_dollars"] == "0.4500"


@at_desk()
async def test_total_traded_adds_up_what_was_spent(desk: Desk):
    await buy_two(desk)
    await desk.rest("bid", "0.6000", by=desk.other, count="1.00")
    await desk.rest("ask", "0.6000", count="1.00")

    assert (await position(desk))["total_traded_dollars"] == "1.3000"  # 0.90 for YES, 0.40 for NO


@at_desk()
async def test_realized_pnl_is_that_of_the_closed_part_without_fees(desk: Desk):
    await buy_two(desk)
    await desk.rest("bid", "0.6000", by=desk.other, count="1.00")
    await desk.rest("ask", "0.6000", count="1.00")

    assert (await position(desk))["realized_pnl_dollars"] == "0.1500"


@at_desk()
async def test_fees_paid_are_kept_apart(desk: Desk):
    await buy_two(desk)
    _, fills = await desk.call("GET", "/portfolio/fills")

    assert float((await position(desk))["fees_paid_dollars"]) == float(fills["fills"][0]["fee_cost"])


@at_desk()
async def test_an_event_is_listed_once_with_all_its_positions_however_small_the_pages(desk: Desk):
    event = desk.exchange.world.events[desk.listed.market.event_ticker]
    sibling = event.market_tickers[1]
    for order in desk.exchange.world.markets[sibling].book.orders():
        desk.exchange.engine.cancel(order, now_us=desk.exchange.now_us())
    await buy_two(desk)
    await desk.other.order(sibling, "ask", "0.3000")
    await desk.client.order(sibling, "bid", "0.3000")
    pages, cursor = [], ""
    for _ in range(2):
        query = {"limit": 1, "cursor": cursor}
        _, body = await desk.call("GET", "/portfolio/positions", query=query)
        pages.append(body)
        cursor = body["cursor"]

    assert [row["ticker"] for page in pages for row in page["market_positions"]] == [sibling, desk.ticker]
    ((row,), none) = (page["event_positions"] for page in pages)
    assert (row["event_ticker"], row["event_exposure_dollars"], none) == (event.ticker, "1.5000", [])


@at_desk()
async def test_positions_are_filtered(desk: Desk):
    await buy_two(desk)
    event = desk.listed.market.event_ticker

    async def found(**query) -> int:
        status, body = await desk.call("GET", "/portfolio/positions", query=query)
        assert status == 200
        assert len(body["market_positions"]) == len(body["event_positions"])
        return len(body["market_positions"])

    for query in (
        {},
        {"ticker": desk.ticker},
        {"event_ticker": event},
        {"count_filter": "position"},
        {"count_filter": "total_traded,position"},
        {"settlement_status": "unsettled"},
        {"settlement_status": "all"},
        {"subaccount": 0},
        {"exchange_index": 0},
        {"limit": 1},
    ):
        assert await found(**query) == 1
    for query in (
        {"ticker": "KXELSE-A"},
        {"event_ticker": "KXELSE"},
        {"settlement_status": "settled"},
        {"subaccount": 1},
        {"exchange_index": 1},
    ):
        assert await found(**query) == 0


@at_desk()
async def test_a_closed_position_counts_as_traded_only(desk: Desk):
    await buy_two(desk)
    await desk.rest("bid", "0.4500", by=desk.other)
    await desk.rest("ask", "0.4500")

    for counts, rows in (("position", 0), ("total_traded", 1)):
        query = {"count_filter": counts}
        _, body = await desk.call("GET", "/portfolio/positions", query=query)
        assert len(body["market_positions"]) == rows


@at_desk()
async def test_a_settled_market_is_listed_as_settled(desk: Desk):
    await buy_two(desk)
    desk.exchange.lifecycle.settle_market(desk.listed, now_us=desk.exchange.now_us(), value_e4=10_000)

    for status, rows in (("unsettled", 0), ("settled", 1), ("all", 1)):
        _, body = await desk.call("GET", "/portfolio/positions", query={"settlement_status": status})
        assert len(body["market_positions"]) == rows


@pytest.mark.parametrize(
    "query", [{"settlement_status": "done"}, {"count_filter": "resting"}, {"limit": 1001}]
)
@at_desk()
async def test_a_bad_filter_of_positions_is_refused(desk: Desk, query: dict):
    assert error_of(await desk.call("GET", "/portfolio/positions", query=query))[0] == 400


# --- fills -------------------------------------------------------------------------------------------


@at_desk()
async def test_fill_fields(desk: Desk):
    created = await buy_two(desk)
    status, body = await desk.call("GET", "/portfolio/fills")
    (fill,) = body["fills"]

    assert (status, body["cursor"]) == (200, "")
    assert fill.pop("fill_id") == fill.pop("trade_id")
    assert fill.pop("created_time").endswith("Z")
    assert abs(fill.pop("ts") - time.time()) < 60
    assert fill == {
        "order_id": created["order_id"],
        "client_order_id": created["client_order_id"],
        "ticker": desk.ticker,
        "market_ticker": desk.ticker,
        "exchange_index": 0,
        "outcome_side": "yes",
        "book_side": "bid",
        "side": "yes",
        "action": "buy",
        "count_fp": "2.00",
        "yes_price_dollars": "0.4500",
        "no_price_dollars": "0.5500",
        "is_taker": True,
        "fee_cost": "0.034700",
        "subaccount_number": 0,
    }


@at_desk()
async def test_the_side_of_a_fill_is_the_outcome_acquired(desk: Desk):
    await desk.rest("bid", "0.4500", by=desk.other)
    await desk.rest("ask", "0.4500")
    _, body = await desk.call("GET", "/portfolio/fills")

    assert (body["fills"][0]["side"], body["fills"][0]["book_side"]) == ("no", "ask")


@at_desk()
async def test_fills_are_filtered(desk: Desk):
    first, second = await buy_two(desk), await buy_two(desk)
    now = int(time.time())

    async def found(**query) -> list[str]:
        status, body = await desk.call("GET", "/portfolio/fills", query=query)
        assert status == 200
        return [row["order_id"] for row in body["fills"]]

    both = [second["order_id"], first["order_id"]]
    assert await found(order_id=first["order_id"]) == both[1:]
    assert await found(limit=1) == both[:1]
    for query in (
        {"ticker": desk.ticker},
        {"ticker": f"KXELSE-A,{desk.ticker}"},
        {"min_ts": now - 60},
        {"max_ts": now + 60},
        {"subaccount": 0},
        {"exchange_index": 0},
    ):
        assert await found(**query) == both
    for query in (
        {"ticker": "KXELSE-A"},
        {"order_id": "unknown"},
        {"min_ts": now + 60},
        {"max_ts": now - 60},
        {"subaccount": 1},
        {"exchange_index": 1},
    ):
        assert await found(**query) == []
    too_many = {"ticker": ",".join(f"KXELSE-{number}" for number in range(101))}
    assert (await desk.call("GET", "/portfolio/fills", query=too_many))[0] == 400


# --- settlements -------------------------------------------------------------------------------------


@at_desk()
async def test_settlement_fields(desk: Desk):
    await buy_two(desk)
    desk.exchange.lifecycle.settle_market(desk.listed, now_us=desk.exchange.now_us(), value_e4=10_000)
    status, body = await desk.call("GET", "/portfolio/settlements")
    (settlement,) = body["settlements"]

    assert (status, body["cursor"]) == (200, "")
    assert settlement.pop("settled_time").endswith("Z")
    assert settlement == {
        "ticker": desk.ticker,
        "event_ticker": desk.listed.market.event_ticker,
        "exchange_index": 0,
        "market_result": "yes",
        "yes_count_fp": "2.00",
        "yes_total_cost_dollars": "0.9000",
        "no_count_fp": "0.00",
        "no_total_cost_dollars": "0.0000",
        "revenue": 200,
        "fee_cost": "0.0347",
        "value": 100,
    }
    _, balance = await desk.call("GET", "/portfolio/balance")
    assert balance["balance_dollars"] == "1001.0653"


@at_desk()
async def test_settlements_are_filtered(desk: Desk):
    await buy_two(desk)
    desk.exchange.lifecycle.settle_market(desk.listed, now_us=desk.exchange.now_us(), value_e4=0)
    event, now = desk.listed.market.event_ticker, int(time.time())

    async def found(**query) -> int:
        status, body = await desk.call("GET", "/portfolio/settlements", query=query)
        assert status == 200
        return len(body["settlements"])

    for query in (
        {"ticker": desk.ticker},
        {"event_ticker": event},
        {"min_ts": now - 60},
        {"max_ts": now + 60},
        {"subaccount": 0},
        {"limit": 1},
    ):
        assert await found(**query) == 1
    for query in (
        {"ticker": "KXELSE-A"},
        {"event_ticker": "KXELSE"},
        {"min_ts": now + 60},
        {"max_ts": now - 60},
        {"subaccount": 1},
    ):
        assert await found(**query) == 0


# --- order groups ------------------------------------------------------------------------------------


async def create_group(desk: Desk, limit: int = 2) -> str:
    status, body = await desk.call("POST", f"{GROUPS}/create", body={"contracts_limit": limit})
    assert status == 201
    return body["order_group_id"]


async def statuses(desk: Desk, *created: dict) -> list[str]:
    return [(await desk.order(row["order_id"]))["status"] for row in created]


@at_desk()
async def test_create_order_group_takes_either_form_of_the_limit(desk: Desk):
    for body in ({"contracts_limit": 2}, {"contracts_limit_fp": "2.00", "subaccount": 0}):
        status, group = await desk.call("POST", f"{GROUPS}/create", body=body | {"exchange_index": 0})

        assert status == 201
        assert group.pop("order_group_id")
        assert group == {"subaccount": 0, "exchange_index": 0}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"contracts_limit": 0},
        {"contracts_limit": 1_000_001},
        {"contracts_limit_fp": "1.50"},
        {"contracts_limit_fp": "many"},
        {"contracts_limit": 2, "contracts_limit_fp": "3.00"},
        {"contracts_limit": 2, "subaccount": 1},
        {"contracts_limit": 2, "exchange_index": 5},
    ],
)
@at_desk()
async def test_a_bad_order_group_is_refused(desk: Desk, body: dict):
    assert error_of(await desk.call("POST", f"{GROUPS}/create", body=body))[0] == 400


@at_desk()
async def test_order_groups_are_listed(desk: Desk):
    group_id = await create_group(desk)
    row = {
        "id": group_id,
        "contracts_limit_fp": "2.00",
        "is_auto_cancel_enabled": True,
        "exchange_index": 0,
    }

    assert await desk.call("GET", GROUPS) == (200, {"order_groups": [row]})
    assert await desk.call("GET", GROUPS, query={"exchange_index": 1}) == (200, {"order_groups": []})


@at_desk()
async def test_an_order_group_names_its_orders(desk: Desk):
    group_id = await create_group(desk)
    created = await desk.rest(order_group_id=group_id)
    await desk.rest()
    body = {
        "is_auto_cancel_enabled": True,
        "contracts_limit_fp": "2.00",
        "exchange_index": 0,
        "orders": [created["order_id"]],
    }

    assert await desk.call("GET", f"{GROUPS}/{group_id}") == (200, body)
    assert error_of(await desk.call("GET", f"{GROUPS}/unknown")) == (404, "not_found")


@at_desk()
async def test_fills_above_the_limit_trigger_the_group(desk: Desk):
    group_id = await create_group(desk)
    at_limit = await desk.rest("bid", "0.4500", order_group_id=group_id)
    beyond = await desk.rest("bid", "0.4400", order_group_id=group_id)
    never = await desk.rest("bid", "0.4300", order_group_id=group_id)
    outside = await desk.rest("bid", "0.4200")
    await desk.rest("ask", "0.4500", by=desk.other)  # the limit itself is allowed
    assert await statuses(desk, at_limit, beyond, never) == ["executed", "resting", "resting"]

    await desk.rest("ask", "0.4400", by=desk.other, count="0.01")

    assert await statuses(desk, beyond, never, outside) == ["canceled", "canceled", "resting"]
    assert error_of(await desk.create(order_group_id=group_id)) == (400, "invalid_order")


@at_desk()
async def test_a_taker_stops_when_it_triggers_its_own_group(desk: Desk):
    group_id = await create_group(desk)
    for price in ("0.4300", "0.4400", "0.4500"):
        await desk.rest("ask", price, by=desk.other)
    body = await desk.rest("bid", "0.4500", count="9.00", order_group_id=group_id)

    assert (body["fill_count"], body["remaining_count"]) == ("4.00", "0.00")


@at_desk()
async def test_reset_lets_a_triggered_group_trade_again(desk: Desk):
    group_id = await create_group(desk)
    await desk.call("PUT", f"{GROUPS}/{group_id}/trigger")

    assert await desk.call("PUT", f"{GROUPS}/{group_id}/reset") == (200, {})
    assert (await desk.create(order_group_id=group_id))[0] == 201


@at_desk()
async def test_trigger_cancels_the_orders_of_the_group(desk: Desk):
    group_id = await create_group(desk)
    created = await desk.rest(order_group_id=group_id)

    assert await desk.call("PUT", f"{GROUPS}/{group_id}/trigger") == (200, {})
    assert await statuses(desk, created) == ["canceled"]
    assert error_of(await desk.create(order_group_id=group_id)) == (400, "invalid_order")


@at_desk()
async def test_a_limit_below_the_fills_of_the_window_triggers_at_once(desk: Desk):
    group_id = await create_group(desk, limit=10)
    await desk.rest("ask", "0.4500", by=desk.other)
    await desk.rest("bid", "0.4500", order_group_id=group_id)
    created = await desk.rest("bid", "0.4400", order_group_id=group_id)

    body = {"contracts_limit": 1}
    assert await desk.call("PUT", f"{GROUPS}/{group_id}/limit", body=body) == (200, {})
    assert await statuses(desk, created) == ["canceled"]
    _, group = await desk.call("GET", f"{GROUPS}/{group_id}")
    assert (group["contracts_limit_fp"], group["orders"]) == ("1.00", [])


@at_desk()
async def test_delete_cancels_the_orders_and_forgets_the_group(desk: Desk):
    group_id = await create_group(desk)
    created = await desk.rest(order_group_id=group_id)

    assert await desk.call("DELETE", f"{GROUPS}/{group_id}") == (200, {})
    assert await statuses(desk, created) == ["canceled"]
    for method, path in (("GET", ""), ("DELETE", ""), ("PUT", "/reset"), ("PUT", "/trigger")):
        answer = await desk.call(method, f"{GROUPS}/{group_id}{path}")
        assert error_of(answer) == (404, "not_found")


@at_desk()
async def test_an_order_group_is_found_on_its_own_shard_and_subaccount(desk: Desk):
    group_id = await create_group(desk)

    for query in ({"exchange_index": 1}, {"subaccount": 1}):
        answer = await desk.call("GET", f"{GROUPS}/{group_id}", query=query)
        assert error_of(answer) == (404, "not_found")


# --- also present ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/portfolio/deposits", "deposits"),
        ("/portfolio/withdrawals", "withdrawals"),
        ("/portfolio/subaccounts/transfers", "transfers"),
    ],
)
@at_desk()
async def test_nothing_was_deposited_or_withdrawn(desk: Desk, path: str, name: str):
    assert await desk.call("GET", path) == (200, {name: [], "cursor": ""})


@at_desk()
async def test_the_value_of_resting_orders_is_for_clearing_members_only(desk: Desk):
    answer = await desk.call("GET", "/portfolio/summary/total_resting_order_value")

    assert error_of(answer) == (403, "forbidden")
