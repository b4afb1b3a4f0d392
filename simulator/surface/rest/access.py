"""Admits a request: its key, its signature, its budget (protocol 1.2, 6)."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from simulator.access.billing import bill_for_write
from simulator.access.control_admission import find_intruder
from simulator.access.signatures import KEY_HEADER, find_bad_signature, is_signed
from simulator.access.tokens import DEFAULT_COST, ENDPOINT_COSTS
from simulator.engine.matching.orders import Refusal
from simulator.exchange import Exchange
from simulator.member import Member
from simulator.surface.connection_limits import read_in_time
from simulator.surface.rest.errors import Declined, refusal_answer, too_many_requests
from simulator.surface.rest.historical import cut_us

EXCHANGE: Final = web.AppKey("exchange", Exchange)
REST_PREFIX: Final = "/trade-api/v2"
WS_PATH: Final = "/trade-api/ws/v2"
CONTROL_PREFIX: Final = "/control"
_PRIVATE: Final = (
    f"{REST_PREFIX}/portfolio",
    f"{REST_PREFIX}/account/limits",
    f"{REST_PREFIX}/api_keys",
    f"{REST_PREFIX}/historical/orders",
    f"{REST_PREFIX}/historical/fills",
    f"{REST_PREFIX}/historical/positions",
    WS_PATH,
)

_WRITES: Final = ("/portfolio/events/orders", "/portfolio/order_groups")  # all else reads (protocol 6)
_READING: Final = ("GET", "HEAD", "OPTIONS")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def count_writes(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Whatever becomes of it, a request that would change something has arrived."""
    if request.method not in _READING and not request.path.startswith(CONTROL_PREFIX):
        request.app[EXCHANGE].writes += 1
    return await handler(request)


@web.middleware
async def check_access(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Signature, then tokens, then the handler; every refusal in the venue's shape."""
    try:
        member = _admit(request)
        await _read_body(request)
        if member is not None and request.path != WS_PATH and not await _pay(request, member):
            return too_many_requests()
        return await handler(request)
    except Declined as refused:
        answer = refusal_answer(refused.refusal, request.app[EXCHANGE].choices)
        if refused.refusal.code == "request_timeout":
            answer.force_close()
        return answer
    except web.RequestPayloadError:  # it is not compressed as its header says
        answer = refusal_answer(Refusal("bad_request", "body cannot be read"))
        answer.force_close()  # where it ends nobody knows
        return answer
    except RecursionError:  # the JSON decoder's word for a body nested without end
        return refusal_answer(Refusal("bad_request", "body is nested too deeply"))
    except web.HTTPNotFound:
        return refusal_answer(Refusal("not_found"))
    except web.HTTPMethodNotAllowed as error:
        answer = refusal_answer(Refusal("method_not_allowed"))
        answer.headers["Allow"] = error.headers["Allow"]
        return answer
    except web.HTTPClientError as error:  # no upgrade to a WebSocket, or a body too large
        return refusal_answer(Refusal("bad_request", error.text or error.reason))


@web.middleware
async def write_down(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Keep the changes of a request before it is answered."""
    answer = await handler(request)
    if request.method != "GET":
        request.app[EXCHANGE].commit()
    return answer


def member_of(request: web.Request) -> Member:
    """The signer of a request on a private path, whose signature was checked on the way in."""
    return request.app[EXCHANGE].members[request.headers[KEY_HEADER]]


def require_open(exchange: Exchange, shard: int | None, *, is_cancel: bool = False) -> None:
    """No pause stands against it on this shard, or on any if it concerns all: cancels go through all but
    one that takes none. Raises Refused."""
    code = exchange.engine.hours.refusal(is_cancel=is_cancel, shard=shard)
    if code:
        raise Declined(code)


def sends_direction(request: web.Request) -> bool:
    """Whether the deprecated direction fields are still sent (protocol 11)."""
    return request.app[EXCHANGE].choices.sends_direction_fields


def cut_of(request: web.Request) -> int:
    """The time before which records are in the archive (protocol 3.1)."""
    exchange = request.app[EXCHANGE]
    return cut_us(exchange.choices, exchange.now_us())


def _admit(request: web.Request) -> Member | None:
    """None for a request that no member has signed and none has to. Raises Refused."""
    if not request.path.startswith(CONTROL_PREFIX):
        return _authenticate(request)
    intruder = find_intruder(request.headers)
    if intruder is not None:
        raise Declined(*intruder)
    return None


async def _read_body(request: web.Request) -> None:
    """Now, so that no handler waits for it. Raises Refused when it does not come."""
    if request.can_read_body:
        try:
            await read_in_time(request)
        except (TimeoutError, ConnectionError):
            raise Declined("request_timeout") from None


def _authenticate(request: web.Request) -> Member | None:
    """None for an unsigned request on a public path. Raises Refused."""
    exchange = request.app[EXCHANGE]
    if not is_signed(request.headers):
        if request.path.startswith(_PRIVATE):
            raise Declined("authentication_error", "MISSING_HEADERS")
        return None
    refusal = find_bad_signature(
        request.headers,
        exchange.public_keys,
        method=request.method,
        path=request.rel_url.raw_path,
        now_ms=exchange.now_us() // 1000,
        window_ms=exchange.choices.clock_window_s * 1000,
    )
    if refusal is not None:
        raise Declined(*refusal)
    member = member_of(request)
    if request.method != "GET" and not member.can_write:
        raise Declined("forbidden", "the key has no write scope")  # CHOICE: the code is not published
    return member


async def _pay(request: web.Request, member: Member) -> bool:
    resource = request.match_info.route.resource
    route = "" if resource is None else resource.canonical.removeprefix(REST_PREFIX)
    if request.method == "GET" or not route.startswith(_WRITES):
        return member.budget.take_read(
            ENDPOINT_COSTS.get((request.method, route), DEFAULT_COST), time.monotonic()
        )
    bill = await bill_for_write(request, route)
    return member.budget.take_write(bill.cost, time.monotonic(), shard=bill.shard)
