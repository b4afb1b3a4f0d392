"""REST: series, events, markets, books and trades (protocol 3.2)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from aiohttp import web

from simulator.exchange import Exchange
from simulator.listing import Event, ListedMarket
from simulator.market_bodies import (
    Body,
    book_body,
    event_body,
    has_status,
    market_body,
    series_body,
    trade_body,
)
from simulator.paging import page, query_int, query_list
from simulator.rest_access import EXCHANGE, REST_PREFIX
from simulator.rest_errors import Refused, json_answer

MOST_BOOKS: Final = 100

routes = web.RouteTableDef()


@routes.get(f"{REST_PREFIX}/markets")
async def markets(request: web.Request) -> web.Response:
    exchange = request.app[EXCHANGE]
    at_us = exchange.now_us()
    found = _filtered(request, exchange, at_us)
    numbers = {listed.ticker: -number for number, listed in enumerate(exchange.world.markets.values(), 1)}
    rows, cursor = page(request, found, lambda listed: numbers[listed.ticker], least=0)
    return json_answer({"markets": [market_body(listed, at_us) for listed in rows], "cursor": cursor})


def _filtered(request: web.Request, exchange: Exchange, at_us: int) -> Iterable[ListedMarket]:
    query = request.query
    tickers, event, series = (
        set(query_list(request, "tickers")),
        query.get("event_ticker"),
        query.get("series_ticker"),
    )
    status, mve = query.get("status"), query.get("mve_filter")
    for listed in exchange.world.markets.values():
        if tickers and listed.ticker not in tickers:
            continue
        if event and listed.market.event_ticker != event:
            continue
        if series and listed.market.series_ticker != series:
            continue
        if mve == "only" or (status and not _has_status(listed, status, at_us)):
            continue
        yield listed


def _has_status(listed: ListedMarket, status: str, at_us: int) -> bool:
    try:
        return has_status(listed, status, at_us)
    except KeyError:
        raise Refused("invalid_parameters", "unknown status") from None


# Fixed paths before {ticker}: routes are tried in this order.
@routes.get(f"{REST_PREFIX}/markets/orderbooks")
async def orderbooks(request: web.Request) -> web.Response:
    tickers = query_list(request, "tickers")
    if not 1 <= len(tickers) <= MOST_BOOKS:
        raise Refused("invalid_parameters", f"1 to {MOST_BOOKS} tickers")
    found = [_market(request, ticker) for ticker in tickers]
    books = [{"ticker": listed.ticker, "orderbook_fp": book_body(listed.book)} for listed in found]
    return json_answer({"orderbooks": books})


@routes.get(f"{REST_PREFIX}/markets/trades")
async def trades(request: web.Request) -> web.Response:
    """Newest first."""
    exchange, ticker = request.app[EXCHANGE], request.query.get("ticker")
    first_s, last_s = query_int(request, "min_ts"), query_int(request, "max_ts")
    found = (
        trade
        for trade in reversed(exchange.engine.tape)
        if (not ticker or trade.market.ticker == ticker)
        and (first_s is None or trade.at_us >= first_s * 1_000_000)
        and (last_s is None or trade.at_us <= last_s * 1_000_000)
    )
    rows, cursor = page(request, found, lambda trade: trade.number, least=0)
    return json_answer({"trades": [trade_body(trade, exchange.ids) for trade in rows], "cursor": cursor})


@routes.get(f"{REST_PREFIX}/markets/{{ticker}}")
async def market(request: web.Request) -> web.Response:
    listed = _market(request, request.match_info["ticker"])
    return json_answer({"market": market_body(listed, request.app[EXCHANGE].now_us())})


@routes.get(f"{REST_PREFIX}/markets/{{ticker}}/orderbook")
async def orderbook(request: web.Request) -> web.Response:
    listed = _market(request, request.match_info["ticker"])
    return json_answer({"orderbook_fp": book_body(listed.book, depth=query_int(request, "depth") or 0)})


@routes.get(f"{REST_PREFIX}/events")
async def events(request: web.Request) -> web.Response:
    exchange = request.app[EXCHANGE]
    at_us = exchange.now_us()
    series, tickers = request.query.get("series_ticker"), set(query_list(request, "tickers"))
    numbers = {ticker: -number for number, ticker in enumerate(exchange.world.events, 1)}
    found = [
        event
        for event in exchange.world.events.values()
        if (not series or event.series.ticker == series)
        and (not tickers or event.ticker in tickers)
        and _event_has_status(exchange, event, request.query.get("status"), at_us)
    ]
    rows, cursor = page(request, found, lambda event: numbers[event.ticker], default=200, most=200)
    with_markets = request.query.get("with_nested_markets") == "true"
    bodies = [
        event_body(event) | ({"markets": _nested(exchange, event, at_us)} if with_markets else {})
        for event in rows
    ]
    return json_answer({"events": bodies, "cursor": cursor})


def _event_has_status(exchange: Exchange, event: Event, status: str | None, at_us: int) -> bool:
    listed = exchange.world.markets[event.market_tickers[0]]
    return not status or _has_status(listed, status, at_us)


def _nested(exchange: Exchange, event: Event, at_us: int) -> list[Body]:
    return [market_body(exchange.world.markets[ticker], at_us) for ticker in event.market_tickers]


@routes.get(f"{REST_PREFIX}/events/{{event_ticker}}")
async def event(request: web.Request) -> web.Response:
    exchange = request.app[EXCHANGE]
    found = exchange.world.events.get(request.match_info["event_ticker"])
    if found is None:
        raise Refused("not_found")
    nested = _nested(exchange, found, exchange.now_us())
    if request.query.get("with_nested_markets") == "true":
        return json_answer({"event": event_body(found) | {"markets": nested}})
    return json_answer({"event": event_body(found), "markets": nested})


@routes.get(f"{REST_PREFIX}/series")
async def all_series(request: web.Request) -> web.Response:
    category = request.query.get("category")
    found = request.app[EXCHANGE].world.series.values()
    bodies = [series_body(series) for series in found if not category or series.category == category]
    return json_answer({"series": bodies})


@routes.get(f"{REST_PREFIX}/series/{{series_ticker}}")
async def series(request: web.Request) -> web.Response:
    found = request.app[EXCHANGE].world.series.get(request.match_info["series_ticker"])
    if found is None:
        raise Refused("not_found")
    return json_answer({"series": series_body(found)})


def _market(request: web.Request, ticker: str) -> ListedMarket:
    listed = request.app[EXCHANGE].world.markets.get(ticker)
    if listed is None:
        raise Refused("market_not_found")
    return listed
