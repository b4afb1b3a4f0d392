"""Page and socket share one port: uvicorn in a thread, Flask behind it, the socket beside it."""

from __future__ import annotations

import socket
import threading
from typing import Any, Final, cast

import uvicorn
from a2wsgi import WSGIMiddleware
from flask import Flask

from web.connection_limits import LARGEST_HEADERS_BYTES, PageConnection, PageSocket
from web.live_feed import LiveFeed, Receive, Scope, Send

SOCKET_PATH: Final = "/rl/ws"
SEND_BUFFER_BYTES: Final = 65_536  # else the kernel keeps megabytes of old frames for a stuck page
LARGEST_INBOUND_BYTES: Final = 4096
PING_EVERY_S: Final = 15.0
PING_ANSWER_WITHIN_S: Final = 30.0
KEEP_OPEN_S: Final = 75  # who asks each few seconds must not find its connection just being closed
START_WITHIN_S: Final = 10.0
STOP_WITHIN_S: Final = 3
BACKLOG: Final = 128


def listen(host: str, port: int) -> socket.socket:
    """A socket that owns the port from now on. Raises OSError when somebody else does."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.setsockopt(
            socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES
        )  # accepted ones inherit it
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except OSError:
        listening.close()
        raise
    return listening


class PageServer:
    """The page's thread. Start it only when every process that is to be forked has been."""

    def __init__(self, app: Flask, feed: LiveFeed, listening: socket.socket) -> None:
        self._feed = feed
        self._listening = listening
        self._server = _Server(
            uvicorn.Config(
                _Switch(app, feed),
                http=PageConnection,
                h11_max_incomplete_event_size=LARGEST_HEADERS_BYTES,
                ws=PageSocket,
                ws_max_size=LARGEST_INBOUND_BYTES,
                ws_ping_interval=PING_EVERY_S,
                ws_ping_timeout=PING_ANSWER_WITHIN_S,
                ws_per_message_deflate=False,
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,  # nobody's word on who asks is needed
                timeout_keep_alive=KEEP_OPEN_S,
                timeout_graceful_shutdown=STOP_WITHIN_S,
            )
        )
        self._thread = threading.Thread(target=self._run, name="page", daemon=True)

    @property
    def port(self) -> int:
        return int(self._listening.getsockname()[1])

    def start(self) -> None:
        """Returns when the page can be opened. Raises RuntimeError when it cannot."""
        self._thread.start()
        if not self._server.ready.wait(START_WITHIN_S) or not self._thread.is_alive():
            raise RuntimeError("the page did not start")

    def stop(self) -> None:
        """Close every page and end the thread."""
        self._feed.close()
        self._server.should_exit = True
        self._thread.join(STOP_WITHIN_S + 2)
        self._listening.close()

    def _run(self) -> None:
        try:
            self._server.run(sockets=[self._listening])
        finally:
            self._server.ready.set()


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self.ready.set()


class _Switch:
    """Sockets to the feed, everything else to Flask."""

    def __init__(self, app: Flask, feed: LiveFeed) -> None:
        self._feed = feed
        # a2wsgi narrows the environ that Flask takes as any dict.
        self._http: Any = WSGIMiddleware(cast("Any", app), workers=8)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["path"] == SOCKET_PATH:
            await self._feed(scope, receive, send)
        else:
            await receive()
            await send({"type": "websocket.close"})
