"""Every fault of a WebSocket as its client meets it."""

from __future__ import annotations

import json

import aiohttp
import pytest

from simulator.faults.frames import UNKNOWN_FRAME
from tests.simulator.conversation import WS, Client, Listener, first_market, talk

PRICE = "0.0100"  # far below every quote: an order there rests


def with_book(conversation) -> None:
    """Run a conversation beside a subscription to one book."""

    async def run(client: Client) -> None:
        ticker = (await first_market(client))["ticker"]
        async with client.listener() as listener:
            await listener.subscribe("orderbook_delta", tickers=[ticker])
            await conversation(client, listener, ticker)

    talk(run)


async def arm(client: Client, kind: str, /, **terms) -> None:
    status, body = await client.control("POST", "/faults", {"kind": kind} | terms)
    assert status == 201, body


async def change(client: Client, ticker: str, times: int) -> None:
    """So many deltas."""
    for _ in range(times):
        assert (await client.order(ticker, "bid", PRICE))[0] == 201


async def numbers(listener: Listener, count: int) -> list[int]:
    return [(await listener.next("orderbook_delta"))["seq"] for _ in range(count)]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("gap", [3, 4, 5]),
        ("duplicate_frame", [2, 2, 3, 4, 5]),
        ("reorder", [3, 2, 4, 5]),
    ],
)
def test_numbers_go_wrong_once_and_then_go_on(kind, expected):
    async def conversation(client: Client, listener: Listener, ticker: str) -> None:
        await arm(client, kind, where="orderbook_delta", count=1)
        await change(client, ticker, 4)

        assert await numbers(listener, len(expected)) == expected

    with_book(conversation)


def test_a_fault_waits_for_its_market():
    async def conversation(client: Client, listener: Listener, ticker: str) -> None:
        _, body = await client.call("GET", "/markets", signed=False, query={"limit": 2})
        other = body["markets"][1]["ticker"]
        await listener.command("update_subscription", sid=1, action="add_markets", market_tickers=[other])
        await listener.next("orderbook_snapshot")
        await arm(client, "gap", market=other)
        await change(client, ticker, 1)
        await change(client, other, 1)
        await change(client, ticker, 1)

        assert await numbers(listener, 2) == [4, 6]

    with_book(conversation)


def test_a_malformed_frame_is_no_json_and_the_next_one_is():
    async def conversation(client: Client, listener: Listener, ticker: str) -> None:
        await arm(client, "malformed_frame")
        await change(client, ticker, 2)

        with pytest.raises(json.JSONDecodeError):
            json.loads(await listener.text())
        assert await numbers(listener, 1) == [3]

    with_book(conversation)


def test_an_unknown_frame_comes_besides_and_takes_no_number():
    async def conversation(client: Client, listener: Listener, ticker: str) -> None:
        await arm(client, "unknown_frame")
        await change(client, ticker, 1)

        assert (await listener.text()).encode() == UNKNOWN_FRAME
        assert await numbers(listener, 1) == [2]

    with_book(conversation)


def test_a_fill_is_told_twice():
    async def conversation(client: Client) -> None:
        market = await first_market(client)
        async with client.listener() as listener:
            await listener.subscribe("fill")
            await arm(client, "duplicate_fill")
            await client.order(market["ticker"], "bid", "0.9900", time_in_force="immediate_or_cancel")
            first, second = await listener.next(), await listener.next()

            assert first == second
            assert first["type"] == "fill"
        _, fills = await client.call("GET", "/portfolio/fills")
        assert [fill["trade_id"] for fill in fills["fills"]].count(first["msg"]["trade_id"]) == 1

    talk(conversation)


def test_a_connection_is_cut_at_once():
    async def conversation(client: Client, listener: Listener, ticker: str) -> None:
        await arm(client, "drop_ws")

        assert await listener.end() in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
        async with client.listener() as again:
            await again.subscribe("orderbook_delta", tickers=[ticker])

    with_book(conversation)


def test_no_connection_is_let_in_while_all_are_cut():
    async def conversation(client: Client, listener: Listener, _: str) -> None:
        await arm(client, "drop_ws", for_s=60)

        assert await listener.end() in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await client.http.ws_connect(client.served.ws_url, headers=client.headers("GET", WS))
        assert refused.value.status == 503

    with_book(conversation)


