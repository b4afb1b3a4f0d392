"""REST: order groups (protocol 3.4)."""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from simulator.engine.matching.order_groups import LEAST_LIMIT_E2, MOST_LIMIT_E2, OrderGroup
from simulator.surface.rest.access import EXCHANGE, REST_PREFIX, member_of, require_open
from simulator.surface.rest.errors import Declined, json_answer
from simulator.surface.rest.paging import asks_for_primary, query_int
from simulator.surface.rest.request_body import Fields, read_fields, read_number, require_primary
from trading.market import format_count_e2, parse_count_e2

GROUPS: Final = f"{REST_PREFIX}/portfolio/order_groups"
_TYPES: Final[dict[str, type]] = {
    "contracts_limit": int,
    "contracts_limit_fp": str,
    "subaccount": int,
    "exchange_index": int,
}

routes = web.RouteTableDef()


@routes.get(GROUPS)
async def order_groups(request: web.Request) -> web.Response:
    """CHOICE: of all shards when none is named, so that no group stays unseen."""
    shard = query_int(request, "exchange_index")
    groups = member_of(request).account.groups.values() if asks_for_primary(request) else ()
    wanted = [group for group in groups if shard in (None, group.exchange_index)]
    return json_answer({"order_groups": [{"id": group.group_id} | _group_body(group) for group in wanted]})


@routes.post(f"{GROUPS}/create")
async def create_order_group(request: web.Request) -> web.Response:
    exchange, account = request.app[EXCHANGE], member_of(request).account
    fields = read_fields(await request.read(), _TYPES)
    require_primary(fields.get("subaccount"))
    shard = fields.get("exchange_index", 0)
    if shard not in account.cash_e6:
        raise Declined("invalid_parameters", "no such exchange_index")
    group = exchange.engine.create_group(
        account, limit_e2=_limit_e2(fields), exchange_index=shard, now_us=exchange.now_us()
    )
    body = {"order_group_id": group.group_id, "subaccount": 0, "exchange_index": group.exchange_index}
    return json_answer(body, status=201)


@routes.get(f"{GROUPS}/{{group_id}}")
async def order_group(request: web.Request) -> web.Response:
    group = _own_group(request)
    return json_answer(_group_body(group) | {"orders": list(group.resting)})


@routes.put(f"{GROUPS}/{{group_id}}/limit")
async def limit_order_group(request: web.Request) -> web.Response:
    exchange, group = request.app[EXCHANGE], _own_group(request)
    limit_e2 = _limit_e2(read_fields(await request.read(), _TYPES))
    require_open(exchange, group.exchange_index, is_cancel=True)  # it may trigger the group
    exchange.engine.limit_group(group, limit_e2, now_us=exchange.now_us())
    return json_answer({})


@routes.put(f"{GROUPS}/{{group_id}}/reset")
async def reset_order_group(request: web.Request) -> web.Response:
    exchange = request.app[EXCHANGE]
    exchange.engine.reset_group(_own_group(request), now_us=exchange.now_us())
    return json_answer({})


@routes.put(f"{GROUPS}/{{group_id}}/trigger")
async def trigger_order_group(request: web.Request) -> web.Response:
    exchange = request.app[EXCHANGE]
    group = _own_group(request)
    require_open(exchange, group.exchange_index, is_cancel=True)
    exchange.engine.trigger_group(group, now_us=exchange.now_us())
    return json_answer({})


@routes.delete(f"{GROUPS}/{{group_id}}")
async def delete_order_group(request: web.Request) -> web.Response:
    exchange = request.app[EXCHANGE]
    group = _own_group(request)
    require_open(exchange, group.exchange_index, is_cancel=True)
    exchange.engine.delete_group(group, now_us=exchange.now_us())
    return json_answer({})


def _own_group(request: web.Request) -> OrderGroup:
    """A group is found on its own shard only; a request that names none goes to shard 0."""
    group = member_of(request).account.groups.get(request.match_info["group_id"])
    shard = query_int(request, "exchange_index") or 0
    if group is None or group.exchange_index != shard or not asks_for_primary(request):
        raise Declined("not_found")
    return group


def _group_body(group: OrderGroup) -> dict[str, Any]:
    return {
        "contracts_limit_fp": format_count_e2(group.limit_e2),
        "is_auto_cancel_enabled": True,
        "exchange_index": group.exchange_index,
    }


def _limit_e2(fields: Fields) -> int:
    """Whole contracts, in either of two fields; both must agree. Raises Refused."""
    named = {fields["contracts_limit"] * 100} if "contracts_limit" in fields else set()
    if "contracts_limit_fp" in fields:
        named.add(read_number(parse_count_e2, fields["contracts_limit_fp"], "invalid_parameters"))
    if not named:
        raise Declined("missing_parameters", "contracts_limit is required")
    limit_e2 = named.pop()
    if named or limit_e2 % 100 or not LEAST_LIMIT_E2 <= limit_e2 <= MOST_LIMIT_E2:
        raise Declined("invalid_parameters", "contracts_limit must be a whole number from 1 to 1000000")
    return int(limit_e2)
