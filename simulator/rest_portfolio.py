"""REST: balance, positions, fills and settlements (protocol 3.4)."""

from __future__ import annotations

from collections import defaultdict

from aiohttp import web

from simulator.account import Account, Holding
from simulator.account_bodies import balance_body, event_position_body, fill_body, position_body
from simulator.exchange import Exchange
from simulator.paging import page, query_int, query_list
from simulator.rest_access import EXCHANGE, REST_PREFIX, member_of
from simulator.rest_errors import json_answer

routes = web.RouteTableDef()


@routes.get(f"{REST_PREFIX}/portfolio/balance")
async def balance(request: web.Request) -> web.Response:
    exchange, shard = request.app[EXCHANGE], query_int(request, "exchange_index")
    account, markets = member_of(request).account, exchange.world.markets
    return json_answer(balance_body(account, markets, shard, exchange.now_us()))


@routes.get(f"{REST_PREFIX}/portfolio/positions")
async def positions(request: web.Request) -> web.Response:
    exchange, account = request.app[EXCHANGE], member_of(request).account
    # Holdings are never removed, so their order of first trade numbers them.
    numbers = {ticker: -number for number, ticker in enumerate(account.holdings, 1)}
    found = [ticker for ticker in account.holdings if _is_wanted(request, exchange, account, ticker)]
    rows, cursor = page(request, found, lambda ticker: numbers[ticker])
    markets = exchange.world.markets
    by_event: defaultdict[str, list[Holding]] = defaultdict(list)
    for ticker in rows:
        by_event[markets[ticker].market.event_ticker].append(account.holdings[ticker])
    return json_answer(
        {
            "cursor": cursor,
            "market_positions": [position_body(markets[t], account.holdings[t]) for t in rows],
            "event_positions": [event_position_body(*item) for item in by_event.items()],
        }
    )


def _is_wanted(request: web.Request, exchange: Exchange, account: Account, ticker: str) -> bool:
    query, holding = request.query, account.holdings[ticker]
    market = exchange.world.markets[ticker].market
    wanted_counts = query_list(request, "count_filter")
    is_counted = (
        not wanted_counts
        or ("position" in wanted_counts and holding.position_e2 != 0)
        or ("total_traded" in wanted_counts and holding.traded_e6 != 0)
    )
    return (
        holding.volume_e2 > 0
        and is_counted
        and query.get("ticker") in (None, "", ticker)
        and query.get("event_ticker") in (None, "", market.event_ticker)
        and query_int(request, "exchange_index") in (None, market.exchange_index)
        and query.get("settlement_status") != "settled"
    )


@routes.get(f"{REST_PREFIX}/portfolio/fills")
async def fills(request: web.Request) -> web.Response:
    """Newest first."""
    ticker, order_id = request.query.get("ticker"), request.query.get("order_id")
    first_s, last_s = query_int(request, "min_ts"), query_int(request, "max_ts")
    shard = query_int(request, "exchange_index")
    found = (
        fill
        for fill in reversed(member_of(request).account.fills)
        if (not ticker or fill.order.market.ticker == ticker)
        and (not order_id or fill.order.order_id == order_id)
        and (first_s is None or fill.at_us >= first_s * 1_000_000)
        and (last_s is None or fill.at_us <= last_s * 1_000_000)
        and (shard in (None, fill.order.market.market.exchange_index))
    )
    rows, cursor = page(request, found, lambda fill: fill.number)
    return json_answer({"fills": [fill_body(fill) for fill in rows], "cursor": cursor})


@routes.get(f"{REST_PREFIX}/portfolio/settlements")
async def settlements(_: web.Request) -> web.Response:
    """Every market closes days after the start, and none has settled."""
    return json_answer({"settlements": [], "cursor": ""})
