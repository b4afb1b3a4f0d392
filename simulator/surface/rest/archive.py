"""REST: the archive (protocol 3.1, 3.3); its candlesticks are in ``candlesticks``."""

from __future__ import annotations

from aiohttp import web

from simulator.surface.rest.access import EXCHANGE, REST_PREFIX, cut_of, member_of, sends_direction
from simulator.surface.rest.account_bodies import fill_body, order_body
from simulator.surface.rest.errors import Declined, json_answer
from simulator.surface.rest.historical import has_moved, split_fills, split_orders
from simulator.surface.rest.market_bodies import market_body
from simulator.surface.rest.markets import list_markets, list_trades
from simulator.surface.rest.order_reads import wanted_orders
from simulator.surface.rest.paging import page
from simulator.surface.rest.portfolio import list_positions, wanted_fills
from simulator.surface.wire_text import rfc3339_s

routes = web.RouteTableDef()


@routes.get(f"{REST_PREFIX}/historical/cutoff")
async def cutoff(request: web.Request) -> web.Response:
    """CHOICE: all records move at the same age."""
    names = (
        "market_settled_ts",
        "trades_created_ts",
        "orders_updated_ts",
        "market_positions_last_updated_ts",
    )
    return json_answer(dict.fromkeys(names, rfc3339_s(cut_of(request))))


@routes.get(f"{REST_PREFIX}/historical/markets")
async def markets(request: web.Request) -> web.Response:
    return list_markets(request, moved=True)


@routes.get(f"{REST_PREFIX}/historical/markets/{{ticker}}")
async def market(request: web.Request) -> web.Response:
    exchange = request.app[EXCHANGE]
    listed = exchange.world.markets.get(request.match_info["ticker"])
    if listed is None or not has_moved(listed, cut_of(request)):
        raise Declined("market_not_found")
    return json_answer({"market": market_body(listed, exchange.now_us())})


@routes.get(f"{REST_PREFIX}/historical/trades")
async def trades(request: web.Request) -> web.Response:
    return list_trades(request, moved=True)


@routes.get(f"{REST_PREFIX}/historical/orders")
async def orders(request: web.Request) -> web.Response:
    own = reversed(member_of(request).account.orders.values())
    moved = split_orders(wanted_orders(request, own), cut_of(request), moved=True)
    rows, cursor = page(request, moved, lambda order: order.number)
    return json_answer(
        {"orders": [order_body(o, with_direction=sends_direction(request)) for o in rows], "cursor": cursor}
    )


@routes.get(f"{REST_PREFIX}/historical/fills")
async def fills(request: web.Request) -> web.Response:
    own = reversed(member_of(request).account.fills)
    moved = split_fills(wanted_fills(request, own), cut_of(request), moved=True)
    rows, cursor = page(request, moved, lambda fill: fill.number)
    return json_answer(
        {"fills": [fill_body(f, with_direction=sends_direction(request)) for f in rows], "cursor": cursor}
    )


@routes.get(f"{REST_PREFIX}/historical/positions")
async def positions(request: web.Request) -> web.Response:
    return list_positions(request, moved=True)
