"""REST: the exchange's state and an account's limits (protocol 3.1)."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from simulator.access.tokens import DEFAULT_COST, ENDPOINT_COSTS, Limit
from simulator.engine.calendar.trading_hours import PAUSED_HOURS, PAUSED_WEEKDAY
from simulator.engine.catalogue.world import SHARD
from simulator.exchange import Exchange
from simulator.surface.rest.access import EXCHANGE, REST_PREFIX, member_of
from simulator.surface.rest.errors import json_answer
from simulator.surface.rest.market_bodies import Body
from simulator.surface.wire_text import rfc3339_s, rfc3339_us

_SHARD_NAMES: Final = {SHARD: "default", 1: "combos", 2: "crypto", 3: "sports"}
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_YEAR_US: Final = 365 * 86_400 * 1_000_000

routes = web.RouteTableDef()


@routes.get(f"{REST_PREFIX}/exchange/status")
async def exchange_status(request: web.Request) -> web.Response:
    """CHOICE: with 503 while the whole exchange is paused, with 200 while only trading is."""
    exchange = request.app[EXCHANGE]
    return json_answer(status_body(exchange), status=200 if exchange.hours.exchange_active else 503)


def status_body(exchange: Exchange) -> Body:
    hours = exchange.hours
    state: Body = {
        "exchange_active": hours.exchange_active,
        "trading_active": hours.trading_active,
        "intra_exchange_transfers_active": hours.exchange_active,
    }
    shards = [
        {
            "exchange_index": index,
            "description": _SHARD_NAMES.get(index, f"shard {index}"),
            "exchange_active": hours.is_active(index),
            "trading_active": hours.trades(index),
            "intra_exchange_transfers_active": hours.is_active(index),
        }
        for index in range(exchange.world.shards)
    ]
    resumes: Body = {}
    if hours.resumes_us is not None:
        resumes["exchange_estimated_resume_time"] = rfc3339_s(hours.resumes_us)
    return state | resumes | {"exchange_index_statuses": shards}


@routes.get(f"{REST_PREFIX}/exchange/schedule")
async def exchange_schedule(request: web.Request) -> web.Response:
    """Open day and night, save for pauses asked for and the weekly one if it is chosen."""
    exchange = request.app[EXCHANGE]
    at_us, hours = exchange.now_us(), exchange.hours
    days = {name: [{"open_time": "00:00", "close_time": "23:59"}] for name in _DAYS}
    if exchange.choices.weekly_pause:
        first, last = (f"{hour:02}:00" for hour in PAUSED_HOURS)
        days[_DAYS[PAUSED_WEEKDAY]] = [
            {"open_time": "00:00", "close_time": first},
            {"open_time": last, "close_time": "23:59"},
        ]
    week = {"start_time": rfc3339_s(at_us - _YEAR_US), "end_time": rfc3339_s(at_us + _YEAR_US)}
    windows = []
    if hours.resumes_us is not None:
        windows.append({"start_datetime": rfc3339_s(at_us), "end_datetime": rfc3339_s(hours.resumes_us)})
    schedule = {"standard_hours": [week | days], "maintenance_windows": windows}
    return json_answer({"schedule": schedule})


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
