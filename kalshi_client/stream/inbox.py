"""How does what a thread received reach the actor that reads it?

A bounded queue with a file descriptor: the descriptor is readable while something waits, so it can
sit in any select loop. The reader is woken at once for the first item and then at most
``MAX_WAKES_PER_S`` times a second, because a wake costs an actor about 0.35 ms and a drain takes
all that came since.
"""

from __future__ import annotations

import socket
import threading
from collections import Counter, deque
from collections.abc import Callable
from typing import Final

import msgspec

MAX_WAKES_PER_S: Final = 100


class Connected(msgspec.Struct, frozen=True, gc=False):
    """A connection opened; it starts empty. The generation rises each time."""

    connection: int
    generation: int


class Disconnected(msgspec.Struct, frozen=True, gc=False):
    """A connection ended, or an attempt failed; the next attempt is already planned."""

    connection: int
    generation: int  # of the connection that ended, or of the last one; 0 before the first
    reason: str
    is_refusal: bool = False  # 401 or 403: key or clock


class Frame(msgspec.Struct, frozen=True, gc=False):
    """One message as received, text or binary."""

    connection: int
    generation: int
    data: bytes
    received_us: int


class Overflowed(msgspec.Struct, frozen=True, gc=False):
    """The reader was too slow: what this connection had queued is dropped, and it reconnects."""

    connection: int
    generation: int


Item = Connected | Disconnected | Frame | Overflowed


class Inbox:
    """Written by one thread, drained by another.

    ``call_later(delay_s, wake)`` and ``now`` come from the writing thread's event loop.
    """

    def __init__(
        self,
        *,
        capacity: int,
        now: Callable[[], float],
        call_later: Callable[[float, Callable[[], None]], object],
    ) -> None:
        self._capacity = capacity  # frames; the few other items are always accepted
        self._now = now
        self._call_later = call_later
        self._items: deque[Item] = deque()
        self._frames = 0
        self._lock = threading.Lock()
        self._reader, self._writer = socket.socketpair()
        self._reader.settimeout(0)
        self._writer.settimeout(0)
        self._armed = False  # a wake is on its way, or its byte lies unread
        self._last_wake = float("-inf")
        self._closed = False

    def fileno(self) -> int:
        """Readable while items wait."""
        return self._reader.fileno()

    # --- the writing thread ----------------------------------------------------------------------

    def put(self, item: Connected | Disconnected | Overflowed) -> None:
        """Add an item that must arrive."""
        with self._lock:
            self._items.append(item)
            self._arm()

    def put_frame(self, frame: Frame) -> bool:
        """Add a frame. False when the queue is full: nothing was added."""
        with self._lock:
            if self._frames >= self._capacity:
                return False
            self._frames += 1
            self._items.append(frame)
            self._arm()
            return True

    def overflow(self, connection: int, generation: int) -> None:
        """Drop what this connection has queued, of no use after a loss, and say so."""
        with self._lock:
            kept = [i for i in self._items if not (isinstance(i, Frame) and i.connection == connection)]
            self._items = deque(kept)
            self._frames = Counter(map(type, kept))[Frame]
        self.put(Overflowed(connection, generation))

    def _arm(self) -> None:
        if self._armed:
            return
        self._armed = True
        delay_s = self._last_wake + 1 / MAX_WAKES_PER_S - self._now()
        if delay_s > 0:
            self._call_later(delay_s, self._wake)
        else:
            self._write_byte()

    def _wake(self) -> None:
        with self._lock:
            self._write_byte()

    def _write_byte(self) -> None:
        self._last_wake = self._now()
        if not self._closed:
            self._writer.send(b"\0")  # at most one byte is ever unread, so this cannot block

    # --- the reading thread ----------------------------------------------------------------------

    def drain(self, limit: int) -> list[Item]:
        """The oldest items, at most ``limit``. The descriptor stays readable if more wait."""
        with self._lock:
            count = min(limit, len(self._items))
            drained = [self._items.popleft() for _ in range(count)]
            self._frames -= sum(type(item) is Frame for item in drained)
            if not self._items:
                self._take_byte()
            return drained

    def _take_byte(self) -> None:
        try:
            self._reader.recv(1)
        except BlockingIOError:
            return  # its byte is still on its way, and finds whatever came until then
        self._armed = False

    def close(self) -> None:
        """No wakes any more. The descriptor is closed."""
        with self._lock:
            self._closed = True
            self._reader.close()
            self._writer.close()
