"""An exchange opens to the network, runs and stops."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
import traceback
from collections.abc import AsyncIterator
from email.utils import formatdate
from typing import Final

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from simulator.access.credentials import KeyFolder
from simulator.control import accounts as control_accounts
from simulator.control import faults as control_faults
from simulator.control import fees as control_fees
from simulator.control import markets as control_markets
from simulator.control import routes as control
from simulator.exchange import Exchange
from simulator.faults.answers import FAULTS, tamper
from simulator.faults.faults import Faults
from simulator.surface import proof
from simulator.surface.connection_limits import (
    BACKLOG,
    KEEP_OPEN_S,
    LINGER_S,
    LOOK_S,
    Doorkeeper,
    StuckConnections,
)
from simulator.surface.rest.access import (
    CONTROL_PREFIX,
    EXCHANGE,
    REST_PREFIX,
    WS_PATH,
    check_access,
    count_writes,
    write_down,
)
from simulator.surface.rest.surface import ROUTES
from simulator.surface.websocket import connection as websocket

HOST: Final = "127.0.0.1"
CRASHED: Final = 70  # EX_SOFTWARE of sysexits.h
_LONGEST_LINE: Final = 65_536  # a hundred tickers in one query exceed aiohttp's default
_LARGEST_BODY: Final = 64 * 1024 * 1024


def build_app(exchange: Exchange, *, with_control: bool, keys: KeyFolder | None = None) -> web.Application:
    """With a folder for keys the exchange proves itself, and control can make accounts."""
    app = web.Application(
        middlewares=[count_writes, tamper, write_down, check_access], client_max_size=_LARGEST_BODY
    )
    app[EXCHANGE] = exchange
    app[FAULTS] = Faults(time.monotonic)
    app[websocket.SOCKETS] = {}
    for routes in (*ROUTES, websocket.routes):
        app.add_routes([route for route in routes if not _is_lacking(exchange, route)])
    if with_control:
        app.add_routes(control.routes)
        app.add_routes(control_faults.routes)
        app.add_routes(control_fees.routes)
        app.add_routes(control_markets.routes)
    if keys is not None:
        app[proof.KEYS] = keys
        app.add_routes(proof.routes)
    if with_control and keys is not None:
        app[control_accounts.MAKING] = asyncio.Lock()
        app.add_routes(control_accounts.routes)
    app.on_response_prepare.append(_date)
    app.on_shutdown.append(websocket.close_all)
    return app


async def _date(request: web.Request, answer: web.StreamResponse) -> None:
    """Every answer, an upgrade too, has the time by the exchange's clock, not by this machine's."""
    exchange = request.app[EXCHANGE]
    if exchange.is_clock_wrong:
        answer.headers["Date"] = formatdate(exchange.now_us() / 1e6, usegmt=True)


def _is_lacking(exchange: Exchange, route: web.AbstractRouteDef) -> bool:
    """Whether the venue that is played has no such endpoint."""
    lacking = exchange.personality.lacks
    return isinstance(route, web.RouteDef) and route.path.removeprefix(REST_PREFIX) in lacking


class Served:
    """The addresses of an exchange that is open."""

    def __init__(self, port: int, *, with_control: bool) -> None:
        self.rest_url = f"http://{HOST}:{port}{REST_PREFIX}"
        self.ws_url = f"ws://{HOST}:{port}{WS_PATH}"
        self.control_url = f"http://{HOST}:{port}{CONTROL_PREFIX}" if with_control else None


@contextlib.asynccontextmanager
async def serve(
    exchange: Exchange, *, port: int, with_control: bool, keys: KeyFolder | None = None
) -> AsyncIterator[Served]:
    """Open on loopback, trade until the block ends, close within a second. Raises OSError."""
    logging.getLogger("aiohttp.server").addFilter(_is_our_mistake)
    app = build_app(exchange, with_control=with_control, keys=keys)
    runner = web.AppRunner(
        app,
        access_log=None,
        handle_signals=False,
        shutdown_timeout=0.5,
        keepalive_timeout=KEEP_OPEN_S,
        lingering_time=LINGER_S,
        max_line_size=_LONGEST_LINE,
        max_field_size=_LONGEST_LINE,
    )
    await runner.setup()
    try:
        assert runner.server is not None
        doorkeeper = Doorkeeper(runner.server)
        loop = asyncio.get_running_loop()
        listening = await loop.create_server(doorkeeper, HOST, port, backlog=BACKLOG)
        trading = asyncio.create_task(_trade(app))
        trading.add_done_callback(_end_if_broken)
        looking = asyncio.create_task(_look_for_stuck(runner.server))
        try:
            yield Served(listening.sockets[0].getsockname()[1], with_control=with_control)
        finally:
            looking.cancel()
            trading.cancel()
            listening.close()
    finally:
        await runner.cleanup()


async def _trade(app: web.Application) -> None:
    while True:
        control_faults.end_due(app)
        await asyncio.sleep(app[EXCHANGE].advance())


async def _look_for_stuck(server: web.Server) -> None:
    stuck = StuckConnections()
    while True:
        await asyncio.sleep(LOOK_S)
        stuck.look(server, time.monotonic())


def _is_our_mistake(record: logging.LogRecord) -> bool:
    """Malformed HTTP is the client's business: it is answered, not logged with a traceback."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, (HttpProcessingError, web.RequestPayloadError))


def _end_if_broken(trading: asyncio.Task[None]) -> None:
    """An exchange whose markets stand still must not look alive. Raises SystemExit."""
    if not trading.cancelled() and (error := trading.exception()) is not None:
        traceback.print_exception(error)
        raise SystemExit(CRASHED)
