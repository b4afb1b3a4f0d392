"""REST: the exchange's state and an account's limits (protocol 3.1)."""

from __future__ import annotations

from aiohttp import web

from simulator.rest_access import EXCHANGE, REST_PREFIX, member_of
from simulator.rest_errors import json_answer
from simulator.tokens import DEFAULT_COST, ENDPOINT_COSTS, Limit
from simulator.wire_text import rfc3339_s, rfc3339_us
from simulator.world import SHARD

routes = web.RouteTableDef()


@routes.get(f"{REST_PREFIX}/exchange/status")
async def exchange_status(_: web.Request) -> web.Response:
    state = {"exchange_active": True, "trading_active": True, "intra_exchange_transfers_active": True}
    shard = {"exchange_index": SHARD, "description": "default"} | state
    return json_answer(state | {"exchange_index_statuses": [shard]})


@routes.get(f"{REST_PREFIX}/exchange/user_data_timestamp")
async def user_data_timestamp(request: web.Request) -> web.Response:
    """Reads never lag the engine here."""
    return json_answer({"as_of_time": rfc3339_us(request.app[EXCHANGE].now_us())})


@routes.get(f"{REST_PREFIX}/account/limits")
async def account_limits(request: web.Request) -> web.Response:
    tier = member_of(request).tier
    return json_answer(
        {
            "usage_tier": tier.name,
            "read": _limit_body(tier.read),
            "write": _limit_body(tier.write),
            "grants": [],
        }
    )


def _limit_body(limit: Limit) -> dict[str, int]:
    return {"refill_rate": limit.refill_per_s, "bucket_capacity": limit.capacity}


@routes.get(f"{REST_PREFIX}/account/endpoint_costs")
async def endpoint_costs(_: web.Request) -> web.Response:
    costs = [
        {"method": method, "path": REST_PREFIX + path, "cost": cost}
        for (method, path), cost in ENDPOINT_COSTS.items()
    ]
    return json_answer({"default_cost": DEFAULT_COST, "endpoint_costs": costs})


@routes.get(f"{REST_PREFIX}/historical/cutoff")
async def historical_cutoff(_: web.Request) -> web.Response:
    """Nothing is ever archived, so the cut lies before everything."""
    names = (
        "market_settled_ts",
        "trades_created_ts",
        "orders_updated_ts",
        "market_positions_last_updated_ts",
    )
    return json_answer(dict.fromkeys(names, rfc3339_s(0)))
