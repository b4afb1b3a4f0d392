"""Protocol 5.6, the other channels: a test for each row of its table."""

from __future__ import annotations

import pytest

from tests.simulator.protocol.desk import Desk, at_desk
from tests.simulator.protocol.sockets import connected, heard, said


async def trade(desk: Desk) -> None:
    """The other's offer of 2.00 is taken at 0.47."""
    await desk.rest("ask", "0.4700", by=desk.other, client_order_id="theirs")
    await desk.rest("bid", "0.4700", client_order_id="mine")


@at_desk()
async def test_ticker(desk: Desk):
    async with connected(desk) as socket:
        await said(socket, "subscribe", 1, channels=["ticker"], market_ticker=desk.ticker)
        await trade(desk)
        while True:
            (ticker,) = await heard(socket, 1)
            if ticker["msg"]["volume_fp"] == "2.00":
                break

        assert set(ticker) == {"type", "sid", "msg"}
        msg = ticker["msg"]
        times = [msg.pop(name) for name in ("ts", "ts_ms", "time")]
        assert msg == {
            "market_id": desk.listed.market_id,
            "market_ticker": desk.ticker,
            "price_dollars": "0.4700",
            "yes_bid_dollars": "0.0000",
            "yes_ask_dollars": "1.0000",
            "yes_bid_size_fp": "0.00",
            "yes_ask_size_fp": "0.00",
            "last_trade_size_fp": "2.00",
            "volume_fp": "2.00",
            "open_interest_fp": "2.00",
            "dollar_volume": 0,
            "dollar_open_interest": 0,
        }
        assert [type(time) for time in times] == [int, int, str]


@at_desk()
async def test_a_ticker_without_markets_means_all(desk: Desk):
    other = list(desk.exchange.world.markets)[1]
    async with connected(desk) as socket:
        await said(socket, "subscribe", 1, channels=["ticker"])
        await desk.rest()
        await desk.client.order(other, "bid", "0.0010", count="0.01")
        told = set()
        while told < {desk.ticker, other}:
            told.add((await socket.next("ticker"))["msg"]["market_ticker"])


@at_desk()
async def test_trade(desk: Desk):
    async with connected(desk) as socket:
        await said(socket, "subscribe", 1, channels=["trade"])
        await trade(desk)
        (message,) = await heard(socket, 1)
        msg = message["msg"]
        _, rest = await desk.call("GET", "/markets/trades", query={"ticker": desk.ticker})

        assert (message["type"], message["seq"]) == ("trade", 1)
        assert msg.pop("ts") == msg.pop("ts_ms") // 1000
        assert msg.pop("trade_id") == rest["trades"][0]["trade_id"]
        assert msg == {
            "market_ticker": desk.ticker,
            "yes_price_dollars": "0.4700",
            "no_price_dollars": "0.5300",
            "count_fp": "2.00",
            "taker_side": "yes",
            "taker_outcome_side": "yes",
            "taker_book_side": "bid",
            "is_block_trade": False,
        }


@at_desk()
async def test_fill(desk: Desk):
    async with connected(desk) as socket, connected(desk, by=desk.other) as theirs:
        for listener in (socket, theirs):
            await said(listener, "subscribe", 1, channels=["fill"], market_tickers=[desk.ticker])
        await trade(desk)
        (message,), (mirror,) = await heard(socket, 1), await heard(theirs, 1)
        msg = message["msg"]
        _, rest = await desk.call("GET", "/portfolio/fills")

        assert set(message) == {"type", "sid", "msg"}
        assert msg.pop("ts") == msg.pop("ts_ms") // 1000
        assert msg.pop("trade_id") == rest["fills"][0]["trade_id"] == mirror["msg"]["trade_id"]
        assert msg.pop("order_id") == rest["fills"][0]["order_id"]
        assert msg == {
            "client_order_id": "mine",
            "market_ticker": desk.ticker,
            "exchange_index": 0,
            "is_taker": True,
            "side": "yes",
            "action": "buy",
            "purchased_side": "yes",
            "outcome_side": "yes",
            "book_side": "bid",
            "yes_price_dollars": "0.4700",
            "count_fp": "2.00",
            "fee_cost": "0.034900",
            "post_position_fp": "2.00",
            "subaccount": 0,
        }
        assert (mirror["msg"]["book_side"], mirror["msg"]["post_position_fp"]) == ("ask", "-2.00")
        assert mirror["msg"]["is_taker"] is False


