"""Changes a REST answer when a fault is armed.

A fault strikes after the request has had its effect, so that the client does not know of it; with
``"phase": "before"`` the effect never happens, or happens late.
"""

from __future__ import annotations

import asyncio
from typing import Final

import msgspec
from aiohttp import web

from simulator.access.signatures import KEY_HEADER
from simulator.engine.matching.orders import Refusal
from simulator.faults.faults import ANSWER_KINDS, Fault, Faults
from simulator.surface.connection_limits import read_in_time
from simulator.surface.rest.access import EXCHANGE, REST_PREFIX, WS_PATH, Handler
from simulator.surface.rest.errors import json_answer, refusal_answer, too_many_requests
from simulator.surface.rest.order_request import client_order_id_in

FAULTS: Final = web.AppKey("faults", Faults)

_ORDERS: Final = "/portfolio/events/orders"
_ORDER: Final = f"{_ORDERS}/{{order_id}}"
ENDPOINTS: Final = {  # what ``where`` may say, beside "[METHOD ]/path"
    "create": f"POST {_ORDERS}",
    "cancel": f"DELETE {_ORDER}",
    "amend": f"POST {_ORDER}/amend",
    "decrease": f"POST {_ORDER}/decrease",
    "batch_create": f"POST {_ORDERS}/batched",
    "batch_cancel": f"DELETE {_ORDERS}/batched",
    "cancel_all": f"DELETE {_ORDERS}",
}
GROUPS: Final = ("", "reads", "writes")
_DEFAULT_GROUP: Final = {"lost_response": "writes", "late_ack": "writes", "reject_orders": "create"}
_ALWAYS_BEFORE: Final = ("error_429", "reject_orders")
# What is refused where the request is admitted.
_UNREADABLE: Final = (web.RequestPayloadError, web.HTTPRequestEntityTooLarge, TimeoutError, ConnectionError)


@web.middleware
async def tamper(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let one request go wrong, or as it should."""
    faults = request.app[FAULTS]
    if not faults.armed:
        return await handler(request)
    if request.path == WS_PATH and faults.find(("drop_ws",), _keeps_out) is not None:
        return _server_error(503)
    fault = await _find(request) if request.path.startswith(REST_PREFIX) else None
    if fault is None:
        return await handler(request)
    faults.strike(fault)
    return await _go_wrong(request, handler, fault)


def _keeps_out(fault: Fault) -> bool:
    """Connections are cut while this lasts, so none may be opened."""
    return fault.is_of_connections and fault.lines is None


async def _find(request: web.Request) -> Fault | None:
    faults = request.app[FAULTS]
    if not faults.has_any(ANSWER_KINDS):
        return None
    tickers = await _tickers_of(request)
    return faults.find(
        ANSWER_KINDS,
        lambda fault: (
            is_meant(fault.where or _DEFAULT_GROUP.get(fault.kind, ""), request)
            and (not fault.market or fault.market in tickers)
        ),
    )


def is_meant(where: str, request: web.Request) -> bool:
    if where in GROUPS:
        return not where or (where == "reads") == (request.method == "GET")
    resource = request.match_info.route.resource
    route = "" if resource is None else resource.canonical.removeprefix(REST_PREFIX)
    if where in ENDPOINTS:
        return ENDPOINTS[where] == f"{request.method} {route}"
    method, _, path = where.rpartition(" ")
    return method in ("", request.method) and route.startswith(path.removeprefix(REST_PREFIX))


async def _tickers_of(request: web.Request) -> set[str]:
    """The markets a request names in its path, query or body."""
    named = {request.match_info.get("ticker", "")}
    for key in ("ticker", "market_ticker", "tickers", "market_tickers"):
        named.update(item for text in request.query.getall(key, []) for item in text.split(","))
    try:
        body = msgspec.json.decode(await read_in_time(request))
    except (*_UNREADABLE, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return named
    if isinstance(body, dict):
        named.update(str(body[key]) for key in ("ticker", "market_ticker") if key in body)
    return named


async def _go_wrong(request: web.Request, handler: Handler, fault: Fault) -> web.StreamResponse:
    is_before = fault.is_before or fault.kind in _ALWAYS_BEFORE
    if fault.kind in ("slow_response", "late_ack"):
        return await _late(request, handler, fault)
    if is_before:
        await _note_order(request, fault)
        answer: web.StreamResponse = web.Response()
    else:
        answer = await handler(request)
    if fault.kind == "error_429":
        return too_many_requests()
    if fault.kind == "reject_orders":
        return refusal_answer(Refusal(fault.code, "rejected by a fault"))
    if fault.kind == "error_5xx":
        return _server_error(fault.status)
    if fault.kind == "truncated_body" and isinstance(answer, web.Response) and not is_before:
        return await _cut_short(request, answer)
    if request.transport is not None:
        request.transport.abort()
    return answer


async def _late(request: web.Request, handler: Handler, fault: Fault) -> web.StreamResponse:
    if fault.is_before:
        await asyncio.sleep(fault.delay_ms / 1000)
        return await handler(request)
    answer = await handler(request)
    await asyncio.sleep(fault.delay_ms / 1000)
    return answer


async def _note_order(request: web.Request, fault: Fault) -> None:
    """The venue had the request in its hands, though it did nothing about it."""
    member = request.app[EXCHANGE].members.get(request.headers.get(KEY_HEADER, ""))
    if member is None or fault.kind == "error_429" or not is_meant("create", request):
        return
    member.account.order_requests += 1
    try:
        named = client_order_id_in(await read_in_time(request))
    except _UNREADABLE:
        return
    if named:
        member.account.received_client_order_ids[named] += 1


def _server_error(status: int) -> web.Response:
    """The exchange itself speaks JSON; the gateway before it does not."""
    if status in (502, 504):
        text = f"<html><body><h1>{status}</h1></body></html>"
        return web.Response(text=text, status=status, content_type="text/html")
    code = "service_unavailable" if status == 503 else "internal_server_error"
    error = {"code": code, "message": code.replace("_", " ")}
    return json_answer({"error": error}, status=status)


async def _cut_short(request: web.Request, whole: web.Response) -> web.StreamResponse:
    """Half of the body that the header promised, then the end of the connection."""
    body = whole.body if isinstance(whole.body, bytes) else b""
    cut = web.StreamResponse(status=whole.status, headers={"Content-Type": "application/json"})
    cut.content_length = len(body)
    await cut.prepare(request)
    await cut.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return cut
