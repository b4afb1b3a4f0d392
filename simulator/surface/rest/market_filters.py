"""The filters of ``GET /markets`` (protocol 3.2, 7.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from aiohttp import web

from simulator.engine.matching.traded_market import TradedMarket
from simulator.surface.rest.errors import Declined
from simulator.surface.rest.paging import QuerySpan, query_list, query_span

Numbered = tuple[int, TradedMarket]  # place in the listing, from 1
Test = Callable[[TradedMarket], bool]

STATUSES: Final = {  # filter word → statuses of a market
    "unopened": ("initialized",),
    "open": ("active",),
    "paused": ("inactive",),
    "closed": ("closed", "determined", "disputed", "amended"),
    "settled": ("finalized",),
}
_TIMES: Final[dict[str, tuple[tuple[str, ...], Callable[[TradedMarket], int | None]]]] = {
    # kind of time → (status words it may be combined with, the time of a market)
    "created": (("", "unopened", "open"), lambda listed: listed.created_us),
    "close": (("", "closed"), lambda listed: listed.market.close_us),
    "settled": (("", "settled"), lambda listed: listed.settled_us),
    "updated": (("",), lambda listed: listed.updated_us),
}
_COMBOS: Final = {"": None, "only": True, "exclude": False}


def wanted_markets(request: web.Request, markets: Iterable[TradedMarket], now_us: int) -> Iterator[Numbered]:
    """The markets that pass every filter, oldest listing first. Raises Refused before the first of them."""
    query = request.query
    status, mve = query.get("status", ""), query.get("mve_filter", "")
    if status and status not in STATUSES:
        raise Declined("invalid_parameters", f"status must be one of {', '.join(STATUSES)}")
    if mve not in _COMBOS:
        raise Declined("invalid_parameters", "mve_filter must be only or exclude")
    tests = [*_name_tests(request), *_time_tests(request, status, mve)]
    if status:
        words = STATUSES[status]
        tests.append(lambda listed: listed.status_at(now_us) in words)
    wants_combos = _COMBOS[mve]
    if wants_combos is not None:
        tests.append(lambda listed: listed.is_combo is wants_combos)
    return (
        (number, listed) for number, listed in enumerate(markets, 1) if all(test(listed) for test in tests)
    )


def _name_tests(request: web.Request) -> Iterator[Test]:
    query, tickers = request.query, set(query_list(request, "tickers"))
    event, series = query.get("event_ticker"), query.get("series_ticker")
    if event and "," in event:
        raise Declined("invalid_parameters", "only one event_ticker")
    if tickers:
        yield lambda listed: listed.ticker in tickers
    if event:
        yield lambda listed: listed.market.event_ticker == event
    if series:
        yield lambda listed: listed.market.series_ticker == series


def _time_tests(request: web.Request, status: str, mve: str) -> Iterator[Test]:
    for kind, (words, time_of) in _TIMES.items():
        span = query_span(request, kind)
        if span.is_open:
            continue
        if status not in words:
            raise Declined("invalid_parameters", f"{kind} times do not go with status {status}")
        if kind == "updated":
            _check_updated(request, mve)
        yield _in_span(span, time_of)


def _in_span(span: QuerySpan, time_of: Callable[[TradedMarket], int | None]) -> Test:
    return lambda listed: time_of(listed) in span


def _check_updated(request: web.Request, mve: str) -> None:
    """Alone or with ``mve_filter=exclude``, which a series needs; with no other filter."""
    allowed = {"min_updated_ts", "max_updated_ts", "mve_filter", "limit", "cursor"}
    if mve == "exclude":
        allowed.add("series_ticker")
    if mve == "only" or not {name for name, value in request.query.items() if value} <= allowed:
        raise Declined(
            "invalid_parameters", "updated times go with mve_filter=exclude, and then a series_ticker, only"
        )