@at_desk()
async def test_user_orders(desk: Desk):
    async with connected(desk) as socket:
        await said(socket, "subscribe", 1, channels=["user_orders"])
        await trade(desk)
        (message,) = await heard(socket, 1)
        msg = message["msg"]

        assert (message["type"], "seq" in message) == ("user_order", False)
        assert set(msg) >= {"order_id", "user_id", "created_time", "created_ts_ms"}
        assert "market_ticker" not in msg
        wanted = {
            "ticker": desk.ticker,
            "exchange_index": 0,
            "status": "executed",
            "side": "yes",
            "is_yes": True,
            "outcome_side": "yes",
            "book_side": "bid",
            "yes_price_dollars": "0.4700",
            "initial_count_fp": "2.00",
            "fill_count_fp": "2.00",
            "remaining_count_fp": "0.00",
            "taker_fill_cost_dollars": "0.940000",
            "maker_fill_cost_dollars": "0.000000",
            "taker_fees_dollars": "0.034900",
            "maker_fees_dollars": "0.000000",
            "client_order_id": "mine",
            "self_trade_prevention_type": "taker_at_cross",
            "subaccount_number": 0,
            "last_update_reason": "Trade",
        }
        assert {name: msg[name] for name in wanted} == wanted


@at_desk()
async def test_market_positions(desk: Desk):
    async with connected(desk) as socket:
        await said(socket, "subscribe", 1, channels=["market_positions"])
        await trade(desk)
        (message,) = await heard(socket, 1)
        message["msg"].pop("user_id")

        assert message == {
            "type": "market_position",
            "sid": 1,
            "msg": {
                "market_ticker": desk.ticker,
                "position_fp": "2.00",
                "position_cost_dollars": "0.9400",
                "realized_pnl_dollars": "0.0000",
                "fees_paid_dollars": "0.0349",
                "position_fee_cost_dollars": "0.0349",
                "volume_fp": "2.00",
            },
        }


@at_desk()
async def test_a_settled_position_is_told(desk: Desk):
    await trade(desk)
    async with connected(desk) as socket:
        await said(socket, "subscribe", 1, channels=["market_positions"])
        desk.exchange.lifecycle.settle_market(desk.listed, now_us=desk.exchange.now_us(), value_e4=10_000)
        (message,) = await heard(socket, 1)

        assert message["msg"]["position_fp"] == "0.00"
        assert message["msg"]["realized_pnl_dollars"] == "1.0600"


@pytest.mark.parametrize("channel", ["trade", "fill", "user_orders", "market_positions", "ticker"])
@at_desk()
async def test_a_filter_keeps_other_markets_out(desk: Desk, channel: str):
    other = list(desk.exchange.world.markets)[1]
    async with connected(desk) as socket:
        await said(socket, "subscribe", 1, channels=[channel], market_tickers=[other])
        await trade(desk)
        terms = {"time_in_force": "immediate_or_cancel"}
        await desk.client.order(other, "bid", "0.9900", **terms)
        (message,) = await heard(socket, 1)

        assert message["msg"].get("market_ticker", message["msg"].get("ticker")) == other


# --- lifecycle ---------------------------------------------------------------------------------------


async def news_of(desk: Desk, kind: str, change=None) -> dict:
    """The lifecycle channel's news when the market becomes something."""
    async with connected(desk) as socket:
        await said(socket, "subscribe", 1, channels=["market_lifecycle_v2"])
        if change is not None:
            change()
        desk.exchange.publisher.market_changed(desk.listed, kind, desk.exchange.now_us())
        (message,) = await heard(socket, 1)
        assert (message["type"], message["seq"]) == ("market_lifecycle_v2", 1)
        assert message["msg"].pop("market_ticker") == desk.ticker
        assert message["msg"].pop("event_type") == kind
        return message["msg"]


@at_desk()
async def test_market_lifecycle_created(desk: Desk):
    msg = await news_of(desk, "created")

    assert set(msg) >= {"open_ts", "close_ts", "exchange_index", "additional_metadata"}
    assert type(msg["open_ts"]) is type(msg["close_ts"]) is int
    assert set(msg["additional_metadata"]) == {
        "name", "title", "yes_sub_title", "no_sub_title", "rules_primary", "rules_secondary",
        "can_close_early", "event_ticker", "expected_expiration_ts",
    }  # fmt: skip


