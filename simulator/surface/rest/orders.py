"""REST: create, amend, decrease and cancel orders, one at a time or batched (protocol 3.3)."""

from __future__ import annotations

from aiohttp import web

from simulator.engine.accounts.account import Account
from simulator.engine.matching.orders import Order, Refusal
from simulator.exchange import Exchange
from simulator.surface.rest.access import EXCHANGE, REST_PREFIX, member_of, require_open
from simulator.surface.rest.account_bodies import amended_body, canceled_body, created_body, decreased_body
from simulator.surface.rest.errors import Declined, batch_error, json_answer
from simulator.surface.rest.market_bodies import Body
from simulator.surface.rest.order_request import (
    AMEND_TYPES,
    CANCEL_TYPES,
    CREATE_TYPES,
    DECREASE_TYPES,
    amendment_of,
    client_order_id_in,
    decrease_of,
    new_order_of,
)
from simulator.surface.rest.paging import query_int
from simulator.surface.rest.request_body import Fields, read_batch, read_fields, require_primary

ORDERS = f"{REST_PREFIX}/portfolio/events/orders"

routes = web.RouteTableDef()


@routes.post(ORDERS)
async def create_order(request: web.Request) -> web.Response:
    exchange, account = request.app[EXCHANGE], member_of(request).account
    body = await request.read()
    named = client_order_id_in(body)
    unnamed = _count_request(exchange, account, named)
    placed = _place(exchange, account, read_fields(body, CREATE_TYPES), unnamed=unnamed)
    return json_answer(created_body(placed), status=201)


@routes.post(f"{ORDERS}/batched")
async def create_orders(request: web.Request) -> web.Response:
    """Each order stands for itself: one that is refused does not stop the others."""
    exchange, account = request.app[EXCHANGE], member_of(request).account
    answers: list[Body] = []
    for fields in read_batch(await request.read(), CREATE_TYPES):
        named = fields.get("client_order_id", "")
        unnamed = _count_request(exchange, account, named)
        try:
            answers.append(created_body(_place(exchange, account, fields, unnamed=unnamed)))
        except Declined as refused:
            answers.append({"client_order_id": named or None} | batch_error(refused.refusal))
    return json_answer({"orders": answers}, status=201)


@routes.delete(f"{ORDERS}/batched")
async def cancel_orders(request: web.Request) -> web.Response:
    exchange, account = request.app[EXCHANGE], member_of(request).account
    answers: list[Body] = []
    for fields in read_batch(await request.read(), CANCEL_TYPES):
        order_id = fields.get("order_id", "")
        try:
            require_primary(fields.get("subaccount"))
            order = _routed(account, order_id, fields.get("market_ticker"), fields.get("exchange_index"))
            answers.append(_cancel(exchange, order))
        except Declined as refused:
            nothing = {"order_id": order_id, "reduced_by": "0.00"}
            answers.append(nothing | batch_error(refused.refusal))
    return json_answer({"orders": answers})


@routes.delete(f"{ORDERS}/{{order_id}}")
async def cancel_order(request: web.Request) -> web.Response:
    require_primary(query_int(request, "subaccount"))
    ticker, shard = request.query.get("market_ticker"), query_int(request, "exchange_index")
    order = _routed(member_of(request).account, request.match_info["order_id"], ticker, shard)
    return json_answer(_cancel(request.app[EXCHANGE], order))


@routes.delete(ORDERS)
async def cancel_all_orders(request: web.Request) -> web.Response:
    """Of all shards; only what rests now, though the venue may also catch what comes a moment later."""
    exchange = request.app[EXCHANGE]
    if query_int(request, "subaccount") in (None, 0):
        require_open(exchange, None, is_cancel=True)
        exchange.engine.cancel_all(member_of(request).account, now_us=exchange.now_us())
    return web.Response(status=204)


@routes.post(f"{ORDERS}/{{order_id}}/amend")
async def amend_order(request: web.Request) -> web.Response:
    exchange, account = request.app[EXCHANGE], member_of(request).account
    require_primary(query_int(request, "subaccount"))
    fields = read_fields(await request.read(), AMEND_TYPES)
    order_id, shard = request.match_info["order_id"], fields.get("exchange_index")
    order = _routed(account, order_id, None, -1 if shard is None else shard)
    change = amendment_of(fields, order)
    require_open(exchange, order.market.market.exchange_index)
    refusal = exchange.engine.amend(order, change, now_us=exchange.now_us())
    if refusal is not None:
        raise Declined(*refusal)
    return json_answer(amended_body(order))


@routes.post(f"{ORDERS}/{{order_id}}/decrease")
async def decrease_order(request: web.Request) -> web.Response:
    exchange, account = request.app[EXCHANGE], member_of(request).account
    require_primary(query_int(request, "subaccount"))
    fields = read_fields(await request.read(), DECREASE_TYPES)
    ticker, shard = fields.get("market_ticker"), fields.get("exchange_index")
    order = _routed(account, request.match_info["order_id"], ticker, shard)
    _must_rest(exchange, order)
    by_e2 = decrease_of(fields, order)
    if by_e2 == order.remaining_e2 and not exchange.choices.decrease_to_zero:
        raise Declined("invalid_order", "a decrease must leave some contracts")
    exchange.engine.decrease(order, by_e2, now_us=exchange.now_us())
    return json_answer(decreased_body(order))


def _count_request(exchange: Exchange, account: Account, named: str) -> str:
    """Note that a create arrived; returns the id that an unnamed order gets."""
    account.order_requests += 1
    if named:
        account.received_client_order_ids[named] += 1
    return exchange.ids.client_order(account.user_id, account.order_requests)


def _place(exchange: Exchange, account: Account, fields: Fields, *, unnamed: str) -> Order:
    new = new_order_of(fields, unnamed=unnamed)
    listed = exchange.world.markets.get(new.ticker)
    require_open(exchange, None if listed is None else listed.market.exchange_index)
    placed = exchange.engine.place(account, new, now_us=exchange.now_us())
    if isinstance(placed, Refusal):
        raise Declined(*placed)
    return placed


def _cancel(exchange: Exchange, order: Order) -> Body:
    _must_rest(exchange, order)
    return canceled_body(order, exchange.engine.cancel(order, now_us=exchange.now_us()))


def _routed(account: Account, order_id: str, ticker: str | None, shard: int | None) -> Order:
    """The account's order, if the request reaches it: a ticker or −1 routes to the order's shard;
    with neither that nor a shard the request goes to shard 0 (protocol 3.3). Raises Refused."""
    order = account.orders.get(order_id)
    if order is None:
        raise Declined("not_found")
    market = order.market.market
    if shard is None:
        shard = market.exchange_index if ticker else 0
    if shard not in (-1, market.exchange_index) or (ticker and ticker != market.ticker):
        raise Declined("not_found")
    return order


def _must_rest(exchange: Exchange, order: Order) -> None:
    """The condition of a cancel, and of a decrease, which is a cancel in part. Raises Refused."""
    require_open(exchange, order.market.market.exchange_index, is_cancel=True)
    if order.market.status_at(exchange.now_us()) not in ("active", "inactive"):
        raise Declined("market_inactive")
    if order.status != "resting":
        raise Declined("not_found")
