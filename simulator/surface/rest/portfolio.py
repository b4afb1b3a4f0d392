"""REST: balance, positions, fills and settlements (protocol 3.4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from aiohttp import web

from simulator.engine.accounts.account import Account
from simulator.engine.accounts.holding import Holding
from simulator.engine.matching.trades import Fill
from simulator.exchange import Exchange
from simulator.surface.rest.access import EXCHANGE, REST_PREFIX, cut_of, member_of, sends_direction
from simulator.surface.rest.account_bodies import (
    balance_body,
    event_position_body,
    fill_body,
    position_body,
    settlement_body,
)
from simulator.surface.rest.errors import Declined, json_answer
from simulator.surface.rest.historical import position_has_moved, split_fills
from simulator.surface.rest.paging import asks_for_primary, page, query_int, query_list
from simulator.surface.rest.request_body import require_primary

MOST_TICKERS: Final = 100  # of one query of fills
_COUNT_FILTERS: Final = ("position", "total_traded")
_SETTLEMENT_STATUSES: Final = ("all", "settled", "unsettled")

routes = web.RouteTableDef()


@routes.get(f"{REST_PREFIX}/portfolio/balance")
async def balance(request: web.Request) -> web.Response:
    exchange, shard = request.app[EXCHANGE], query_int(request, "exchange_index")
    require_primary(query_int(request, "subaccount"))
    body = balance_body(
        member_of(request).account,
        exchange.world.markets,
        shard,
        exchange.now_us(),
        at_last_price=exchange.choices.marks_at_last_price,
    )
    return json_answer(body)


@routes.get(f"{REST_PREFIX}/portfolio/positions")
async def positions(request: web.Request) -> web.Response:
    return list_positions(request, moved=False)


def list_positions(request: web.Request, *, moved: bool) -> web.Response:
    """Newest first: those traded first come last. Those still live or those in the archive.

    An event adds up all of its positions and comes once, on the page of the newest of them.
    """
    exchange, account, cut = request.app[EXCHANGE], member_of(request).account, cut_of(request)
    # Holdings are never removed, so their order of first trade numbers them.
    numbers = {ticker: number for number, ticker in enumerate(account.holdings, 1)}
    found = [
        ticker
        for ticker in wanted_positions(request, exchange, account, settlement="all" if moved else "")
        if position_has_moved(account, exchange.world.markets[ticker], cut) is moved
    ]
    rows, cursor = page(request, reversed(found), lambda ticker: numbers[ticker])
    markets = exchange.world.markets
    by_event: dict[str, list[str]] = {}  # newest first, as the rows
    for ticker in reversed(found):
        by_event.setdefault(markets[ticker].market.event_ticker, []).append(ticker)
    shown = set(rows)
    return json_answer(
        {
            "cursor": cursor,
            "market_positions": [position_body(markets[t], account.holdings[t]) for t in rows],
            "event_positions": [
                event_position_body(event, [account.holdings[ticker] for ticker in tickers])
                for event, tickers in by_event.items()
                if tickers[0] in shown
            ],
        }
    )


def wanted_positions(
    request: web.Request, exchange: Exchange, account: Account, *, settlement: str = ""
) -> list[str]:
    """Tickers of the positions that pass the filters, in the order of their first trade. Raises Refused.

    ``settlement`` stands above that of the query.
    """
    query, counts = request.query, query_list(request, "count_filter")
    settlement = settlement or query.get("settlement_status") or "unsettled"
    if settlement not in _SETTLEMENT_STATUSES or not all(word in _COUNT_FILTERS for word in counts):
        raise Declined("invalid_parameters", "unknown settlement_status or count_filter")
    ticker, event, shard = (
        query.get("ticker"),
        query.get("event_ticker"),
        query_int(request, "exchange_index"),
    )
    held = account.holdings if asks_for_primary(request) else {}

    def is_wanted(name: str) -> bool:
        holding, listed = account.holdings[name], exchange.world.markets.get(name)
        if listed is None or not holding.volume_e2:
            return False
        is_settled = listed.market.status == "finalized"
        return (
            settlement in ("all", "settled" if is_settled else "unsettled")
            and (not counts or _has_any(holding, counts))
            and (not ticker or name == ticker)
            and (not event or listed.market.event_ticker == event)
            and shard in (None, listed.market.exchange_index)
        )

    return [name for name in held if is_wanted(name)]


def _has_any(holding: Holding, counts: list[str]) -> bool:
    has = {"position": holding.position_e2 != 0, "total_traded": holding.traded_e6 != 0}
    return any(has[word] for word in counts)


@routes.get(f"{REST_PREFIX}/portfolio/fills")
async def fills(request: web.Request) -> web.Response:
    """Newest first."""
    own = wanted_fills(request, reversed(member_of(request).account.fills))
    found = split_fills(own, cut_of(request), moved=False)
    rows, cursor = page(request, found, lambda fill: fill.number)
    return json_answer(
        {"fills": [fill_body(f, with_direction=sends_direction(request)) for f in rows], "cursor": cursor}
    )


def wanted_fills(request: web.Request, fills: Iterable[Fill]) -> Iterator[Fill]:
    """The fills that pass the filters of the query; ``ticker`` may be a list. Raises Refused."""
    tickers, order_id = set(query_list(request, "ticker")), request.query.get("order_id")
    if len(tickers) > MOST_TICKERS:
        raise Declined("invalid_parameters", f"ticker takes at most {MOST_TICKERS} markets")
    first_s, last_s = query_int(request, "min_ts"), query_int(request, "max_ts")
    shard = query_int(request, "exchange_index")
    if not asks_for_primary(request):
        return iter(())
    return (
        fill
        for fill in fills
        if (not tickers or fill.order.market.ticker in tickers)
        and (not order_id or fill.order.order_id == order_id)
        and (first_s is None or fill.at_us >= first_s * 1_000_000)
        and (last_s is None or fill.at_us <= last_s * 1_000_000)
        and (shard in (None, fill.order.market.market.exchange_index))
    )


@routes.get(f"{REST_PREFIX}/portfolio/settlements")
async def settlements(request: web.Request) -> web.Response:
    """Newest first."""
    ticker, event = request.query.get("ticker"), request.query.get("event_ticker")
    first_s, last_s = query_int(request, "min_ts"), query_int(request, "max_ts")
    settled = member_of(request).account.settlements if asks_for_primary(request) else []
    found = (
        settlement
        for settlement in reversed(settled)
        if (not ticker or settlement.market.ticker == ticker)
        and (not event or settlement.market.market.event_ticker == event)
        and (first_s is None or settlement.at_us >= first_s * 1_000_000)
        and (last_s is None or settlement.at_us <= last_s * 1_000_000)
    )
    rows, cursor = page(request, found, lambda settlement: settlement.number)
    return json_answer({"settlements": [settlement_body(row) for row in rows], "cursor": cursor})
