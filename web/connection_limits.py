"""The page puts up with so many connections, each of which may cost it only so much time and memory.

A peer that sends a byte now and then, never reads, or opens sockets without end is cut off: the page
shares its process with the program, which must never run out of descriptors or memory for a browser.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import CloseCode, Frame

from web.admission import host_name

MOST_CONNECTIONS: Final = 256  # pages and everything else; a process has 1,024 descriptors as a rule
REQUEST_WITHIN_S: Final = 10.0  # from its first byte, or from the opening of a silent connection
TAKEN_WITHIN_S: Final = 30.0  # an answer that the peer does not read
CLOSED_WITHIN_S: Final = 5.0  # a page that answers no ping
LARGEST_HEADERS_BYTES: Final = 16_384
LONGEST_HEADER_BYTES: Final = 8_000  # the parser of upgrades gives up above 8,192 without an answer
MOST_HEADERS: Final = 100  # and above 128
MOST_FRAMES: Final = 16  # of one message; an empty one costs no byte of its allowance


class _Deadline:
    """Cuts a connection off unless it is met in time."""

    def __init__(self, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        self._loop, self._seconds = loop, seconds
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, transport: asyncio.Transport) -> None:
        """Count from now on, unless that is done already."""
        if self._timer is None:
            self._timer = self._loop.call_later(self._seconds, transport.abort)

    def met(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class PageConnection(H11Protocol):
    """HTTP, with a deadline for each request and for the reading of each answer."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._request = _Deadline(self.loop, REQUEST_WITHIN_S)
        self._answer = _Deadline(self.loop, TAKEN_WITHIN_S)
        self._is_handed_over = False  # to a WebSocket, which has deadlines of its own

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            transport.abort()
        else:
            self._await_request()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._await_request()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._request.met()
        self._answer.met()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._answer.begin(self.transport)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._answer.met()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        headers = dict(self.headers)
        longest = max(len(event.target), *(len(name) + len(value) for name, value in self.headers))
        if not host_name(headers.get(b"host", b"").decode("latin-1")):
            self.send_400_response("Host is not a name")
        elif longest > LONGEST_HEADER_BYTES or len(self.headers) > MOST_HEADERS:
            self.send_400_response("the headers are too long")
        else:
            super().handle_websocket_upgrade(event)
            self._is_handed_over = True

    def _await_request(self) -> None:
        """The peer is in the middle of a request, or has not begun one yet: it may take so long."""
        if self._is_handed_over or self.conn.their_state not in (h11.IDLE, h11.SEND_BODY):
            self._request.met()
        elif not self.transport.is_closing():
            self._request.begin(self.transport)


class PageSocket(WebSocketsSansIOProtocol):
    """A WebSocket that does not wait for ever for a page which neither reads nor closes."""

    def pause_writing(self) -> None:
        super().pause_writing()
        self.transport.pause_reading()  # each ping would be answered into a buffer that nobody empties

    def resume_writing(self) -> None:
        super().resume_writing()
        if not self.read_paused:
            self.transport.resume_reading()

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        # Its close waits until everything before it was read, and that may be never.
        self.loop.call_later(CLOSED_WITHIN_S, self.transport.abort)

    def send_receive_event_to_app(self) -> None:
        if self.curr_msg_data_type == "text" and not _is_text(b"".join(self.frames)):
            # Left to uvicorn it would be a traceback in the log, as often as a peer likes.
            self.conn.fail(CloseCode.INVALID_DATA, "text that is no UTF-8")
            self.handle_parser_exception()
        else:
            super().send_receive_event_to_app()

    def handle_cont(self, event: Frame) -> None:
        if len(self.frames) < MOST_FRAMES:
            super().handle_cont(event)
        elif not self.close_sent:
            self.conn.fail(CloseCode.MESSAGE_TOO_BIG, "too many frames")
            self.handle_parser_exception()


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