@at_desk()
async def test_market_lifecycle_activated_and_deactivated(desk: Desk):
    assert await news_of(desk, "deactivated") == {"is_deactivated": True}
    assert await news_of(desk, "activated") == {"is_deactivated": False}


@at_desk()
async def test_market_lifecycle_close_date_updated(desk: Desk):
    assert await news_of(desk, "close_date_updated") == {"close_ts": desk.listed.market.close_us // 1_000_000}


@at_desk()
async def test_market_lifecycle_determined_then_settled(desk: Desk):
    async with connected(desk) as socket:
        await said(socket, "subscribe", 1, channels=["market_lifecycle_v2"])
        now_us = desk.exchange.now_us()
        desk.exchange.lifecycle.settle_market(desk.listed, now_us=now_us, value_e4=10_000)
        kinds = {}
        while "settled" not in kinds:
            (message,) = await heard(socket, 1)
            kinds[message["msg"]["event_type"]] = message["msg"]

        assert list(kinds)[-2:] == ["determined", "settled"]
        assert kinds["determined"] == {
            "market_ticker": desk.ticker,
            "event_type": "determined",
            "result": "yes",
            "settlement_value": "1.0000",
            "determination_ts": now_us // 1_000_000,
        }
        assert kinds["settled"] == {
            "market_ticker": desk.ticker,
            "event_type": "settled",
            "settled_ts": now_us // 1_000_000,
        }


@at_desk()
async def test_market_lifecycle_price_level_structure_updated(desk: Desk):
    msg = await news_of(desk, "price_level_structure_updated")

    assert msg["price_level_structure"] == desk.listed.price_level_structure
    assert set(msg["price_ranges"][0]) == {"start", "end", "step"}


@at_desk()
async def test_market_lifecycle_metadata_updated(desk: Desk):
    assert "yes_sub_title" in await news_of(desk, "metadata_updated")


@at_desk()
async def test_event_lifecycle_and_fee_updates_share_the_channel_and_its_numbers(desk: Desk):
    exchange, market = desk.exchange, desk.listed.market
    async with connected(desk) as socket:
        await said(socket, "subscribe", 1, channels=["market_lifecycle_v2"])
        exchange.publisher.event_listed(exchange.world.events[market.event_ticker], is_combo=False)
        name = (market.event_ticker, market.series_ticker)
        exchange.fee_changes.schedule_event(*name, fee_type="quadratic", multiplier_e4=5_000, at_us=0)
        exchange.fee_changes.advance(now_us=exchange.now_us())
        listed, fees = await heard(socket, 2)

        assert [(m["type"], m["seq"]) for m in (listed, fees)] == [
            ("event_lifecycle", 1),
            ("event_fee_update", 2),
        ]
        assert set(listed["msg"]) == {
            "event_ticker", "title", "subtitle", "series_ticker", "collateral_return_type", "exchange_index",
        }  # fmt: skip
        assert fees["msg"] == {
            "event_ticker": market.event_ticker,
            "fee_type_override": "quadratic",
            "fee_multiplier_override": 0.5,
        }


@at_desk()
async def test_combo_markets_have_a_lifecycle_channel_of_their_own(desk: Desk):
    desk.listed.mve_collection_ticker = "KXMVE-R"
    async with connected(desk) as socket:
        channels = ["market_lifecycle_v2", "multivariate_market_lifecycle"]
        await said(socket, "subscribe", 2, channels=channels)
        event = desk.exchange.world.events[desk.listed.market.event_ticker]
        desk.exchange.publisher.event_listed(event, is_combo=True)
        desk.exchange.publisher.market_changed(desk.listed, "deactivated", desk.exchange.now_us())
        messages = await heard(socket, 2)

        assert [(message["type"], message["sid"], message["seq"]) for message in messages] == [
            ("event_lifecycle", 2, 1),
            ("multivariate_market_lifecycle", 2, 2),
        ]


@at_desk()
async def test_the_lifecycle_channel_takes_no_filter(desk: Desk):
    async with connected(desk) as socket:
        other = list(desk.exchange.world.markets)[1]
        await said(socket, "subscribe", 1, channels=["market_lifecycle_v2"], market_tickers=[other])
        desk.exchange.publisher.market_changed(desk.listed, "deactivated", desk.exchange.now_us())
        (message,) = await heard(socket, 1)
        assert message["msg"]["market_ticker"] == desk.ticker

        change = {"sid": 1, "action": "add_markets", "market_tickers": [other]}
        (error,) = await said(socket, "update_subscription", 1, **change)
        assert error["msg"]["code"] == 13


# --- order groups and the channels without news ------------------------------------------------------


@at_desk()
async def test_order_group_updates(desk: Desk):
    groups = "/portfolio/order_groups"
    async with connected(desk) as socket, connected(desk, by=desk.other) as theirs:
        for listener in (socket, theirs):
            await said(listener, "subscribe", 1, channels=["order_group_updates"])
        _, created = await desk.call("POST", f"{groups}/create", body={"contracts_limit": 5})
        group = f"{groups}/{created['order_group_id']}"
        await desk.call("PUT", f"{group}/limit", body={"contracts_limit_fp": "7.00"})
        await desk.call("PUT", f"{group}/trigger")
        await desk.call("PUT", f"{group}/reset")
        await desk.call("DELETE", group)
        messages = await heard(socket, 5)

        assert [m["msg"]["event_type"] for m in messages] == [
            "created", "limit_updated", "triggered", "reset", "deleted",
        ]  # fmt: skip
        assert [m["seq"] for m in messages] == [1, 2, 3, 4, 5]
        assert [m["msg"].get("contracts_limit_fp") for m in messages] == ["5.00", "7.00", None, None, None]
        assert all(m["msg"]["order_group_id"] == created["order_group_id"] for m in messages)
        assert all(type(m["msg"]["ts_ms"]) is int for m in messages)
        (listed,) = await said(theirs, "list_subscriptions", 1)
        assert listed["type"] == "ok"  # and nothing of somebody else's group before it


@pytest.mark.parametrize(
    "params",
    [
        {"channels": ["communications"], "shard_factor": 4, "shard_key": 3},
        {"channels": ["cfbenchmarks_value"], "index_ids": ["BRTI"]},
        {"channels": ["cfbenchmarks_value_5hz"], "index_ids": ["BRTI"]},
        {"channels": ["pyth_value"], "underlying_tickers": ["BTC"]},
    ],
)
@at_desk()
async def test_channels_without_news_can_be_subscribed_to(desk: Desk, params: dict):
    async with connected(desk) as socket:
        (reply,) = await said(socket, "subscribe", 1, **params)

        assert reply["msg"] == {"channel": params["channels"][0], "sid": 1}


@pytest.mark.parametrize(
    ("reason", "act"),
    [
        ("Trade", None),
        ("Decrease", {"reduce_by": "1.00"}),
        ("Amend", {"price": "0.4400", "count": "2.00"}),
    ],
)
@at_desk()
async def test_user_orders_tell_why_they_changed(desk: Desk, reason: str, act: dict | None):
    created = await desk.rest()
    path = f"/portfolio/events/orders/{created['order_id']}"
    async with connected(desk) as socket:
        await said(socket, "subscribe", 1, channels=["user_orders"])
        if reason == "Trade":
            await desk.rest("ask", by=desk.other)
        elif reason == "Decrease":
            await desk.call("POST", f"{path}/decrease", body=act | {"market_ticker": desk.ticker})
        else:
            body = {"ticker": desk.ticker, "side": "bid"} | act
            await desk.call("POST", f"{path}/amend", body=body)
        (message,) = await heard(socket, 1)

        assert message["msg"]["last_update_reason"] == reason


@at_desk()
async def test_user_orders_name_the_group_and_the_expiration_if_there_are_any(desk: Desk):
    _, group = await desk.call("POST", "/portfolio/order_groups/create", body={"contracts_limit": 5})
    expires_s = desk.exchange.now_us() // 1_000_000 + 60
    async with connected(desk) as socket:
        await said(socket, "subscribe", 1, channels=["user_orders"])
        await desk.rest(order_group_id=group["order_group_id"], expiration_time=expires_s)
        await desk.rest()
        first, second = (message["msg"] for message in await heard(socket, 2))

        assert first["order_group_id"] == group["order_group_id"]
        assert first["expiration_ts_ms"] == expires_s * 1000
        assert first["expiration_time"].endswith("Z")
        assert not {"order_group_id", "expiration_ts_ms", "expiration_time"} & set(second)