def test_only_so_many_connections_are_cut_and_those_of_a_market_alone():
    async def conversation(client: Client, first: Listener, ticker: str) -> None:
        async with client.listener() as second, client.listener() as bystander:
            await second.subscribe("orderbook_delta", tickers=[ticker])
            await bystander.subscribe("fill")
            await arm(client, "drop_ws", market=ticker, count=1)
            await change(client, ticker, 1)

            assert await first.end() in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
            assert await numbers(second, 1) == [2]
            await bystander.command("list_subscriptions")
            assert (await bystander.next())["type"] == "ok"

    with_book(conversation)


def test_a_connection_is_cut_in_the_middle_of_a_fill():
    async def conversation(client: Client) -> None:
        market = await first_market(client)
        async with client.listener() as listener:
            await listener.subscribe("fill", "user_orders")
            await arm(client, "drop_ws", where="fill")
            terms = {"time_in_force": "immediate_or_cancel"}
            status, created = await client.order(market["ticker"], "bid", "0.9900", **terms)

            assert (status, created["fill_count"]) == (201, "2.00")
            assert await listener.end() in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)

    talk(conversation)


def test_a_silent_connection_answers_nothing_and_shows_the_gap_when_it_speaks_again():
    async def conversation(client: Client, listener: Listener, ticker: str) -> None:
        await arm(client, "silent_ws", market=ticker)
        await listener.socket.ping(b"are you there")
        await change(client, ticker, 3)
        await client.control("DELETE", "/faults")
        await change(client, ticker, 1)

        assert await numbers(listener, 1) == [5]

    with_book(conversation)


def test_a_ping_is_answered_again_once_the_silence_is_over():
    async def conversation(client: Client, listener: Listener, _: str) -> None:
        await arm(client, "silent_ws")
        await listener.socket.ping(b"one")
        await listener.command("list_subscriptions")
        await quiet(client)
        await client.control("DELETE", "/faults")
        await listener.socket.ping(b"two")

        assert (await listener.socket.receive(timeout=10)).data == b"two"

    with_book(conversation)


async def quiet(client: Client) -> None:
    """Whatever a socket was sent before has been read by now: both are served by one loop, in turn."""
    for _ in range(3):
        await client.call("GET", "/exchange/status", signed=False)


def test_a_frozen_feed_shows_no_gap_and_a_snapshot_tells_the_truth():
    async def conversation(client: Client, listener: Listener, ticker: str) -> None:
        await arm(client, "silent_ws", where="orderbook_delta", for_s=60)
        await change(client, ticker, 3)
        await listener.command("update_subscription", sid=1, action="get_snapshot", market_tickers=[ticker])
        snapshot = await listener.next("orderbook_snapshot")
        await client.control("DELETE", "/faults")
        await change(client, ticker, 1)

        assert snapshot["seq"] == 2
        assert [PRICE, "6.00"] in snapshot["msg"]["yes_dollars_fp"]
        assert await numbers(listener, 1) == [3]

    with_book(conversation)


def test_what_is_armed_and_has_struck_can_be_read():
    async def conversation(client: Client, listener: Listener, ticker: str) -> None:
        await arm(client, "gap", count=2)
        await change(client, ticker, 1)
        _, seen = await client.control("GET", "/faults")
        (armed,) = seen["faults"]

        assert (armed["kind"], armed["count"], armed["hits"]) == ("gap", 1, 1)
        assert seen["hits"] == {"gap": 1}
        assert await client.control("DELETE", "/faults") == (200, {"cleared": 1})
        await change(client, ticker, 1)
        assert await numbers(listener, 1) == [3]

    with_book(conversation)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ([], "bad_request"),
        ({"kind": "earthquake"}, "invalid_parameters"),
        ({"kind": "gap", "colour": "red"}, "bad_request"),
        ({"kind": "gap", "where": "create"}, "invalid_parameters"),
        ({"kind": "error_5xx", "where": "fill"}, "invalid_parameters"),
        ({"kind": "error_5xx", "status": 404}, "invalid_parameters"),
        ({"kind": "gap", "count": -1}, "invalid_parameters"),
        ({"kind": "clock_skew", "skew_ms": 10**15}, "invalid_parameters"),
        ({"kind": "slow_response", "phase": "during"}, "invalid_parameters"),
        ({"kind": "close_market"}, "missing_parameters"),
        ({"kind": "settle_market", "market": "T", "result": "maybe"}, "invalid_parameters"),
        ({"kind": "settle_market", "market": "T", "value": "much"}, "invalid_parameters"),
    ],
)
def test_a_fault_that_cannot_be_is_refused(body, code):
    async def conversation(client: Client) -> None:
        status, answer = await client.control("POST", "/faults", body)

        assert (status, answer.get("error", answer)["code"]) == (400, code)

    talk(conversation)
