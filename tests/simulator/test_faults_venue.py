"""Every fault of the venue itself as its clients meet it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.simulator.conversation import Client, first_market, talk


async def arm(client: Client, kind: str, /, **terms) -> None:
    status, body = await client.control("POST", "/faults", {"kind": kind} | terms)
    assert status == 201, body


async def rest(client: Client, ticker: str, **terms) -> str:
    status, created = await client.order(ticker, "bid", "0.0100", **terms)
    assert status == 201, created
    return created["order_id"]


async def cancel(client: Client, ticker: str, order_id: str) -> tuple[int, str]:
    path = f"/portfolio/events/orders/{order_id}"
    status, body = await client.call("DELETE", path, query={"market_ticker": ticker})
    return status, body.get("error", {}).get("code", "")


async def status_of(client: Client, ticker: str) -> str:
    return (await client.call("GET", f"/markets/{ticker}", signed=False))[1]["market"]["status"]


@pytest.mark.parametrize(
    ("kind", "code", "cancels", "is_active"),
    [
        ("trading_pause", "trading_is_paused", (200, ""), True),
        ("exchange_pause", "exchange_is_paused", (409, "exchange_is_paused"), False),
    ],
)
def test_a_pause_refuses_orders_until_it_is_lifted(kind, code, cancels, is_active):
    async def conversation(client: Client) -> None:
        ticker = (await first_market(client))["ticker"]
        resting = await rest(client, ticker)
        await arm(client, kind)
        refused = await client.order(ticker, "bid", "0.0100")
        _, status = await client.call("GET", "/exchange/status", signed=False)

        assert (refused[0], refused[1]["error"]["code"]) == (409, code)
        assert (status["exchange_active"], status["trading_active"]) == (is_active, False)
        assert await cancel(client, ticker, resting) == cancels
        await client.control("DELETE", "/faults")
        await rest(client, ticker)

    talk(conversation)


@pytest.mark.parametrize(
    ("kind", "code", "cancels"),
    [
        ("trading_pause", "trading_is_paused", (200, "")),
        ("exchange_pause", "exchange_is_paused", (409, "exchange_is_paused")),
    ],
)
def test_a_pause_of_one_shard_leaves_the_others_alone(kind, code, cancels):
    async def conversation(client: Client) -> None:
        _, body = await client.call("GET", "/markets", signed=False, query={"status": "open", "limit": 1000})
        here, there = (
            next(each["ticker"] for each in body["markets"] if each["exchange_index"] == shard)
            for shard in (2, 0)
        )
        resting = await rest(client, here)
        await arm(client, kind, exchange_index=2)
        refused = await client.order(here, "bid", "0.0100")
        status, told = await client.call("GET", "/exchange/status", signed=False)

        assert (refused[0], refused[1]["error"]["code"]) == (409, code)
        assert await cancel(client, here, resting) == cancels
        assert (status, told["exchange_active"], told["trading_active"]) == (200, True, True)
        active = [shard["trading_active"] for shard in told["exchange_index_statuses"]]
        assert active == [True, True, False]
        await rest(client, there)
        await client.control("DELETE", "/faults")
        await rest(client, here)

    talk(conversation, shards=3)


def test_a_pause_of_a_shard_that_is_not_there_is_refused():
    async def conversation(client: Client) -> None:
        for terms in ({"kind": "trading_pause", "exchange_index": 1}, {"kind": "gap", "exchange_index": 0}):
            assert (await client.control("POST", "/faults", terms))[0] == 400

    talk(conversation)


def test_a_pause_ends_with_its_time():
    async def conversation(client: Client) -> None:
        ticker = (await first_market(client))["ticker"]
        await arm(client, "trading_pause", for_s=0.05)
        while (await client.order(ticker, "bid", "0.0100"))[0] != 201:
            pass

    talk(conversation)


def test_a_pause_goes_on_while_another_asks_for_it():
    async def conversation(client: Client) -> None:
        ticker = (await first_market(client))["ticker"]
        await arm(client, "exchange_pause", for_s=0.05)
        await arm(client, "trading_pause", for_s=60)
        while len((await client.control("GET", "/faults"))[1]["faults"]) > 1:
            pass
        _, refused = await client.order(ticker, "bid", "0.0100")

        assert refused["error"]["code"] == "trading_is_paused"

    talk(conversation)


def test_a_pause_cancels_what_asked_for_that():
    async def conversation(client: Client) -> None:
        ticker = (await first_market(client))["ticker"]
        async with client.listener() as listener:
            await listener.subscribe("user_orders")
            stays = await rest(client, ticker)
            goes = await rest(client, ticker, cancel_order_on_pause=True)
            await arm(client, "trading_pause")
            news = await listener.next("user_order")
            while news["msg"]["status"] == "resting":
                news = await listener.next("user_order")

            assert news["msg"]["order_id"] == goes
            assert news["msg"]["last_update_reason"] == "HaltCancel"
        _, order = await client.call("GET", f"/portfolio/orders/{stays}")
        assert order["order"]["status"] == "resting"

    talk(conversation)


def test_a_market_closes_before_its_time():
    async def conversation(client: Client) -> None:
        ticker = (await first_market(client))["ticker"]
        resting = await rest(client, ticker)
        await arm(client, "close_market", market=ticker)
        _, refused = await client.order(ticker, "bid", "0.0100")
        _, order = await client.call("GET", f"/portfolio/orders/{resting}")

        assert await status_of(client, ticker) == "closed"
        assert refused["error"]["code"] == "market_inactive"
        assert order["order"]["status"] == "canceled"

    talk(conversation)


@pytest.mark.parametrize(
    ("terms", "result", "worth"),
    [
        ({"result": "yes"}, "yes", "2.0000"),
        ({"result": "no"}, "no", "0.0000"),
        ({"result": "scalar"}, "scalar", "1.0000"),
        ({"value": "0.2500"}, "scalar", "0.5000"),
    ],
)
def test_a_market_settles_and_pays_who_holds_it(terms, result, worth):
    async def conversation(client: Client) -> None:
        ticker = (await first_market(client))["ticker"]
        await client.order(ticker, "bid", "0.9900", time_in_force="immediate_or_cancel")
        _, before = await client.control("GET", "/ledger")
        assert before["positions"] == {ticker: "2.00"}
        async with client.listener() as listener:
            await listener.subscribe("market_lifecycle_v2")
            await arm(client, "settle_market", market=ticker, **terms)
            kinds = [(await listener.next())["msg"]["event_type"] for _ in range(3)]
        _, after = await client.control("GET", "/ledger")

        assert kinds == ["close_date_updated", "determined", "settled"]
        assert await status_of(client, ticker) == "finalized"
        assert after["positions"] == {}
        assert Decimal(after["cash"]) - Decimal(before["cash"]) == Decimal(worth)
        assert [settled["market_result"] for settled in after["settlements"]] == [result]

    talk(conversation)


def test_a_market_without_an_outcome_pays_its_last_price():
    async def conversation(client: Client) -> None:
        ticker = (await first_market(client))["ticker"]
        await client.order(ticker, "bid", "0.9900", time_in_force="immediate_or_cancel")
        await arm(client, "settle_market", market=ticker, result="void")
        _, ledger = await client.control("GET", "/ledger")
        last = Decimal(ledger["fills"][0]["yes_price_dollars"])

        _, body = await client.call("GET", f"/markets/{ticker}", signed=False)
        (settled,) = ledger["settlements"]
        assert Decimal(body["market"]["settlement_value_dollars"]) * 100 == settled["value"]
        assert settled["value"] == round(last * 100)

    talk(conversation)


def test_a_market_settles_by_itself_as_its_event_would_end():
    async def conversation(client: Client) -> None:
        ticker = (await first_market(client))["ticker"]
        async with client.listener() as listener:
            await listener.subscribe("market_lifecycle_v2")
            await arm(client, "settle_market", market=ticker)
            news = await listener.next()
            while news["msg"]["event_type"] != "determined":
                news = await listener.next()

            assert news["msg"]["result"] in ("yes", "no", "scalar")

    talk(conversation)


@pytest.mark.parametrize("kind", ["close_market", "settle_market"])
def test_a_market_that_is_not_listed_can_have_no_fault(kind):
    async def conversation(client: Client) -> None:
        status, body = await client.control("POST", "/faults", {"kind": kind, "market": "KXNONE"})

        assert (status, body["error"]["code"]) == (404, "market_not_found")
        assert (await client.control("GET", "/faults"))[1]["faults"] == []

    talk(conversation)
