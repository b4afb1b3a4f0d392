"""One WebSocket connection over ``picows``: several times less work for each frame.

It answers pings by itself; what it hands over are frames, so a message in pieces is put together
here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

from picows import (
    WSAutoPingStrategy,
    WSCloseCode,
    WSFrame,
    WSHandshakeError,
    WSListener,
    WSMsgType,
    WSTransport,
    ws_connect,
)

from kalshi_client.stream.holding import (
    CLOSE_TIMEOUT_S,
    MAX_MESSAGE_BYTES,
    OPEN_TIMEOUT_S,
    SocketListener,
    UpgradeRefused,
    ping_plan,
)

_MESSAGES: Final = (WSMsgType.TEXT, WSMsgType.BINARY)


async def hold(url: str, headers: Mapping[str, str], listener: SocketListener, *, silence_s: float) -> str:
    """Hold a connection until the listener has had enough. Raises when it ends otherwise."""
    ping_every_s, answer_within_s = ping_plan(silence_s)
    reader = _Reader(listener)
    try:
        async with asyncio.timeout(OPEN_TIMEOUT_S):  # picows limits only the last part of opening
            transport, _ = await ws_connect(
                lambda: reader,
                url,
                extra_headers=dict(headers),
                max_redirects=0,  # a redirect would carry the signature to a host that nobody chose
                proxy=None,
                max_frame_size=MAX_MESSAGE_BYTES,
                websocket_handshake_timeout=OPEN_TIMEOUT_S,
                enable_auto_ping=True,
                auto_ping_strategy=WSAutoPingStrategy.PING_PERIODICALLY,
                auto_ping_idle_timeout=ping_every_s,
                auto_ping_reply_timeout=answer_within_s,
                enable_auto_pong=True,
            )
    except WSHandshakeError as error:
        if error.response is None:
            raise
        date = error.response.headers.get("Date", "")
        raise UpgradeRefused(int(error.response.status), bytes(error.raw_body or b""), date=date) from error
    except BaseException:
        reader.is_abandoned = True  # it may open all the same a moment later
        raise
    try:
        await transport.wait_disconnected()
    finally:
        transport.disconnect(graceful=False)
        await asyncio.sleep(0)  # it hears of its end before the loop may end
    if reader.has_enough:
        return "the reader was too slow"
    raise ConnectionError(reader.why)


class _Reader(WSListener):
    def __init__(self, listener: SocketListener) -> None:
        super().__init__()
        self._listener = listener
        self._pieces: list[bytes] = []
        self._size = 0  # bytes, of the pieces
        self.has_enough = False
        self.is_abandoned = False
        self.why = "the connection broke off or fell silent"

    def on_ws_connected(self, transport: WSTransport) -> None:
        if self.is_abandoned:
            transport.disconnect(graceful=False)
        else:
            self._listener.opened(_Open(transport), date=transport.response.headers.get("Date", ""))

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if self.is_abandoned:
            transport.disconnect(graceful=False)
            return
        kind = frame.msg_type
        if kind in _MESSAGES and frame.fin:
            self._take(transport, frame.get_payload_as_bytes())
        elif kind in _MESSAGES or kind == WSMsgType.CONTINUATION:
            self._take_piece(transport, frame)
        elif kind == WSMsgType.CLOSE:
            self.why = f"closed by the venue: {frame.get_close_code()} {frame.get_close_reason()}".rstrip()
            transport.send_close(frame.get_close_code())
            transport.disconnect()

    def _take(self, transport: WSTransport, data: bytes) -> None:
        if not self.has_enough and not self._listener.received(data):
            self.has_enough = True
            transport.send_close(WSCloseCode.GOING_AWAY)
            transport.disconnect()

    def _take_piece(self, transport: WSTransport, frame: WSFrame) -> None:
        piece = frame.get_payload_as_bytes()
        self._pieces.append(piece)
        self._size += len(piece)
        if self._size > MAX_MESSAGE_BYTES:
            self.why = "a message was too long"
            transport.disconnect()
        elif frame.fin:
            whole, self._pieces, self._size = b"".join(self._pieces), [], 0
            self._take(transport, whole)


class _Open:
    def __init__(self, transport: WSTransport) -> None:
        self._transport = transport

    def send(self, data: bytes) -> None:
        self._transport.send(WSMsgType.TEXT, data)

    def close(self) -> None:
        self._transport.send_close(WSCloseCode.OK)
        self._transport.disconnect()
        # Over TLS a silent peer would be waited for, for half a minute.
        asyncio.get_running_loop().call_later(CLOSE_TIMEOUT_S, self._abort)

    def _abort(self) -> None:
        self._transport.disconnect(graceful=False)
