"""Keeps WebSocket connections open for an actor that must never wait for one.

One daemon thread runs one event loop for all connections of a feed. It reconnects for ever, signs
every handshake afresh, answers pings, and hands over frames as they came: reading them is the
reader's work (``session``). Nothing here calls back into the reader; it watches ``fileno``.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from kalshi_client.auth import Signer
from kalshi_client.stream.backoff import Backoff
from kalshi_client.stream.inbox import Connected, Disconnected, Frame, Inbox, Item
from kalshi_client.wire.bodies import read_error

MAX_MESSAGE_BYTES: Final = 64 * 2**20  # the exchange's own limit (protocol 5.1)
DEFAULT_CAPACITY: Final = 65_536  # frames: 3 s of the worst burst
DRAIN_LIMIT: Final = 2_000  # items a drain: about 5 ms of reading
STABLE_S: Final = 10.0  # a connection that lasted so long starts the backoff anew
OPEN_TIMEOUT_S: Final = 10.0
CLOSE_TIMEOUT_S: Final = 1.0  # a silent peer never answers the closing handshake
MAX_REASON: Final = 200  # characters


class Feed:
    """The connections of one actor. ``connection`` is an index into ``urls``.

    Starts its thread when made: make it in the process that uses it, never before a fork. A
    connection without a frame or an answer to its pings for ``silence_s`` is closed.
    """

    def __init__(
        self,
        urls: Sequence[str],
        signer: Signer,
        *,
        silence_s: float,
        backoff: Backoff | None = None,
        capacity: int = DEFAULT_CAPACITY,
        clock_us: Callable[[], int] = lambda: time.time_ns() // 1_000,
        spread: Callable[[], float] = random.random,
    ) -> None:
        self._signer = signer
        self._silence_s = silence_s
        self._backoff = backoff or Backoff()
        self._clock_us = clock_us
        self._spread = spread
        self._loop = asyncio.new_event_loop()
        self._inbox = Inbox(capacity=capacity, now=self._loop.time, call_later=self._loop.call_later)
        self._connections = [_Connection(number, url) for number, url in enumerate(urls)]
        self._closing: set[asyncio.Task[None]] = set()  # the loop itself holds only weak references
        self._main = self._loop.create_task(self._keep_all_open())
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="feed", daemon=True)
        self._thread.start()

    # --- the reader's side: any thread, never waits ----------------------------------------------

    def fileno(self) -> int:
        """Readable while ``drain`` has something."""
        return self._inbox.fileno()

    def drain(self, limit: int = DRAIN_LIMIT) -> list[Item]:
        """What arrived, oldest first; ``fileno`` stays readable if more than ``limit`` waits."""
        return self._inbox.drain(limit)

    def send(self, connection: int, generation: int, data: bytes) -> None:
        """Send a command; dropped if that generation of the connection is over."""
        if not self._closed:
            target = self._connections[connection]
            self._loop.call_soon_threadsafe(target.enqueue, generation, data)

    def reconnect(self, connection: int) -> None:
        """Close the connection if it is open; it opens again after its backoff."""
        if not self._closed:
            self._loop.call_soon_threadsafe(self._drop, self._connections[connection])

    def close(self) -> None:
        """Close everything and end the thread; waits about a second for a silent peer."""
        if self._closed:
            return
        self._closed = True
        self._loop.call_soon_threadsafe(self._main.cancel)
        self._thread.join(timeout=3 * CLOSE_TIMEOUT_S)
        self._inbox.close()

    # --- the thread ------------------------------------------------------------------------------

    def _run(self) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            self._loop.run_until_complete(self._main)
        self._loop.close()

    async def _keep_all_open(self) -> None:
        async with asyncio.TaskGroup() as group:
            for connection in self._connections:
                group.create_task(self._keep_open(connection))

    async def _keep_open(self, connection: _Connection) -> None:
        attempt = 0
        while True:
            reason, is_refusal, lived_s = await self._connect_once(connection)
            self._inbox.put(Disconnected(connection.number, connection.generation, reason, is_refusal))
            if lived_s >= STABLE_S:
                attempt = 0
            delay_s = self._backoff.delay_s(attempt, self._spread())
            await asyncio.sleep(self._backoff.refusal_s if is_refusal else delay_s)
            attempt += 1

    async def _connect_once(self, connection: _Connection) -> tuple[str, bool, float]:
        """One connection from handshake to end. Answers why it ended and how long it lived."""
        opened: float | None = None
        try:
            async with self._handshake(connection) as websocket:
                opened = self._loop.time()
                reason = await self._receive_all(connection, websocket)
                is_refusal = False
        except Exception as error:  # noqa: BLE001  # whatever it was, the next attempt may succeed
            reason, is_refusal = describe_failure(error)
        return reason, is_refusal, 0.0 if opened is None else self._loop.time() - opened

    def _handshake(self, connection: _Connection) -> connect:
        timestamp_ms = self._clock_us() // 1_000
        return _ConnectToOneHost(
            connection.url,
            additional_headers=self._signer.headers("GET", connection.path, timestamp_ms=timestamp_ms),
            proxy=None,
            compression=None,
            max_size=MAX_MESSAGE_BYTES,
            open_timeout=OPEN_TIMEOUT_S,
            close_timeout=CLOSE_TIMEOUT_S,
            # A ping goes out after the first part of the silence, its answer is due in the rest.
            ping_interval=self._silence_s * 0.4,
            ping_timeout=self._silence_s * 0.6,
        )

    async def _receive_all(self, connection: _Connection, websocket: ClientConnection) -> str:
        generation = connection.open(websocket)
        self._inbox.put(Connected(connection.number, generation))
        sender = self._loop.create_task(connection.send_all(websocket))
        try:
            while True:
                data = await websocket.recv(decode=False)
                frame = Frame(connection.number, generation, data, self._clock_us())
                if not self._inbox.put_frame(frame):
                    self._inbox.overflow(connection.number, generation)
                    return "the reader was too slow"
        finally:
            connection.websocket = None
            sender.cancel()

    def _drop(self, connection: _Connection) -> None:
        if connection.websocket is not None:
            closing = self._loop.create_task(connection.websocket.close())
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)


class _Connection:
    """One address, with at most one open socket. Lives in the feed's thread."""

    def __init__(self, number: int, url: str) -> None:
        self.number = number
        self.url = url
        self.path = urlsplit(url).path
        self.generation = 0
        self.websocket: ClientConnection | None = None
        self._outbox: asyncio.Queue[bytes] = asyncio.Queue()

    def open(self, websocket: ClientConnection) -> int:
        self.generation += 1
        self.websocket = websocket
        self._outbox = asyncio.Queue()
        return self.generation

    def enqueue(self, generation: int, data: bytes) -> None:
        if generation == self.generation:
            self._outbox.put_nowait(data)

    async def send_all(self, websocket: ClientConnection) -> None:
        outbox = self._outbox
        with contextlib.suppress(ConnectionClosed):  # the receiving side reports it
            while True:
                await websocket.send(await outbox.get(), text=True)


class _ConnectToOneHost(connect):
    """A redirect would carry the signature to a host that nobody chose."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


def describe_failure(error: Exception) -> tuple[str, bool]:
    """Why a connection failed, in a line, and whether the venue refused the key or the clock."""
    if isinstance(error, InvalidStatus):
        status = error.response.status_code
        code = read_error(bytes(error.response.body or b"")).code
        return f"{status} {code}".rstrip()[:MAX_REASON], status in (401, 403)
    return f"{type(error).__name__}: {error}"[:MAX_REASON], False
