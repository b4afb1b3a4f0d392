"""Protocol 5.1, the connection: a test for each row of its table."""

from __future__ import annotations

import json
import time
from email.utils import parsedate_to_datetime

import aiohttp
import pytest

from simulator.choices import Choices
from simulator.surface.websocket import connection as websocket
from tests.simulator.conversation import WS
from tests.simulator.protocol.desk import Desk, at_desk


async def refusal(desk: Desk, headers: dict[str, str]) -> int:
    """The status that an upgrade is refused with."""
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await desk.client.http.ws_connect(desk.client.served.ws_url, headers=headers)
    return refused.value.status


@at_desk()
async def test_one_connection_carries_everything_as_json_text(desk: Desk):
    async with desk.client.listener() as listener:
        await listener.command("subscribe", channels=["trade", "fill", "user_orders"])
        replies = [await listener.next() for _ in range(3)]
        await desk.rest()

        assert [reply["msg"]["channel"] for reply in replies] == ["trade", "fill", "user_orders"]
        assert (await listener.next())["type"] == "user_order"


@at_desk()
async def test_the_exchange_pings_with_a_heartbeat(desk: Desk, monkeypatch):
    monkeypatch.setattr(websocket, "HEARTBEAT_S", 0.01)
    async with desk.client.listener() as listener:
        ping = await listener.socket.receive(timeout=5)

        assert (ping.type, ping.data) == (aiohttp.WSMsgType.PING, b"heartbeat")


def test_a_heartbeat_is_due_every_ten_seconds():
    assert websocket.HEARTBEAT_S == 10


@at_desk()
async def test_a_clients_ping_is_answered_with_its_own_body(desk: Desk):
    async with desk.client.listener() as listener:
        await listener.socket.ping(b"are you there")
        pong = await listener.socket.receive(timeout=5)

        assert (pong.type, pong.data) == (aiohttp.WSMsgType.PONG, b"are you there")


@at_desk()
async def test_compression_is_not_accepted_when_offered(desk: Desk):
    headers = desk.client.headers("GET", WS)
    url = desk.client.served.ws_url
    async with desk.client.http.ws_connect(url, headers=headers, compress=15) as socket:
        assert socket.compress == 0


@at_desk()
async def test_a_command_may_be_many_megabytes_long(desk: Desk):
    async with desk.client.listener() as listener:
        await listener.command("list_subscriptions", padding="x" * 5_000_000)

        assert (await listener.next())["type"] == "ok"


@at_desk()
async def test_an_account_has_a_limited_number_of_connections(desk: Desk):
    desk.exchange.choices = Choices(most_connections=1)
    async with desk.client.listener():
        assert await refusal(desk, desk.client.headers("GET", WS)) == 429
        async with desk.other.listener() as theirs:
            await theirs.command("list_subscriptions")
            assert (await theirs.next())["type"] == "ok"
    async with desk.client.listener() as again:
        await again.command("list_subscriptions")
        assert (await again.next())["type"] == "ok"


def test_the_lowest_limits_are_the_published_ones():
    choices = Choices()

    assert choices.most_connections == 200
    assert choices.most_markets_per_session == 500_000
    assert choices.most_commands_per_s == 10_000


@at_desk()
async def test_a_new_connection_starts_empty(desk: Desk):
    for _ in range(2):
        async with desk.client.listener() as listener:
            await listener.command("subscribe", channels=["orderbook_delta"], market_ticker=desk.ticker)
            subscribed, snapshot = await listener.next(), await listener.next()

            assert (subscribed["msg"]["sid"], snapshot["seq"]) == (1, 1)


@at_desk()
async def test_subscribed_precedes_the_data_of_its_sid(desk: Desk):
    async with desk.client.listener() as listener:
        await listener.command("subscribe", channels=["orderbook_delta"], market_ticker=desk.ticker)

        assert [(await listener.next())["type"] for _ in range(2)] == ["subscribed", "orderbook_snapshot"]


@at_desk()
async def test_commands_in_binary_frames_are_understood(desk: Desk):
    async with desk.client.listener() as listener:
        await listener.socket.send_bytes(json.dumps({"id": 7, "cmd": "list_subscriptions"}).encode())

        assert (await listener.next())["id"] == 7


@at_desk()
async def test_every_connection_must_be_signed(desk: Desk):
    assert await refusal(desk, {}) == 401
    headers = desk.client.headers("GET", WS, signed_path="/trade-api/v2/elsewhere")
    assert await refusal(desk, headers) == 401


@at_desk()
async def test_an_upgrade_of_a_wrong_clock_is_refused(desk: Desk):
    desk.exchange.skew_us = 60_000_000
    headers = desk.client.headers("GET", WS)
    url = desk.client.served.ws_url.replace("ws://", "http://")
    async with desk.client.http.get(url, headers=headers) as answer:
        assert answer.status == 401
        assert (await answer.json())["error"]["code"] == "header_timestamp_expired"


@at_desk()
async def test_an_upgrade_is_dated_by_the_exchanges_clock(desk: Desk):
    desk.exchange.clock_offset_us = 20_000_000
    headers = desk.client.headers("GET", WS)
    asked_s = int(time.time())
    async with desk.client.http.ws_connect(desk.client.served.ws_url, headers=headers) as socket:
        said = parsedate_to_datetime(socket._response.headers["Date"])

        assert asked_s + 20 <= said.timestamp() <= time.time() + 20


@at_desk()
async def test_messages_say_when_they_were_queued(desk: Desk):
    async with desk.client.listener() as listener:
        await listener.subscribe("orderbook_delta", tickers=[desk.ticker])
        await desk.rest()
        delta = await listener.next("orderbook_delta")

        assert abs(delta["sending_ts_ms"] - time.time() * 1000) < 10_000
        assert delta["sending_ts_ms"] >= delta["msg"]["ts_ms"]


@at_desk()
async def test_messages_need_not_say_when_they_were_queued(desk: Desk):
    desk.exchange.choices = Choices(sends_sending_ts=False)
    async with desk.client.listener() as listener:
        await listener.command("subscribe", channels=["fill"])

        assert "sending_ts_ms" not in await listener.next()
