"""Protocol 6, rate limits: a test for each row of its tables."""

from __future__ import annotations

import pytest

from simulator.access.tokens import TIERS
from tests.simulator.protocol.desk import Desk, at_desk
from tests.simulator.protocol.test_section_3_5 import stop_refill

ORDERS = "/portfolio/events/orders"


def left(desk: Desk) -> tuple[float, float]:
    """Tokens that the client has for reads and for unscoped writes."""
    budget = desk.exchange.members[desk.client.key_id].budget
    return budget.read.tokens, budget.write[0].tokens


async def cost_of(desk: Desk, method: str, path: str, **kwargs) -> tuple[float, float]:
    stop_refill(desk)
    before = left(desk)
    await desk.call(method, path, **kwargs)
    after = left(desk)
    return before[0] - after[0], before[1] - after[1]


# --- the facts ---------------------------------------------------------------------------------------


@at_desk(tier="basic")
async def test_reads_and_writes_have_buckets_of_their_own(desk: Desk):
    stop_refill(desk)
    while (await desk.create())[0] == 201:
        pass

    assert (await desk.create())[0] == 429
    assert (await desk.call("GET", "/portfolio/orders"))[0] == 200


@at_desk(tier="basic")
async def test_only_signed_requests_cost_tokens(desk: Desk):
    assert await cost_of(desk, "GET", "/exchange/status", signed=False) == (0, 0)
    assert await cost_of(desk, "GET", "/exchange/status") == (10, 0)


@pytest.mark.parametrize(
    ("method", "path", "cost"),
    [
        ("POST", ORDERS, (0, 10)),
        ("POST", f"{ORDERS}/x/amend", (0, 10)),
        ("POST", f"{ORDERS}/x/decrease", (0, 10)),
        ("DELETE", f"{ORDERS}/x", (0, 2)),
        ("DELETE", ORDERS, (0, 2)),
        ("GET", "/portfolio/orders", (10, 0)),
        ("GET", "/portfolio/orders/x", (2, 0)),
        ("GET", "/portfolio/orders/x/queue_position", (10, 0)),
        ("GET", "/portfolio/balance", (10, 0)),
        ("POST", "/portfolio/order_groups/create", (0, 10)),
        ("PUT", "/portfolio/order_groups/x/reset", (0, 10)),
        ("DELETE", "/portfolio/order_groups/x", (0, 10)),
        ("GET", "/portfolio/order_groups", (10, 0)),
        ("PUT", "/portfolio/subaccounts/netting", (10, 0)),
        ("POST", "/portfolio/intra_exchange_instance_transfer", (10, 0)),
    ],
)
@at_desk(tier="basic")
async def test_a_request_costs_what_the_table_says(desk: Desk, method: str, path: str, cost: tuple):
    assert await cost_of(desk, method, path) == cost


@pytest.mark.parametrize(("method", "each"), [("POST", 10), ("DELETE", 2)])
@at_desk(tier="basic")
async def test_a_batch_costs_as_much_as_its_orders(desk: Desk, method: str, each: int):
    body = {"orders": [{}] * 4}

    assert await cost_of(desk, method, f"{ORDERS}/batched", body=body) == (0, 4 * each)


@at_desk(tier="basic")
async def test_the_whole_batch_must_fit_the_bucket_at_once(desk: Desk):
    stop_refill(desk)
    too_large, fits = ({"orders": [{}] * count} for count in (11, 10))

    assert (await desk.call("POST", f"{ORDERS}/batched", body=too_large))[0] == 429
    assert (await desk.call("POST", f"{ORDERS}/batched", body=fits))[0] == 201


@at_desk(tier="basic", shards=4)
async def test_a_batch_is_billed_to_the_unscoped_bucket(desk: Desk):
    stop_refill(desk)
    body = {"orders": [{"exchange_index": 2}] * 10}

    assert (await desk.call("POST", f"{ORDERS}/batched", body=body))[0] == 201
    assert (await desk.create(exchange_index=0))[0] == 429
    assert (await desk.create(exchange_index=2))[0] == 404  # paid for, and then not found there


@at_desk()
async def test_the_costs_that_differ_from_the_default_are_published(desk: Desk):
    _, body = await desk.call("GET", "/account/endpoint_costs", signed=False)
    costs = {
        (row["method"], row["path"].removeprefix("/trade-api/v2")): row["cost"]
        for row in body["endpoint_costs"]
    }

    assert body["default_cost"] == 10
    assert costs == {
        ("DELETE", f"{ORDERS}/{{order_id}}"): 2,
        ("DELETE", ORDERS): 2,
        ("DELETE", f"{ORDERS}/batched"): 2,
        ("GET", "/portfolio/orders/{order_id}"): 2,
    }


@at_desk(tier="basic")
async def test_a_refusal_is_429_with_a_string_and_without_headers_or_penalty(desk: Desk):
    stop_refill(desk)
    client, path = desk.client, "/portfolio/orders"
    while (await desk.call("GET", path))[0] == 200:
        pass
    headers = client.headers("GET", f"/trade-api/v2{path}")
    async with client.http.get(client.served.rest_url + path, headers=headers) as answer:
        assert (answer.status, await answer.json()) == (429, {"error": "too many requests"})
        assert not [name for name in answer.headers if "retry" in name.lower() or "rate" in name.lower()]
    before = left(desk)
    await desk.call("GET", path)

    assert left(desk) == before


# --- the tiers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tier", "read", "write"),
    [
        ("basic", 200, 100),
        ("advanced", 300, 300),
        ("expert", 600, 600),
        ("premier", 1_200, 1_200),
        ("paragon", 2_400, 2_400),
        ("prime", 4_800, 4_800),
        ("prestige", 12_000, 9_600),
    ],
)
def test_a_tier_refills_as_fast_as_the_table_says(tier: str, read: int, write: int):
    assert (TIERS[tier].read.refill_per_s, TIERS[tier].write.refill_per_s) == (read, write)


@pytest.mark.parametrize("tier", TIERS.values(), ids=TIERS)
def test_a_bucket_holds_one_or_three_seconds_of_refill(tier):
    read_s = 3 if tier.name in ("basic", "advanced") else 1
    write_s = 1 if tier.name in ("basic", "unlimited") else 3

    assert tier.read.capacity == tier.read.refill_per_s * read_s
    assert tier.write.capacity == tier.write.refill_per_s * write_s


@at_desk(tier="advanced")
async def test_the_limits_of_an_account_are_those_of_its_tier(desk: Desk):
    _, body = await desk.call("GET", "/account/limits")

    assert body["usage_tier"] == "advanced"
    assert body["read"] == {"refill_rate": 300, "bucket_capacity": 900}
    assert body["write"] == {"refill_rate": 300, "bucket_capacity": 900}


@at_desk(tier="basic")
async def test_basic_places_ten_orders_at_once(desk: Desk):
    stop_refill(desk)
    created = [await desk.create() for _ in range(11)]
    assert [status for status, _ in created].count(201) == 10


@at_desk(tier="basic")
async def test_basic_cancels_fifty_times_at_once(desk: Desk):
    stop_refill(desk)
    answers = [await desk.cancel("unknown") for _ in range(51)]

    assert [status for status, _ in answers] == [404] * 50 + [429]
