"""Protocol 3.5, exchange shards: a test for each of its rules."""

from __future__ import annotations

import pytest

from simulator.engine.matching.traded_market import TradedMarket
from tests.simulator.protocol.desk import Desk, at_desk

SHARDS = 4
CRYPTO = 2
ORDERS = "/portfolio/events/orders"


def error_of(answer) -> tuple[int, str]:
    status, body = answer
    return status, body["error"]["code"]


def crypto_market(desk: Desk) -> TradedMarket:
    markets = desk.exchange.world.markets.values()
    return next(listed for listed in markets if listed.market.exchange_index == CRYPTO)


async def rest_on_crypto(desk: Desk, **terms) -> dict:
    market = crypto_market(desk)
    status, body = await desk.client.order(market.ticker, "bid", "0.0100", **terms)
    assert status == 201, body
    return body


@at_desk(shards=SHARDS)
async def test_markets_name_their_shard(desk: Desk):
    ticker = crypto_market(desk).ticker
    _, body = await desk.call("GET", f"/markets/{ticker}")

    assert body["market"]["exchange_index"] == CRYPTO


@at_desk(shards=SHARDS)
async def test_the_exchange_status_names_every_shard(desk: Desk):
    _, body = await desk.call("GET", "/exchange/status")

    assert [row["exchange_index"] for row in body["exchange_index_statuses"]] == list(range(SHARDS))


@at_desk(shards=SHARDS)
async def test_collateral_is_kept_on_each_shard(desk: Desk):
    await rest_on_crypto(desk, count="100.00")
    _, body = await desk.call("GET", "/portfolio/balance")
    _, crypto = await desk.call("GET", "/portfolio/balance", query={"exchange_index": CRYPTO})

    by_shard = {row["exchange_index"]: row["balance"] for row in body["balance_breakdown"]}
    assert by_shard == {0: "250.0000", 1: "250.0000", 2: "248.9307", 3: "250.0000"}
    assert (body["balance_dollars"], crypto["balance_dollars"]) == ("998.9307", "248.9307")


@at_desk(shards=3)
async def test_cash_is_spread_in_whole_cents(desk: Desk):
    _, body = await desk.call("GET", "/portfolio/balance")

    parts = [row["balance"] for row in body["balance_breakdown"]]
    assert parts == ["333.3400", "333.3300", "333.3300"]


async def transfer(desk: Desk, amount: int, **terms):
    body = {
        "source": "event_contract",
        "destination": "event_contract",
        "amount": amount,  # hundredths of a cent
        "destination_exchange_shard": CRYPTO,
    }
    return await desk.call("POST", "/portfolio/intra_exchange_instance_transfer", body=body | terms)


@at_desk(shards=SHARDS)
async def test_cash_is_moved_from_shard_to_shard_once_for_each_client_id(desk: Desk):
    name = {"client_transfer_id": "7d0e6a3e-6c0c-4a1d-9a54-0f5f6f0f2b11"}
    first, again = [await transfer(desk, 1_000_000, **name) for _ in range(2)]
    _, body = await desk.call("GET", "/portfolio/subaccounts/balances")
    _, listed = await desk.call("GET", "/portfolio/intra_exchange_instance_transfers")
    path = f"/portfolio/intra_exchange_instance_transfers/{first[1]['transfer_id']}"

    assert first == again
    assert {row["exchange_index"]: row["balance"] for row in body["subaccount_balances"]} == {
        0: "150.0000",
        1: "250.0000",
        CRYPTO: "350.0000",
        3: "250.0000",
    }
    (made,) = listed["transfers"]
    assert (made["amount"], made["destination_exchange_shard"], made["status"]) == ("100.0000", 2, "complete")
    assert (await desk.call("GET", path))[1]["transfer"] == made


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"amount": 2_500_001}, "insufficient_balance"),
        ({"amount": 0}, "invalid_parameters"),
        ({"amount": 1, "destination_exchange_shard": 0}, "invalid_parameters"),
        ({"amount": 1, "destination_exchange_shard": SHARDS}, "invalid_parameters"),
        ({"amount": 1, "destination": "margined"}, "invalid_parameters"),
        ({"amount": 1, "source_subaccount": 1}, "invalid_parameters"),
        ({"amount": 1, "source": None}, "missing_parameters"),
    ],
)
@at_desk(shards=SHARDS)
async def test_a_transfer_that_cannot_be_is_refused_and_moves_nothing(desk: Desk, terms: dict, code: str):
    assert error_of(await transfer(desk, **terms)) == (400, code)
    _, body = await desk.call("GET", "/portfolio/subaccounts/balances")
    assert {row["balance"] for row in body["subaccount_balances"]} == {"250.0000"}


@at_desk(shards=SHARDS)
async def test_an_order_needs_balance_on_the_shard_of_its_market(desk: Desk):
    market = crypto_market(desk)
    answer = await desk.client.order(market.ticker, "bid", "0.0100", count="30000.00")  # $300 of $250

    assert error_of(answer) == (400, "insufficient_balance")


