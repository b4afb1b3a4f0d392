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
from collections.abc import Callable, Sequence
from typing import Final
from urllib.parse import urlsplit

from kalshi_client.auth import Signer
from kalshi_client.signing_clock import CLOCK_ERROR, SigningClock
from kalshi_client.stream.backoff import Backoff
from kalshi_client.stream.clients import holder
from kalshi_client.stream.holding import (
    CLOSE_TIMEOUT_S,
    Client,
    OpenConnection,
    UpgradeRefused,
    describe_failure,
)
from kalshi_client.stream.inbox import Connected, Disconnected, Inbox, Item

DEFAULT_CAPACITY: Final = 65_536  # frames: 3 s of the worst burst
DRAIN_LIMIT: Final = 2_000  # frames a drain: about 5 ms of reading
STABLE_S: Final = 10.0  # a connection that lasted so long starts the backoff anew


class Feed:
    """The connections of one actor. ``connection`` is an index into ``urls``.

    Starts its thread when made: make it in the process that uses it, never before a fork. A
    connection without a frame or an answer to its pings for ``silence_s`` is closed. Raises
    ``holding.ClientMissing`` for a ``client`` that is not installed.
    """

    def __init__(
        self,
        urls: Sequence[str],
        signer: Signer,
        *,
        silence_s: float,
        client: Client = "websockets",
        backoff: Backoff | None = None,
        capacity: int = DEFAULT_CAPACITY,
        clock: SigningClock | None = None,
        spread: Callable[[], float] = random.random,
        admit: Callable[[], None] | None = None,
        keep: Callable[[Sequence[Item]], None] | None = None,
    ) -> None:
        """``admit`` is called before a handshake is signed; an attempt for which it raises is over.

        ``keep`` is handed all that is drained, and must not wait.
        """
        self._keep = keep
        self._hold = holder(client)
        self._signer = signer
        self._silence_s = silence_s
        self._backoff = backoff or Backoff()
        self._clock = clock or SigningClock()
        self._spread = spread
        self._admit = admit
        self._loop = asyncio.new_event_loop()
        self._inbox = Inbox(
            capacity=capacity,
            now=self._loop.time,
            call_later=self._loop.call_later,
            clock_us=self._clock.local_us,
        )
        self._connections: list[_Connection] = []
        self._group = asyncio.TaskGroup()
        self._main = self._loop.create_task(self._keep_all_open())
        self._closed = False
        for url in urls:
            self.open(url)
        self._thread = threading.Thread(target=self._run, name="feed", daemon=True)
        self._thread.start()

    # --- the reader's side: any thread, never waits unless asked to --------------------------------

    def fileno(self) -> int:
        """Readable while ``drain`` has something."""
        return self._inbox.fileno()

    def drain(self, limit: int = DRAIN_LIMIT) -> list[Item]:
        """The items that arrived, oldest first; ``fileno`` stays readable if more than ``limit`` frames wait.

        Raises ``inbox.FeedEnded`` if the feed broke: make another one.
        """
        items = self._inbox.drain(limit)
        if self._keep is not None:
            self._keep(items)
        return items

    def wait(self, timeout_s: float) -> bool:
        """Wait for something to drain, and be woken sooner than ``fileno`` would; whether it came."""
        return self._inbox.wait(timeout_s)

    def open(self, url: str) -> int:
        """Hold one more connection; its number."""
        connection = _Connection(len(self._connections), url, self._inbox, self._clock)
        self._connections.append(connection)
        if not self._closed:
            self._loop.call_soon_threadsafe(self._begin, connection)
        return len(self._connections) - 1

    def send(self, connection: int, generation: int, data: bytes) -> None:
        """Send a command; dropped if that generation of the connection is over."""
        if not self._closed:
            self._loop.call_soon_threadsafe(self._connections[connection].send, generation, data)

    def reconnect(self, connection: int) -> None:
        """Close the connection if it is open; it opens again after its backoff."""
        if not self._closed:
            self._loop.call_soon_threadsafe(self._connections[connection].close)

    def close(self) -> None:
        """Close everything and end the thread; waits about a second for a silent peer."""
        if self._closed:
            return
        self._closed = True
        with contextlib.suppress(RuntimeError):  # it has ended by itself
            self._loop.call_soon_threadsafe(self._main.cancel)
        self._thread.join(timeout=3 * CLOSE_TIMEOUT_S)
        self._inbox.close()

    # --- the thread ------------------------------------------------------------------------------

    def _run(self) -> None:
        reason = "cancelled"
        try:
            self._loop.run_until_complete(self._main)
        except asyncio.CancelledError:
            pass
        except BaseException as error:  # a thread that dies in silence would look like a quiet venue
            reason = repr(error)
            raise
        finally:
            self._loop.close()
            if not self._closed:
                self._inbox.end(reason)

    async def _keep_all_open(self) -> None:
        async with self._group:  # what is opened is begun in it
            await asyncio.Event().wait()  # until it is cancelled

    def _begin(self, connection: _Connection) -> None:
        self._group.create_task(self._keep_open(connection))

    async def _keep_open(self, connection: _Connection) -> None:
        attempt = 0
        while True:
            connection.opened_at = None
            try:
                reason, is_refusal = await self._hold_open(connection), False
            except asyncio.CancelledError:
                if _is_to_end():
                    raise
                reason, is_refusal = "cancelled from within", False
            except Exception as error:  # noqa: BLE001  # whatever it was, the next attempt may succeed
                reason, is_refusal = describe_failure(error)
                if isinstance(error, UpgradeRefused) and connection.refused(error):
                    is_refusal = False
            connection.ended(reason, is_refusal=is_refusal)
            if connection.lasted_s(self._loop.time()) >= STABLE_S:
                attempt = 0
            delay_s = self._backoff.delay_s(attempt, self._spread())
            await asyncio.sleep(self._backoff.refusal_s if is_refusal else delay_s)
            attempt += 1

    async def _hold_open(self, connection: _Connection) -> str:
        if self._admit is not None:
            await asyncio.to_thread(self._admit)
        headers = self._signer.headers("GET", connection.path, timestamp_ms=connection.begin())
        return await self._hold(connection.url, headers, connection, silence_s=self._silence_s)


def _is_to_end() -> bool:
    """Whether it is this task that was cancelled, and not only something it waited for."""
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0


class _Connection:
    """One address, with at most one open connection. Lives in the feed's thread."""

    def __init__(self, number: int, url: str, inbox: Inbox, clock: SigningClock) -> None:
        self.url = url
        self.path = urlsplit(url).path
        self.opened_at: float | None = None  # by the loop's clock
        self._number = number
        self._inbox = inbox
        self._clock = clock
        self._sent_us = self._signed_with_ms = 0  # of the handshake
        self._generation = 0
        self._open: OpenConnection | None = None

    # --- as the listener of what holds it ----------------------------------------------------------

    def opened(self, connection: OpenConnection, *, date: str) -> None:
        self._clock.answered(date, sent_us=self._sent_us)
        self._generation += 1
        self._open = connection
        self.opened_at = asyncio.get_running_loop().time()
        self._inbox.put(Connected(self._number, self._generation))

    def received(self, data: bytes) -> bool:
        if self._inbox.put_frame(self._number, self._generation, data):
            return True
        self._inbox.overflow(self._number, self._generation)
        return False

    # --- as what the feed speaks to ----------------------------------------------------------------

    def begin(self) -> int:
        """The time to sign the handshake with, which begins now."""
        self._sent_us, self._signed_with_ms = self._clock.local_us(), self._clock.venue_ms()
        return self._signed_with_ms

    def refused(self, refusal: UpgradeRefused) -> bool:
        """The venue refused the handshake; whether for a time that the next one is not signed with."""
        self._clock.answered(refusal.date, sent_us=self._sent_us)
        is_late = refusal.code == CLOCK_ERROR
        return is_late and self._clock.is_other_than(self._signed_with_ms, sent_us=self._sent_us)

    def lasted_s(self, now: float) -> float:
        return 0.0 if self.opened_at is None else now - self.opened_at

    def ended(self, reason: str, *, is_refusal: bool) -> None:
        self._open = None
        self._inbox.put(Disconnected(self._number, self._generation, reason, is_refusal))

    def send(self, generation: int, data: bytes) -> None:
        if self._open is not None and generation == self._generation:
            self._open.send(data)

    def close(self) -> None:
        if self._open is not None:
            self._open.close()
