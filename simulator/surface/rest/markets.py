"""REST: markets, books and trades (protocol 3.2)."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from simulator.engine.candlesticks import DayAgo
from simulator.engine.matching.traded_market import TradedMarket
from simulator.exchange import Exchange
from simulator.surface.rest.access import EXCHANGE, REST_PREFIX, cut_of
from simulator.surface.rest.errors import Declined, json_answer
from simulator.surface.rest.historical import has_moved
from simulator.surface.rest.market_bodies import book_body, market_body, trade_body
from simulator.surface.rest.market_filters import wanted_markets
from simulator.surface.rest.paging import page, query_flag, query_int, query_list, query_span

MOST_BOOKS: Final = 100
MOST_TICKER_LENGTH: Final = 200
MOST_DEPTH: Final = 100

routes = web.RouteTableDef()


@routes.get(f"{REST_PREFIX}/markets")
async def markets(request: web.Request) -> web.Response:
    return list_markets(request, moved=False)


def list_markets(request: web.Request, *, moved: bool) -> web.Response:
    """The markets still live or those in the archive."""
    exchange = request.app[EXCHANGE]
    at_us = exchange.now_us()
    cut = cut_of(request)
    found = (
        row
        for row in wanted_markets(request, exchange.world.markets.values(), at_us)
        if has_moved(row[1], cut) is moved
    )
    rows, cursor = page(request, found, lambda row: -row[0], least=0)
    bodies = [market_body(listed, at_us, _day_ago(exchange, listed, at_us)) for _, listed in rows]
    return json_answer({"markets": bodies, "cursor": cursor})


# Fixed paths before {ticker}: routes are tried in this order.
@routes.get(f"{REST_PREFIX}/markets/orderbooks")
async def orderbooks(request: web.Request) -> web.Response:
    tickers = query_list(request, "tickers")
    if not 1 <= len(tickers) <= MOST_BOOKS or max(map(len, tickers)) > MOST_TICKER_LENGTH:
        raise Declined("invalid_parameters", f"1 to {MOST_BOOKS} tickers of {MOST_TICKER_LENGTH} characters")
    best_first = request.app[EXCHANGE].choices.best_level_first
    books = [
        {
            "ticker": ticker,
            "orderbook_fp": book_body(live_market(request, ticker).book, best_first=best_first),
        }
        for ticker in tickers
    ]
    return json_answer({"orderbooks": books})


@routes.get(f"{REST_PREFIX}/markets/trades")
async def trades(request: web.Request) -> web.Response:
    return list_trades(request, moved=False)


def list_trades(request: web.Request, *, moved: bool) -> web.Response:
    """Newest first; a trade is archived by its time."""
    exchange, span = request.app[EXCHANGE], query_span(request)
    cut = cut_of(request)
    first_us = 0 if span.first_s is None else span.first_s * 1_000_000
    last_us = 2**62 if span.last_s is None else span.last_s * 1_000_000
    # There are no block trades here.
    found = (
        iter(())
        if query_flag(request, "is_block_trade")
        else exchange.engine.tape.newest_first(
            ticker=request.query.get("ticker") or None,
            first_us=first_us if moved else max(first_us, cut),
            last_us=min(last_us, cut - 1) if moved else last_us,
            before=query_int(request, "cursor"),
        )
    )
    rows, cursor = page(request, found, lambda trade: trade.number, least=0)
    directed = exchange.choices.sends_direction_fields
    bodies = [trade_body(trade, exchange.ids, with_direction=directed) for trade in rows]
    return json_answer({"trades": bodies, "cursor": cursor})


@routes.get(f"{REST_PREFIX}/markets/{{ticker}}")
async def market(request: web.Request) -> web.Response:
    exchange, listed = request.app[EXCHANGE], live_market(request, request.match_info["ticker"])
    at_us = exchange.now_us()
    return json_answer({"market": market_body(listed, at_us, _day_ago(exchange, listed, at_us))})


@routes.get(f"{REST_PREFIX}/markets/{{ticker}}/orderbook")
async def orderbook(request: web.Request) -> web.Response:
    listed, depth = live_market(request, request.match_info["ticker"]), query_int(request, "depth") or 0
    if depth > MOST_DEPTH:
        raise Declined("invalid_parameters", f"depth is at most {MOST_DEPTH}")
    best_first = request.app[EXCHANGE].choices.best_level_first
    return json_answer({"orderbook_fp": book_body(listed.book, depth=depth, best_first=best_first)})


def live_market(request: web.Request, ticker: str) -> TradedMarket:
    """A market that has not moved into the archive. Raises Refused."""
    listed = request.app[EXCHANGE].world.markets.get(ticker)
    if listed is None or has_moved(listed, cut_of(request)):
        raise Declined("market_not_found")
    return listed


def _day_ago(exchange: Exchange, listed: TradedMarket, at_us: int) -> DayAgo | None:
    return exchange.publisher.candlesticks.day_ago(listed.ticker, at_us // 1_000_000)
