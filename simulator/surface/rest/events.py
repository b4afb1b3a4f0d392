"""REST: series, events and their fee changes (protocol 3.2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from aiohttp import web

from simulator.engine.catalogue.listing import Event, Series
from simulator.engine.matching.traded_market import TradedMarket
from simulator.exchange import Exchange
from simulator.surface.rest.access import EXCHANGE, REST_PREFIX
from simulator.surface.rest.errors import Declined, json_answer
from simulator.surface.rest.fee_bodies import event_fee_change_body, series_fee_change_body
from simulator.surface.rest.historical import cut_us, has_moved
from simulator.surface.rest.market_bodies import SOURCES, Body, event_body, market_body, series_body
from simulator.surface.rest.market_filters import STATUSES
from simulator.surface.rest.paging import page, query_flag, query_int, query_list
from simulator.surface.wire_text import rfc3339_s
from trading.market import format_count_e2

_COLOUR: Final = "#808080"

routes = web.RouteTableDef()


@routes.get(f"{REST_PREFIX}/events")
async def events(request: web.Request) -> web.Response:
    """Oldest listing first, combos left out."""
    return _list_events(request, combos=False)


# Fixed paths before {event_ticker} and {series_ticker}: routes are tried in this order.
@routes.get(f"{REST_PREFIX}/events/multivariate")
async def multivariate_events(request: web.Request) -> web.Response:
    """The combos."""
    return _list_events(request, combos=True)


def _list_events(request: web.Request, *, combos: bool) -> web.Response:
    exchange = request.app[EXCHANGE]
    found = _wanted_events(request, exchange, combos=combos)
    rows, cursor = page(request, found, lambda row: -row[0], default=200, most=200)
    with_markets = query_flag(request, "with_nested_markets")
    bodies = [_event_body(exchange, event, with_markets=with_markets) for _, event in rows]
    milestones: Body = {"milestones": []} if query_flag(request, "with_milestones") else {}
    return json_answer({"events": bodies, "cursor": cursor} | milestones)


def _wanted_events(request: web.Request, exchange: Exchange, *, combos: bool) -> Iterator[tuple[int, Event]]:
    collection = request.query.get("collection_ticker")  # combos have one
    series, tickers = request.query.get("series_ticker"), set(query_list(request, "tickers"))
    status = request.query.get("status", "")
    closes_s, updated_s = query_int(request, "min_close_ts"), query_int(request, "min_updated_ts")
    if status and (status not in STATUSES or status == "paused"):
        raise Declined("invalid_parameters", "status must be one of unopened, open, closed, settled")

    def is_wanted(event: Event) -> bool:
        markets = _markets(exchange, event)
        return (
            markets[0].is_combo is combos
            and (not collection or markets[0].mve_collection_ticker == collection)
            and (not status or _status(markets, exchange.now_us()) == status)
            and (closes_s is None or any(m.market.close_us > closes_s * 1_000_000 for m in markets))
            and (updated_s is None or any(m.updated_us > updated_s * 1_000_000 for m in markets))
        )

    for number, event in enumerate(exchange.world.events.values(), 1):
        if series and event.series.ticker != series:
            continue
        if (not tickers or event.ticker in tickers) and is_wanted(event):
            yield number, event


def _markets(exchange: Exchange, event: Event) -> list[TradedMarket]:
    return [exchange.world.markets[ticker] for ticker in event.market_tickers]


def _status(markets: list[TradedMarket], now_us: int) -> str:
    """An event is as far as the market that is least far; a paused market counts as open."""
    statuses = {listed.status_at(now_us) for listed in markets}
    if statuses & {"active", "inactive"}:
        return "open"
    return next(word for word, found in STATUSES.items() if statuses & set(found))


def _event_body(exchange: Exchange, event: Event, *, with_markets: bool) -> Body:
    override = exchange.fee_changes.override_of(event.ticker)
    body = (
        event_body(event)
        if override is None
        else event_body(event, fee_type=override.fee_type, multiplier_e4=override.multiplier_e4)
    )
    updated_us = max(listed.updated_us for listed in _markets(exchange, event))
    body["last_updated_ts"] = rfc3339_s(updated_us)
    return body | ({"markets": _nested(exchange, event)} if with_markets else {})


def _nested(exchange: Exchange, event: Event) -> list[Body]:
    """Markets in the archive are not among them."""
    at_us = exchange.now_us()
    cut = cut_us(exchange.choices, at_us)
    return [market_body(m, at_us) for m in _markets(exchange, event) if not has_moved(m, cut)]


@routes.get(f"{REST_PREFIX}/events/fee_changes")
async def event_fee_changes(request: web.Request) -> web.Response:
    """The scheduled changes, soonest first."""
    pending = enumerate(request.app[EXCHANGE].fee_changes.pending_events(), 1)
    rows, cursor = page(request, pending, lambda row: -row[0])
    return json_answer(
        {"event_fee_changes": [event_fee_change_body(change) for _, change in rows], "cursor": cursor}
    )


@routes.get(f"{REST_PREFIX}/events/{{event_ticker}}")
async def event(request: web.Request) -> web.Response:
    exchange = request.app[EXCHANGE]
    found = exchange.world.events.get(request.match_info["event_ticker"])
    if found is None:
        raise Declined("not_found")
    body = _event_body(exchange, found, with_markets=False)
    markets = _nested(exchange, found)
    nested = {"markets": markets} if query_flag(request, "with_nested_markets") else {}
    return json_answer({"event": body | nested, "markets": markets})


@routes.get(f"{REST_PREFIX}/events/{{event_ticker}}/metadata")
async def event_metadata(request: web.Request) -> web.Response:
    """For a page about the event: nothing here has a picture, and every market the same colour."""
    found = request.app[EXCHANGE].world.events.get(request.match_info["event_ticker"])
    if found is None:
        raise Declined("not_found")
    details = [
        {"market_ticker": ticker, "image_url": "", "color_code": _COLOUR} for ticker in found.market_tickers
    ]
    return json_answer({"image_url": "", "market_details": details, "settlement_sources": SOURCES})


@routes.get(f"{REST_PREFIX}/series")
async def all_series(request: web.Request) -> web.Response:
    exchange = request.app[EXCHANGE]
    category, tags = request.query.get("category"), set(query_list(request, "tags"))
    updated_s = query_int(request, "min_updated_ts")
    found = [
        series
        for series in exchange.world.series.values()
        if (not category or series.category == category)
        and not tags  # no series has any
        and (updated_s is None or exchange.fee_changes.updated_us(series.ticker) > updated_s * 1_000_000)
    ]
    return json_answer({"series": [_series_body(request, series) for series in found]})


@routes.get(f"{REST_PREFIX}/series/fee_changes")
async def series_fee_changes(request: web.Request) -> web.Response:
    """The scheduled changes; with ``show_historical`` those in force as well."""
    changes = request.app[EXCHANGE].fee_changes
    ticker = request.query.get("series_ticker")
    found = changes.series_changes(with_past=query_flag(request, "show_historical"))
    bodies = [
        series_fee_change_body(change) for change in found if not ticker or change.series_ticker == ticker
    ]
    return json_answer({"series_fee_change_arr": bodies})


@routes.get(f"{REST_PREFIX}/series/{{series_ticker}}")
async def series(request: web.Request) -> web.Response:
    found = request.app[EXCHANGE].world.series.get(request.match_info["series_ticker"])
    if found is None:
        raise Declined("not_found")
    return json_answer({"series": _series_body(request, found)})


def _series_body(request: web.Request, series: Series) -> Body:
    exchange = request.app[EXCHANGE]
    body = series_body(series)
    updated_us = exchange.fee_changes.updated_us(series.ticker)
    if updated_us:  # else it is as it was listed
        body["last_updated_ts"] = rfc3339_s(updated_us)
    if query_flag(request, "include_product_metadata"):
        body["product_metadata"] = {}
    if query_flag(request, "include_volume"):
        markets = exchange.world.markets.values()
        volume_e2 = sum(m.volume_e2 for m in markets if m.market.series_ticker == series.ticker)
        body["volume_fp"] = format_count_e2(volume_e2)
    return body
