"""One WebSocket connection over the ``websockets`` library, from handshake to end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, ConnectionClosedError, InvalidStatus

from kalshi_client.stream.holding import (
    CLOSE_TIMEOUT_S,
    CUT,
    FELL_SILENT,
    GIVEN_UP,
    MAX_MESSAGE_BYTES,
    OPEN_TIMEOUT_S,
    SocketListener,
    UpgradeRefused,
    ping_plan,
)

PACE: Final = 500  # frames, then the other connections of the thread get their turn


async def hold(url: str, headers: Mapping[str, str], listener: SocketListener, *, silence_s: float) -> str:
    """Hold a connection until the listener has had enough. Raises when it ends otherwise."""
    ping_every_s, answer_within_s = ping_plan(silence_s)
    try:
        async with _ConnectToOneHost(
            url,
            additional_headers=headers,
            proxy=None,
            compression=None,
            max_size=MAX_MESSAGE_BYTES,
            open_timeout=OPEN_TIMEOUT_S,
            close_timeout=CLOSE_TIMEOUT_S,
            ping_interval=ping_every_s,
            ping_timeout=answer_within_s,
        ) as websocket:
            return await _receive_all(websocket, listener)
    except ConnectionClosedError as error:
        if error.sent is not None and "ping timeout" in error.sent.reason:
            return FELL_SILENT
        if error.rcvd is None:
            return CUT if error.sent is None else GIVEN_UP
        raise
    except InvalidStatus as error:
        response = error.response
        date = response.headers.get("Date", "")
        raise UpgradeRefused(response.status_code, bytes(response.body or b""), date=date) from error


async def _receive_all(websocket: ClientConnection, listener: SocketListener) -> str:
    outgoing: asyncio.Queue[bytes | None] = asyncio.Queue()
    sender = asyncio.create_task(_send_all(websocket, outgoing))
    date = "" if websocket.response is None else websocket.response.headers.get("Date", "")
    listener.opened(_Open(outgoing), date=date)
    received = 0
    try:
        while True:
            if not listener.received(await websocket.recv(decode=False)):
                return "the reader was too slow"
            received += 1
            if received % PACE == 0:
                await asyncio.sleep(0)
    finally:
        sender.cancel()


async def _send_all(websocket: ClientConnection, outgoing: asyncio.Queue[bytes | None]) -> None:
    with contextlib.suppress(ConnectionClosed):  # the receiving side reports it
        while (data := await outgoing.get()) is not None:
            await websocket.send(data, text=True)
        await websocket.close()


class _Open:
    def __init__(self, outgoing: asyncio.Queue[bytes | None]) -> None:
        self._outgoing = outgoing

    def send(self, data: bytes) -> None:
        self._outgoing.put_nowait(data)

    def close(self) -> None:
        self._outgoing.put_nowait(None)


class _ConnectToOneHost(connect):
    """A redirect would carry the signature to a host that nobody chose."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc
