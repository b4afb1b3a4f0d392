"""REST: what became of an account's orders, and where they stand in the queue (protocol 3.3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from aiohttp import web

from simulator.engine.matching.orders import Order
from simulator.surface.rest.access import EXCHANGE, REST_PREFIX, cut_of, member_of, sends_direction
from simulator.surface.rest.account_bodies import order_body, queue_position_body
from simulator.surface.rest.errors import Declined, json_answer
from simulator.surface.rest.historical import order_has_moved, split_orders
from simulator.surface.rest.paging import asks_for_primary, page, query_int, query_list
from trading.market import format_count_e2

MOST_EVENTS: Final = 10
_STATUSES: Final = ("resting", "canceled", "executed")

routes = web.RouteTableDef()


@routes.get(f"{REST_PREFIX}/portfolio/orders")
async def orders(request: web.Request) -> web.Response:
    """Newest first."""
    own = wanted_orders(request, reversed(member_of(request).account.orders.values()))
    found = split_orders(own, cut_of(request), moved=False)
    rows, cursor = page(request, found, lambda order: order.number)
    return json_answer(
        {"orders": [order_body(o, with_direction=sends_direction(request)) for o in rows], "cursor": cursor}
    )


def wanted_orders(request: web.Request, orders: Iterable[Order]) -> Iterator[Order]:
    """The orders that pass the filters of the query; times are those of creation. Raises Refused."""
    status, events = request.query.get("status"), set(query_list(request, "event_ticker"))
    if status and status not in _STATUSES:
        raise Declined("invalid_parameters", "unknown status")
    if len(events) > MOST_EVENTS:
        raise Declined("invalid_parameters", f"event_ticker takes at most {MOST_EVENTS} events")
    ticker, shard = request.query.get("ticker"), query_int(request, "exchange_index")
    first_s, last_s = query_int(request, "min_ts"), query_int(request, "max_ts")
    if not asks_for_primary(request):
        return iter(())
    return (
        order
        for order in orders
        if (not status or order.status == status)
        and (not ticker or order.market.ticker == ticker)
        and (not events or order.market.market.event_ticker in events)
        and (first_s is None or order.created_us >= first_s * 1_000_000)
        and (last_s is None or order.created_us <= last_s * 1_000_000)
        and (shard in (None, order.market.market.exchange_index))
    )


@routes.get(f"{REST_PREFIX}/portfolio/orders/queue_positions")
async def queue_positions(request: web.Request) -> web.Response:
    """Of resting orders, oldest first; CHOICE: without a filter, of all of them."""
    tickers, event = set(query_list(request, "market_tickers")), request.query.get("event_ticker")
    resting = member_of(request).account.resting if asks_for_primary(request) else {}
    found = [
        order
        for ticker, orders in resting.items()
        if not tickers or ticker in tickers
        for order in orders.values()
        if not event or order.market.market.event_ticker == event
    ]
    found.sort(key=lambda order: order.number)
    engine = request.app[EXCHANGE].engine
    return json_answer(
        {"queue_positions": [queue_position_body(order, engine.ahead_e2(order)) for order in found]}
    )


@routes.get(f"{REST_PREFIX}/portfolio/orders/{{order_id}}")
async def order(request: web.Request) -> web.Response:
    return json_answer({"order": order_body(_own_order(request), with_direction=sends_direction(request))})


@routes.get(f"{REST_PREFIX}/portfolio/orders/{{order_id}}/queue_position")
async def queue_position(request: web.Request) -> web.Response:
    found = _own_order(request)
    if found.status != "resting":
        raise Declined("not_found", "the order does not rest")
    ahead_e2 = request.app[EXCHANGE].engine.ahead_e2(found)
    return json_answer({"queue_position_fp": format_count_e2(ahead_e2)})


def _own_order(request: web.Request) -> Order:
    found = member_of(request).account.orders.get(request.match_info["order_id"])
    if found is None or order_has_moved(found, cut_of(request)):
        raise Declined("not_found")
    return found
