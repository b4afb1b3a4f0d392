"""The cost of a request, and the buckets of the account that pay it (protocol 3.5, 6)."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import msgspec
from aiohttp import web

from simulator.access.tokens import CANCEL_BATCH, CREATE_BATCH, DEFAULT_COST, ENDPOINT_COSTS, UNSCOPED

_ORDERS: Final = "/portfolio/events/orders"
_CANCEL: Final = f"{_ORDERS}/{{order_id}}"
_ROUTED_BY_TICKER: Final = (_ORDERS, f"{_CANCEL}/amend")
_ROUTED_TO_SHARD_0: Final = (f"{_CANCEL}/decrease", "/portfolio/order_groups/create")
_DECODER: Final = msgspec.json.Decoder()


class Bill(NamedTuple):
    cost: int
    shard: int | None = UNSCOPED  # None = the bucket of every shard


async def bill_for_write(request: web.Request, route: str) -> Bill:
    """``route`` is the path's pattern below the REST prefix.

    A batch is billed for each of its orders and always unscoped; what names its shard is billed
    there; what is routed by its ticker may go to any shard and is billed to all.
    """
    endpoint = (request.method, route)
    cost = ENDPOINT_COSTS.get(endpoint, DEFAULT_COST)
    if endpoint in (CREATE_BATCH, CANCEL_BATCH):
        orders = (await _body(request)).get("orders")
        return Bill(cost * max(1, len(orders) if isinstance(orders, list) else 1))
    if request.method == "POST" and route in _ROUTED_BY_TICKER:
        return Bill(cost, _named_shard((await _body(request)).get("exchange_index"), is_routed=True))
    if request.method == "POST" and route in _ROUTED_TO_SHARD_0:
        body = await _body(request)
        return Bill(cost, _named_shard(body.get("exchange_index"), is_routed=bool(body.get("market_ticker"))))
    is_routed = route == _CANCEL and bool(request.query.get("market_ticker"))
    asked = request.query.get("exchange_index", "")
    return Bill(
        cost, _named_shard(int(asked) if asked.isdecimal() and len(asked) < 5 else None, is_routed=is_routed)
    )


def _named_shard(asked: object, *, is_routed: bool) -> int | None:
    if isinstance(asked, int) and asked >= 0:
        return asked
    return None if is_routed or asked == -1 else UNSCOPED


async def _body(request: web.Request) -> dict[str, Any]:
    """The handler reads it again; a body that is no object is for it to refuse."""
    try:
        body = _DECODER.decode(await request.read())
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return body if isinstance(body, dict) else {}
