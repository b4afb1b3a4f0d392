"""Every fault of a REST answer as its client meets it, and what it did to the exchange."""

from __future__ import annotations

import asyncio
import time

import aiohttp
import pytest

from tests.simulator.conversation import Client, first_market, talk

NAME = "rl1-fault"
NO_ANSWER = (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError)


def with_order(conversation, **settings) -> None:
    """Run a conversation that knows a market and how to send one order to it."""

    async def run(client: Client) -> None:
        ticker = (await first_market(client))["ticker"]
        await conversation(client, lambda: client.order(ticker, "bid", "0.0100", client_order_id=NAME))

    talk(run, **settings)


async def arm(client: Client, kind: str, /, **terms) -> None:
    status, body = await client.control("POST", "/faults", {"kind": kind} | terms)
    assert status == 201, body


async def resting(client: Client) -> tuple[int, dict[str, int]]:
    """Orders the exchange holds, and the client_order_ids it has received."""
    _, ledger = await client.control("GET", "/ledger")
    return len(ledger["orders"]), ledger["client_order_ids"]


@pytest.mark.parametrize(("phase", "orders"), [("before", 0), ("after", 1)])
def test_a_lost_response_leaves_the_order_in_doubt(phase, orders):
    async def conversation(client: Client, send) -> None:
        await arm(client, "lost_response", where="create", phase=phase)

        with pytest.raises(NO_ANSWER):
            await send()
        assert await resting(client) == (orders, {NAME: 1})
        assert (await client.call("GET", "/portfolio/orders"))[0] == 200

    with_order(conversation)


@pytest.mark.parametrize(("phase", "orders"), [("before", 0), ("after", 1)])
@pytest.mark.parametrize("status", [500, 503])
def test_a_server_error_leaves_the_order_in_doubt(phase, orders, status):
    async def conversation(client: Client, send) -> None:
        await arm(client, "error_5xx", where="create", phase=phase, status=status)
        answered, body = await send()

        assert (answered, set(body)) == (status, {"error"})
        assert await resting(client) == (orders, {NAME: 1})

    with_order(conversation)


def test_a_gateway_speaks_html():
    async def conversation(client: Client, _) -> None:
        await arm(client, "error_5xx", where="reads", status=504)
        async with client.http.get(f"{client.served.rest_url}/markets") as answer:
            assert (answer.status, answer.content_type) == (504, "text/html")

    with_order(conversation)


def test_too_many_requests_have_no_effect():
    async def conversation(client: Client, send) -> None:
        await arm(client, "error_429", where="writes", count=2)

        assert await send() == (429, {"error": "too many requests"})
        assert await send() == (429, {"error": "too many requests"})
        assert (await send())[0] == 201

    with_order(conversation)


def test_a_truncated_body_ends_in_the_middle():
    async def conversation(client: Client, send) -> None:
        await arm(client, "truncated_body", where="create")

        with pytest.raises(aiohttp.ClientPayloadError):
            await send()
        assert await resting(client) == (1, {NAME: 1})

    with_order(conversation)


@pytest.mark.parametrize(("phase", "orders"), [("before", 0), ("after", 1)])
def test_a_slow_response_comes_in_the_end(phase, orders):
    async def conversation(client: Client, send) -> None:
        await arm(client, "slow_response", where="create", delay_ms=300, phase=phase)
        sending = asyncio.create_task(send())
        while not (await client.control("GET", "/faults"))[1]["hits"]:
            pass
        held, _ = await resting(client)

        assert held == orders
        assert (await sending)[0] == 201
        assert (await resting(client))[0] == 1

    with_order(conversation)


def test_a_fill_is_told_before_its_late_acknowledgement():
    async def conversation(client: Client) -> None:
        ticker = (await first_market(client))["ticker"]
        async with client.listener() as listener:
            await listener.subscribe("fill")
            await arm(client, "late_ack", delay_ms=500)
            terms = {"time_in_force": "immediate_or_cancel"}
            sending = asyncio.create_task(client.order(ticker, "bid", "0.9900", **terms))
            fill = await listener.next("fill")

            assert not sending.done()
            assert (await sending)[1]["order_id"] == fill["msg"]["order_id"]

    talk(conversation)


def test_orders_are_rejected_while_that_is_asked_for():
    async def conversation(client: Client, send) -> None:
        await arm(client, "reject_orders", code="insufficient_balance", for_s=60)
        for _ in range(2):
            status, body = await send()
            assert (status, body["error"]["code"]) == (400, "insufficient_balance")
        assert await resting(client) == (0, {NAME: 2})
        await client.control("DELETE", "/faults")

        assert (await send())[0] == 201

    with_order(conversation)


def test_a_fault_ends_with_its_time():
    async def conversation(client: Client, send) -> None:
        await arm(client, "reject_orders", for_s=0.05)
        while (await client.control("GET", "/faults"))[1]["faults"]:
            pass

        assert (await send())[0] == 201

    with_order(conversation)


@pytest.mark.parametrize(
    ("where", "struck"),
    [
        ("", ["status", "orders", "create", "cancel"]),
        ("rest", ["status", "orders", "create", "cancel"]),
        ("reads", ["status", "orders"]),
        ("writes", ["create", "cancel"]),
        ("cancel", ["cancel"]),
        ("POST /portfolio/events/orders", ["create"]),
        ("/portfolio", ["orders", "create", "cancel"]),
        ("GET /trade-api/v2/exchange", ["status"]),
    ],
)
def test_a_fault_strikes_the_requests_it_means(where, struck):
    async def conversation(client: Client, send) -> None:
        _, created = await send()
        await arm(client, "error_5xx", where=where, phase="before", for_s=60)
        path = f"/portfolio/events/orders/{created['order_id']}"
        requests = {
            "status": ("GET", "/exchange/status"),
            "orders": ("GET", "/portfolio/orders"),
            "create": ("POST", "/portfolio/events/orders"),
            "cancel": ("DELETE", path),
        }
        answers = {name: (await client.call(*request))[0] for name, request in requests.items()}

        assert [name for name, status in answers.items() if status == 500] == struck

    with_order(conversation)


def test_a_fault_strikes_the_market_it_means():
    async def conversation(client: Client) -> None:
        _, body = await client.call("GET", "/markets", signed=False, query={"limit": 2})
        first, second = (market["ticker"] for market in body["markets"])
        await arm(client, "reject_orders", market=second)

        assert (await client.order(first, "bid", "0.0100"))[0] == 201
        assert (await client.order(second, "bid", "0.0100"))[0] == 400

    talk(conversation)


def test_a_wrong_clock_refuses_every_signature_until_it_is_right_again():
    async def conversation(client: Client, _) -> None:
        await arm(client, "clock_skew", skew_ms=90_000)
        status, body = await client.call("GET", "/portfolio/balance")
        async with client.http.get(f"{client.served.rest_url}/exchange/user_data_timestamp") as answer:
            said = time.mktime(time.strptime(answer.headers["Date"], "%a, %d %b %Y %H:%M:%S GMT"))

        assert (status, body["error"]["code"]) == (401, "header_timestamp_expired")
        assert said - time.mktime(time.gmtime()) > 80
        await client.control("DELETE", "/faults")
        assert (await client.call("GET", "/portfolio/balance"))[0] == 200

    with_order(conversation)
