"""The parts of the REST surface."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from simulator.surface.rest import (
    archive,
    candlesticks,
    events,
    exchange_state,
    funds,
    lookups,
    markets,
    netting,
    order_groups,
    order_reads,
    orders,
    portfolio,
)

ROUTES: Final[tuple[web.RouteTableDef, ...]] = (
    exchange_state.routes,
    archive.routes,
    events.routes,
    candlesticks.routes,  # before the markets: it has a fixed path below theirs
    markets.routes,
    orders.routes,
    order_reads.routes,
    order_groups.routes,
    portfolio.routes,
    netting.routes,
    funds.routes,
    lookups.routes,
)