@at_desk(shards=SHARDS)
async def test_orders_are_routed_by_ticker_unless_they_name_a_shard(desk: Desk):
    for index in (None, -1, CRYPTO):
        await rest_on_crypto(desk, exchange_index=index)
    answer = await desk.client.order(crypto_market(desk).ticker, "bid", "0.0100", exchange_index=0)

    assert error_of(answer) == (404, "market_not_found")


@at_desk(shards=SHARDS)
async def test_a_cancel_without_market_ticker_goes_to_shard_0_only(desk: Desk):
    path = f"{ORDERS}/{(await rest_on_crypto(desk))['order_id']}"
    ticker = crypto_market(desk).ticker

    assert error_of(await desk.call("DELETE", path)) == (404, "not_found")
    for query in ({"exchange_index": 0}, {"exchange_index": 3, "market_ticker": ticker}):
        assert error_of(await desk.call("DELETE", path, query=query)) == (404, "not_found")
    assert (await desk.call("DELETE", path, query={"market_ticker": ticker}))[0] == 200


@at_desk(shards=SHARDS)
async def test_a_cancel_with_the_shard_or_minus_one_needs_no_ticker(desk: Desk):
    for index in (CRYPTO, -1):
        path = f"{ORDERS}/{(await rest_on_crypto(desk))['order_id']}"
        assert (await desk.call("DELETE", path, query={"exchange_index": index}))[0] == 200


@at_desk(shards=SHARDS)
async def test_a_decrease_is_routed_like_a_cancel(desk: Desk):
    path = f"{ORDERS}/{(await rest_on_crypto(desk))['order_id']}/decrease"
    ticker = crypto_market(desk).ticker

    assert error_of(await desk.call("POST", path, body={"reduce_by": "1.00"})) == (404, "not_found")
    for route in ({"market_ticker": ticker}, {"exchange_index": CRYPTO}):
        body = {"reduce_by": "0.50"} | route
        assert (await desk.call("POST", path, body=body))[0] == 200


@at_desk(shards=SHARDS)
async def test_an_amend_is_routed_by_its_ticker(desk: Desk):
    path = f"{ORDERS}/{(await rest_on_crypto(desk))['order_id']}/amend"
    change = {"ticker": crypto_market(desk).ticker, "side": "bid", "price": "0.0200", "count": "2.00"}

    assert error_of(await desk.call("POST", path, body=change | {"exchange_index": 0}))[0] == 404
    assert (await desk.call("POST", path, body=change))[0] == 200


@at_desk(shards=SHARDS)
async def test_cancel_all_reaches_every_shard(desk: Desk):
    created = [await rest_on_crypto(desk), await desk.rest()]
    await desk.call("DELETE", ORDERS)

    assert [(await desk.order(row["order_id"]))["status"] for row in created] == ["canceled"] * 2


@at_desk(shards=SHARDS)
async def test_an_order_group_does_not_cross_shards(desk: Desk):
    body = {"contracts_limit": 5}
    _, group = await desk.call("POST", "/portfolio/order_groups/create", body=body)
    answer = await desk.client.order(
        crypto_market(desk).ticker, "bid", "0.0100", order_group_id=group["order_group_id"]
    )
    assert error_of(answer) == (400, "invalid_order")

    body = {"contracts_limit": 5, "exchange_index": CRYPTO}
    _, group = await desk.call("POST", "/portfolio/order_groups/create", body=body)
    await rest_on_crypto(desk, order_group_id=group["order_group_id"])
    path = f"/portfolio/order_groups/{group['order_group_id']}"
    assert error_of(await desk.call("GET", path)) == (404, "not_found")
    assert (await desk.call("GET", path, query={"exchange_index": CRYPTO}))[0] == 200


async def accepted(desk: Desk, ticker: str, orders: int, **terms) -> int:
    """The number of some creates that the buckets paid for."""
    answers = [await desk.client.order(ticker, "bid", "0.0100", **terms) for _ in range(orders)]
    return [status for status, _ in answers].count(201)


@at_desk(tier="basic", shards=SHARDS)
async def test_an_order_that_names_its_shard_is_billed_there_alone(desk: Desk):
    stop_refill(desk)
    ticker = crypto_market(desk).ticker

    assert await accepted(desk, ticker, 12, exchange_index=CRYPTO) == 10
    assert await accepted(desk, desk.ticker, 12, exchange_index=0) == 10


@at_desk(tier="basic", shards=SHARDS)
async def test_an_order_routed_by_ticker_is_billed_on_every_shard(desk: Desk):
    stop_refill(desk)

    assert await accepted(desk, desk.ticker, 12) == 10
    assert await accepted(desk, crypto_market(desk).ticker, 2, exchange_index=CRYPTO) == 0


def stop_refill(desk: Desk) -> None:
    """Let the client live off what its buckets hold."""
    budget = desk.exchange.members[desk.client.key_id].budget
    for bucket in (budget.read, *budget.write.values()):
        bucket.limit = bucket.limit._replace(refill_per_s=0)
