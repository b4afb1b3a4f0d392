"""The life of one WebSocket client (protocol 5.1)."""

from __future__ import annotations

import asyncio
from typing import Final

from aiohttp import WSMsgType, web

from simulator.engine.accounts.account import Account
from simulator.faults.answers import FAULTS
from simulator.faults.frames import FaultyLine
from simulator.surface.rest.access import EXCHANGE, WS_PATH, member_of
from simulator.surface.rest.errors import too_many_requests
from simulator.surface.websocket.commands import CommandSession
from simulator.surface.websocket.outlet import Outlet

HEARTBEAT_S: Final = 10.0
MOST_MESSAGE_BYTES: Final = 64 * 1024 * 1024

SOCKETS: Final[web.AppKey[dict[web.WebSocketResponse, Account]]] = web.AppKey("sockets", dict)

routes = web.RouteTableDef()


@routes.get(WS_PATH)
async def websocket(request: web.Request) -> web.StreamResponse:
    """The upgrade was authenticated like any request; there is no login after it."""
    exchange, account, sockets = request.app[EXCHANGE], member_of(request).account, request.app[SOCKETS]
    choices = exchange.choices
    if sum(owner is account for owner in sockets.values()) >= choices.most_connections:
        return too_many_requests()
    socket = web.WebSocketResponse(
        timeout=1.0, autoping=False, compress=False, max_msg_size=MOST_MESSAGE_BYTES
    )
    await socket.prepare(request)
    transport = request.transport
    if transport is None:
        return socket
    clock = exchange.now_us if choices.sends_sending_ts else None
    outlet = Outlet(transport, asyncio.get_running_loop(), clock=clock)
    session = CommandSession(
        account, outlet, exchange.publisher, exchange.world.markets, exchange.now_us, choices=choices
    )
    outlet.on_overflow = session.overflow
    faults = request.app[FAULTS]
    outlet.line = line = FaultyLine(faults, cut=transport.abort, follows=session.follows_book)
    faults.lines.append(line)
    sockets[socket] = account
    heartbeat = asyncio.create_task(_ping(socket, outlet, line))
    try:
        await _read(socket, session, line)
    finally:
        sockets.pop(socket, None)
        faults.lines.remove(line)
        heartbeat.cancel()
        session.close()
        outlet.flush()
    return socket


async def _read(socket: web.WebSocketResponse, session: CommandSession, line: FaultyLine) -> None:
    async for message in socket:
        if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
            session.receive(message.data)
        elif message.type == WSMsgType.PING and not line.is_silent():
            await socket.pong(message.data)


async def _ping(socket: web.WebSocketResponse, outlet: Outlet, line: FaultyLine) -> None:
    """aiohttp's own heartbeat pings without a body."""
    while not socket.closed:
        await asyncio.sleep(HEARTBEAT_S)
        outlet.flush()
        if not line.is_silent():
            await socket.ping(b"heartbeat")


async def close_all(app: web.Application) -> None:
    """1001 to everybody: the exchange goes away."""
    sockets = tuple(app[SOCKETS].keys())
    closing = [socket.close(code=1001, message=b"going away") for socket in sockets]
    await asyncio.gather(*closing, return_exceptions=True)
