"""A connection may cost the exchange only so much: a descriptor that is free, and time while something moves.

A client that opens sockets without end, sends a byte now and then or never reads is cut off, so that
the others find the exchange as they left it.
"""

from __future__ import annotations

import asyncio
import resource
from typing import Final

from aiohttp import web

KEEP_OPEN_S: Final = 75.0  # without a whole request: a silent connection, or headers without an end
BODY_WITHIN_S: Final = 30.0
LINGER_S: Final = 1.0  # for the rest of a body that was answered before it was whole
STUCK_S: Final = 30.0  # an answer of which nothing is taken
LOOK_S: Final = 5.0
BACKLOG: Final = 64  # connections that the loop may accept in one go, before it asks whether they have room
DESCRIPTORS_KEPT: Final = 2 * BACKLOG  # the rest for files, keys and what the exchange itself opens


class Doorkeeper:
    """Makes the protocol of each new connection: the server's while there is room, else one that hangs up."""

    def __init__(self, server: web.Server, *, most: int | None = None) -> None:
        self._server = server
        self._most = most_connections() if most is None else most

    def __call__(self) -> asyncio.Protocol:
        if len(self._server.connections) >= self._most:
            return _HangUp()
        return self._server()


class _HangUp(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.abort()


def most_connections() -> int:
    """As many as there are descriptors for."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(1, soft - DESCRIPTORS_KEPT)


async def read_in_time(request: web.BaseRequest) -> bytes:
    """The body, kept for the handler. Raises TimeoutError or, when the client left, ConnectionError."""
    async with asyncio.timeout(BODY_WITHIN_S):
        return await request.read()


class StuckConnections:
    """Connections whose client has taken nothing of what was written to it since the last looks."""

    def __init__(self) -> None:
        self._waiting: dict[asyncio.Transport, tuple[int, float]] = {}  # bytes, since

    def look(self, server: web.Server, now_s: float) -> None:
        """Cut off those that have been so for ``STUCK_S``; a WebSocket is judged by its outlet."""
        waiting = {}
        for connection in server.connections:
            transport = connection.transport
            size = 0 if transport is None else transport.get_write_buffer_size()
            if transport is None or size == 0:
                continue
            before, since_s = self._waiting.get(transport, (size, now_s))
            waiting[transport] = (size, since_s if before == size else now_s)
            if now_s - waiting[transport][1] >= STUCK_S:
                transport.abort()
        self._waiting = waiting
