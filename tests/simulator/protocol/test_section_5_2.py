"""Protocol 5.2, the commands: a test for each row of its table and each parameter."""

from __future__ import annotations

import pytest

from simulator.choices import Choices
from tests.simulator.protocol.desk import Desk, at_desk
from tests.simulator.protocol.sockets import connected, heard, said

BOOK = "orderbook_delta"


def two_markets(desk: Desk) -> tuple[str, str]:
    names = list(desk.exchange.world.markets)
    return names[0], names[1]


@at_desk()
async def test_subscribe_answers_once_a_channel_with_the_same_id_and_its_own_sid(desk: Desk):
    async with connected(desk) as socket:
        replies = await said(socket, "subscribe", 2, channels=["fill", "user_orders"])

        assert replies == [
            {"id": 1, "type": "subscribed", "msg": {"channel": "fill", "sid": 1}},
            {"id": 1, "type": "subscribed", "msg": {"channel": "user_orders", "sid": 2}},
        ]


@at_desk()
async def test_subscribe_takes_one_market_or_many(desk: Desk):
    first, second = two_markets(desk)
    async with connected(desk) as socket:
        one = await said(socket, "subscribe", 2, channels=[BOOK], market_ticker=first)
        many = await said(socket, "subscribe", 3, channels=[BOOK], market_tickers=[first, second])

        assert one[1]["msg"]["market_ticker"] == first
        assert many[0]["msg"]["sid"] == one[0]["msg"]["sid"]  # CHOICE: subscribing again merges
        assert [message["msg"]["market_ticker"] for message in many[1:]] == [first, second]


@at_desk()
async def test_subscribing_again_gives_a_fresh_snapshot_and_no_delta_twice(desk: Desk):
    async with connected(desk) as socket:
        await said(socket, "subscribe", 2, channels=[BOOK], market_ticker=desk.ticker)
        await said(socket, "subscribe", 2, channels=[BOOK], market_ticker=desk.ticker)
        await desk.rest(count="1.00")
        await desk.rest(count="2.00")

        assert [delta["msg"]["delta_fp"] for delta in await heard(socket, 2)] == ["1.00", "2.00"]


@at_desk()
async def test_subscribing_again_on_the_other_price_scale_makes_another_sid(desk: Desk):
    await desk.rest("ask", "0.6000")
    async with connected(desk) as socket:
        prices, sids = [], []
        for scale in (False, True):
            terms = {"market_ticker": desk.ticker, "use_yes_price": scale}
            subscribed, snapshot = await said(socket, "subscribe", 2, channels=[BOOK], **terms)
            sids.append(subscribed["msg"]["sid"])
            prices.append(snapshot["msg"]["no_dollars_fp"][0][0])

        assert (sids, prices) == ([1, 2], ["0.4000", "0.6000"])


@at_desk()
async def test_subscribing_again_makes_another_sid_if_so_chosen(desk: Desk):
    desk.exchange.choices = Choices(keeps_sid=False)
    async with connected(desk) as socket:
        (first,) = await said(socket, "subscribe", 1, channels=["fill"])
        (second,) = await said(socket, "subscribe", 1, channels=["fill"])

        assert (first["msg"]["sid"], second["msg"]["sid"]) == (1, 2)


@at_desk(choices=Choices(ignores_unknown_markets=True))
async def test_unknown_markets_are_left_out_if_so_chosen(desk: Desk):
    async with connected(desk) as socket:
        wanted = {"market_tickers": ["KXNONE", desk.ticker]}
        _, snapshot = await said(socket, "subscribe", 2, channels=[BOOK], **wanted)
        await said(socket, "subscribe", 1, channels=["trade"], market_ticker="KXNONE")  # of none, not of all
        (ok,) = await said(
            socket, "update_subscription", 1, sid=2, action="add_markets", market_tickers=["KXNONE"]
        )
        await desk.rest("ask", by=desk.other)
        await desk.rest("bid")
        told = await heard(socket, 2)

        assert snapshot["msg"]["market_ticker"] == desk.ticker
        assert ok["msg"]["market_tickers"] == []
        assert [message["type"] for message in told] == ["orderbook_delta", "orderbook_delta"]


@at_desk()
async def test_the_ticker_channel_takes_ids(desk: Desk):
    async with connected(desk) as socket:
        wanted = {"market_ids": [desk.listed.market_id], "send_initial_snapshot": True}
        subscribed, ticker = await said(socket, "subscribe", 2, channels=["ticker"], **wanted)

        assert subscribed["type"] == "subscribed"
        assert ticker["msg"]["market_id"] == desk.listed.market_id
        other = desk.exchange.world.markets[two_markets(desk)[1]]
        change = {"sid": 1, "action": "add_markets", "market_id": other.market_id}
        (ok,) = await said(socket, "update_subscription", 1, **change)
        assert ok["msg"]["market_tickers"] == sorted([desk.ticker, other.ticker])
        assert set(ok["msg"]["market_ids"]) == {desk.listed.market_id, other.market_id}


