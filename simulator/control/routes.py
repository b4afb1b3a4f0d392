"""The view and the levers that a test or a curious person has outside the protocol (loopback only)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final

import msgspec
from aiohttp import web

from simulator.engine.accounts.account import Account
from simulator.engine.matching.traded_market import TradedMarket
from simulator.exchange import Exchange
from simulator.surface.rest.access import CONTROL_PREFIX, EXCHANGE
from simulator.surface.rest.account_bodies import fill_body, order_body, settlement_body
from simulator.surface.rest.errors import Declined, json_answer
from simulator.surface.rest.market_bodies import Body
from simulator.surface.wire_text import rfc3339_ms
from trading.market import format_count_e2, format_money_e6

MOST_RATE: Final = 100_000  # deltas per second
SLOWEST, FASTEST = 0.001, 1_000_000  # schedule seconds per second

routes = web.RouteTableDef()


@routes.get(f"{CONTROL_PREFIX}/ledger")
async def ledger(request: web.Request) -> web.Response:
    """The venue's own truth about an account; the first member's without ``key_id``."""
    exchange = request.app[EXCHANGE]
    key_id = request.query.get("key_id") or next(iter(exchange.members))
    if key_id not in exchange.members:
        raise Declined("not_found", "no such key_id")
    return json_answer(ledger_body(exchange, exchange.members[key_id].account) | {"writes": exchange.writes})


def ledger_body(exchange: Exchange, account: Account) -> Body:
    traded = {ticker: holding for ticker, holding in account.holdings.items() if holding.volume_e2}
    return {
        "client_order_ids": account.received_client_order_ids,
        "order_requests": account.order_requests,
        "orders": [order_body(order) for order in account.orders.values()],
        "fills": [fill_body(fill) for fill in account.fills],
        "positions": {
            ticker: format_count_e2(holding.position_e2)
            for ticker, holding in traded.items()
            if holding.position_e2
        },
        "cash": format_money_e6(sum(account.cash_e6.values())),
        "reserved": format_money_e6(account.reserved_e6),
        "fees": format_money_e6(account.fees_e6),
        "realised": {ticker: format_money_e6(holding.realised_e6) for ticker, holding in traded.items()},
        "settlements": [settlement_body(settlement) for settlement in account.settlements],
        "books_hash": books_hash(exchange.world.markets.values()),
    }


def books_hash(markets: Iterable[TradedMarket]) -> str:
    """SHA-256 of the sorted lines ``ticker,side,price_e4,count_e2``."""
    lines = [
        f"{listed.ticker},{side},{price_e4},{count_e2}"
        for listed in markets
        for side, levels in (("yes", listed.book.yes_bids()), ("no", listed.book.no_bids()))
        for price_e4, count_e2 in levels
    ]
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


@routes.post(f"{CONTROL_PREFIX}/flow")
async def flow(request: web.Request) -> web.Response:
    """``{"rate": N}`` deltas a second from now on; 0 stops the order flow."""
    rate = await _number(request, "rate")
    if not 0 <= rate <= MOST_RATE:
        raise Declined("invalid_parameters", f"rate must be from 0 to {MOST_RATE}")
    request.app[EXCHANGE].rate = rate
    return json_answer({"rate": rate})


@routes.post(f"{CONTROL_PREFIX}/clock")
async def set_clock(request: web.Request) -> web.Response:
    """``{"speed": N}``: markets close, are determined and settle N times as fast; the wire's clock stays."""
    speed = await _number(request, "speed")
    if not SLOWEST <= speed <= FASTEST:
        raise Declined("invalid_parameters", f"speed must be from {SLOWEST} to {FASTEST}")
    exchange = request.app[EXCHANGE]
    exchange.compress(speed)
    return json_answer(_clock_body(exchange))


@routes.get(f"{CONTROL_PREFIX}/clock")
async def clock(request: web.Request) -> web.Response:
    return json_answer(_clock_body(request.app[EXCHANGE]))


def _clock_body(exchange: Exchange) -> Body:
    calendar, now_us = exchange.lifecycle.calendar, exchange.now_us()
    return {
        "speed": calendar.speed,
        "schedule_time": rfc3339_ms(calendar.at(now_us)),
        "wire_time": rfc3339_ms(now_us),
    }


async def _number(request: web.Request, name: str) -> float:
    try:
        asked = msgspec.json.decode(await request.read(), type=dict[str, float])
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Declined("bad_request", f'body must be {{"{name}": number}}') from None
    return asked.get(name, -1.0)
