"""REST: create, cancel and read orders (protocol 3.3)."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from simulator.account_bodies import canceled_body, created_body, order_body
from simulator.order_request import client_order_id_in, read_new_order
from simulator.orders import Order, Refusal
from simulator.paging import page, query_int, query_list
from simulator.rest_access import EXCHANGE, REST_PREFIX, member_of
from simulator.rest_errors import Refused, json_answer, refusal_answer

_STATUSES: Final = ("resting", "canceled", "executed")

routes = web.RouteTableDef()


@routes.post(f"{REST_PREFIX}/portfolio/events/orders")
async def create_order(request: web.Request) -> web.Response:
    exchange, account = request.app[EXCHANGE], member_of(request).account
    body = await request.read()
    account.order_requests += 1
    named = client_order_id_in(body)
    if named:
        account.received_client_order_ids[named] += 1
    new = read_new_order(body, unnamed=exchange.ids.client_order(account.order_requests))
    placed = exchange.engine.place(account, new, now_us=exchange.now_us())
    if isinstance(placed, Refusal):
        return refusal_answer(placed)
    return json_answer(created_body(placed), status=201)


@routes.delete(f"{REST_PREFIX}/portfolio/events/orders/{{order_id}}")
async def cancel_order(request: web.Request) -> web.Response:
    """Without a ticker or a shard the request goes to shard 0 (protocol 3.3)."""
    exchange, order = request.app[EXCHANGE], _own_order(request)
    market = order.market.market
    ticker, shard = request.query.get("market_ticker"), query_int(request, "exchange_index")
    routed_to = shard if shard not in (None, -1) else market.exchange_index if ticker else 0
    if routed_to != market.exchange_index or (ticker and ticker != market.ticker):
        raise Refused("not_found")
    if order.market.status_at(exchange.now_us()) != "active":
        raise Refused("market_inactive")
    if order.status != "resting":
        raise Refused("not_found")
    reduced_e2 = exchange.engine.cancel(order, now_us=exchange.now_us())
    return json_answer(canceled_body(order, reduced_e2))


@routes.delete(f"{REST_PREFIX}/portfolio/events/orders")
async def cancel_all_orders(request: web.Request) -> web.Response:
    exchange = request.app[EXCHANGE]
    exchange.engine.cancel_all(member_of(request).account, now_us=exchange.now_us())
    return web.Response(status=204)


@routes.get(f"{REST_PREFIX}/portfolio/orders")
async def orders(request: web.Request) -> web.Response:
    """Newest first."""
    status = request.query.get("status")
    if status and status not in _STATUSES:
        raise Refused("invalid_parameters", "unknown status")
    ticker, events = request.query.get("ticker"), set(query_list(request, "event_ticker"))
    first_s, last_s = query_int(request, "min_ts"), query_int(request, "max_ts")
    shard = query_int(request, "exchange_index")
    found = (
        order
        for order in reversed(member_of(request).account.orders.values())
        if (not status or order.status == status)
        and (not ticker or order.market.ticker == ticker)
        and (not events or order.market.market.event_ticker in events)
        and (first_s is None or order.created_us >= first_s * 1_000_000)
        and (last_s is None or order.created_us <= last_s * 1_000_000)
        and (shard in (None, order.market.market.exchange_index))
    )
    rows, cursor = page(request, found, lambda order: order.number)
    return json_answer({"orders": [order_body(order) for order in rows], "cursor": cursor})


@routes.get(f"{REST_PREFIX}/portfolio/orders/{{order_id}}")
async def order(request: web.Request) -> web.Response:
    return json_answer({"order": order_body(_own_order(request))})


def _own_order(request: web.Request) -> Order:
    found = member_of(request).account.orders.get(request.match_info["order_id"])
    if found is None:
        raise Refused("not_found")
    return found