@at_desk()
async def test_only_the_ticker_channel_takes_ids(desk: Desk):
    async with connected(desk) as socket:
        wanted = {"market_ids": [desk.listed.market_id]}
        (error,) = await said(socket, "subscribe", 1, channels=["trade"], **wanted)
        assert error["msg"]["code"] == 11
        (error,) = await said(socket, "subscribe", 1, channels=["ticker"], market_ids=["elsewhere"])
        assert error["msg"]["code"] == 11


@at_desk()
async def test_send_initial_snapshot_sends_a_ticker_at_once(desk: Desk):
    async with connected(desk) as socket:
        wanted = {"channels": ["ticker"], "market_ticker": desk.ticker}
        _, ticker = await said(socket, "subscribe", 2, **wanted, send_initial_snapshot=True)
        assert (ticker["type"], ticker["msg"]["market_ticker"]) == ("ticker", desk.ticker)

        other = two_markets(desk)[1]
        change = {"sid": 1, "action": "add_markets", "market_ticker": other}
        told = await said(socket, "update_subscription", 2, **change, send_initial_snapshot=True)
        while not any(each["type"] == "ticker" and each["msg"]["market_ticker"] == other for each in told):
            told += await heard(socket, 1)  # the first market may have changed meanwhile


@at_desk()
async def test_unsubscribe_answers_once_a_sid_with_a_number(desk: Desk):
    async with connected(desk) as socket:
        await said(socket, "subscribe", 2, channels=["fill", "trade"])
        replies = await said(socket, "unsubscribe", 2, sids=[1, 2])

        assert replies == [
            {"id": 2, "sid": 1, "seq": 1, "type": "unsubscribed"},
            {"id": 2, "sid": 2, "seq": 1, "type": "unsubscribed"},
        ]
        (listed,) = await said(socket, "list_subscriptions", 1)
        assert listed["msg"] == []


@pytest.mark.parametrize("named", ["sid", "sids"])
@at_desk()
async def test_add_markets_answers_with_the_full_list_then_snapshots(desk: Desk, named: str):
    first, second = two_markets(desk)
    async with connected(desk) as socket:
        await said(socket, "subscribe", 2, channels=[BOOK], market_ticker=first)
        change = {named: [1] if named == "sids" else 1, "action": "add_markets", "market_tickers": [second]}
        ok, snapshot = await said(socket, "update_subscription", 2, **change)

        assert ok == {
            "id": 2,
            "sid": 1,
            "seq": 2,
            "type": "ok",
            "msg": {"market_tickers": sorted([first, second])},
        }
        assert (snapshot["seq"], snapshot["msg"]["market_ticker"]) == (3, second)


@at_desk()
async def test_delete_markets_answers_with_what_is_left(desk: Desk):
    first, second = two_markets(desk)
    async with connected(desk) as socket:
        await said(socket, "subscribe", 3, channels=[BOOK], market_tickers=[first, second])
        change = {"sid": 1, "action": "delete_markets", "market_ticker": first}
        (ok,) = await said(socket, "update_subscription", 1, **change)

        assert ok["msg"] == {"market_tickers": [second]}


@at_desk()
async def test_skip_ticker_ack_leaves_the_list_out(desk: Desk):
    first, second = two_markets(desk)
    async with connected(desk) as socket:
        await said(socket, "subscribe", 2, channels=[BOOK], market_ticker=first)
        change = {"sid": 1, "action": "add_markets", "market_ticker": second, "skip_ticker_ack": True}
        ok, _ = await said(socket, "update_subscription", 2, **change)

        assert (ok["type"], ok["msg"]) == ("ok", {})


@at_desk()
async def test_get_snapshot_answers_with_the_commands_id_and_changes_nothing(desk: Desk):
    first, second = two_markets(desk)
    async with connected(desk) as socket:
        await said(socket, "subscribe", 2, channels=[BOOK], market_ticker=first)
        change = {"sid": 1, "action": "get_snapshot", "market_tickers": [first, second]}
        snapshots = await said(socket, "update_subscription", 2, **change)

        assert [(s["id"], s["type"], s["seq"]) for s in snapshots] == [
            (2, "orderbook_snapshot", 2),
            (2, "orderbook_snapshot", 3),
        ]
        change = {"sid": 1, "action": "delete_markets", "market_ticker": second}
        (ok,) = await said(socket, "update_subscription", 1, **change)
        assert ok["msg"] == {"market_tickers": [first]}


@at_desk()
async def test_list_subscriptions_names_channels_and_sids(desk: Desk):
    async with connected(desk) as socket:
        await said(socket, "subscribe", 2, channels=["fill", "trade"])
        (listed,) = await said(socket, "list_subscriptions", 1)

        assert listed == {
            "id": 2,
            "type": "ok",
            "msg": [{"channel": "fill", "sid": 1}, {"channel": "trade", "sid": 2}],
        }


@at_desk()
async def test_an_id_of_0_counts_as_none(desk: Desk):
    async with connected(desk) as socket:
        await socket.socket.send_json({"id": 0, "cmd": "list_subscriptions"})

        assert "id" not in await socket.next()
