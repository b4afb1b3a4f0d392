from __future__ import annotations

import pytest

from tests.simulator.conversation import Client, first_market, talk


def test_another_grid_is_told_and_holds_for_what_comes_while_what_rests_stays():
    async def conversation(client: Client) -> None:
        ticker = (await first_market(client))["ticker"]
        assert (await client.order(ticker, "bid", "0.0150"))[0] == 201
        async with client.listener() as listener:
            await listener.subscribe("market_lifecycle_v2")
            change = {"market": ticker, "price_level_structure": "linear_cent"}
            status, body = await client.control("POST", "/markets", change)
            told = (await listener.next("market_lifecycle_v2"))["msg"]

        cents = [{"start": "0.0000", "end": "1.0000", "step": "0.0100"}]
        assert (status, body["market"]["price_ranges"], told["price_ranges"]) == (200, cents, cents)
        assert (told["event_type"], told["market_ticker"]) == ("price_level_structure_updated", ticker)
        assert (await client.order(ticker, "bid", "0.0150"))[0] == 400
        _, resting = await client.call("GET", "/portfolio/orders", query={"status": "resting"})
        assert [order["yes_price_dollars"] for order in resting["orders"]] == ["0.0150"]

    talk(conversation)


def test_the_order_flow_goes_on_on_another_grid():
    async def conversation(client: Client) -> None:
        _, body = await client.call("GET", "/markets", query={"limit": 1000})
        for market in body["markets"]:
            await client.control(
                "POST", "/markets", {"market": market["ticker"], "price_level_structure": "linear_cent"}
            )
        exchange, before = client.exchange, client.exchange.engine.deltas
        exchange.rate = 5_000.0
        for _ in range(200):
            exchange.step(now_us=exchange.now_us())

        assert exchange.engine.deltas > before + 1_000

    talk(conversation)


def test_another_name_is_told():
    async def conversation(client: Client) -> None:
        ticker = (await first_market(client))["ticker"]
        async with client.listener() as listener:
            await listener.subscribe("market_lifecycle_v2")
            await client.control("POST", "/markets", {"market": ticker, "yes_sub_title": "Snow"})
            told = (await listener.next("market_lifecycle_v2"))["msg"]

        assert (told["event_type"], told["yes_sub_title"]) == ("metadata_updated", "Snow")
        assert (await first_market(client))["yes_sub_title"] == "Snow"

    talk(conversation)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({}, 400),
        ({"market": "KXNONE"}, 404),
        ({"price_level_structure": "nickel"}, 400),
        ({"yes_sub_title": "x" * 201}, 400),
        ({"colour": "red"}, 400),
    ],
)
def test_a_nonsense_change_is_refused(change: dict, status: int):
    async def conversation(client: Client) -> None:
        market = {"market": (await first_market(client))["ticker"]} if change else {}
        assert (await client.control("POST", "/markets", market | change))[0] == status

    talk(conversation)


def test_a_closed_market_changes_no_more():
    async def conversation(client: Client) -> None:
        ticker = (await first_market(client))["ticker"]
        await client.control("POST", "/faults", {"kind": "close_market", "market": ticker})
        assert (await client.control("POST", "/markets", {"market": ticker, "yes_sub_title": "x"}))[0] == 400

    talk(conversation)
