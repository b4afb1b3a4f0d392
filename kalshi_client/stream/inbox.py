"""Hands the items that a thread received to the actor that reads them.

A bounded queue with a file descriptor: the descriptor is readable while something waits, so it can
sit in any select loop. The reader is woken at once for the first item and then at most
``MAX_WAKES_PER_S`` times a second, because a wake costs an actor about 0.35 ms and a drain takes
all that came since. A reader that attends (``wait``) is woken sooner, as that costs it little.
"""

from __future__ import annotations

import select
import socket
import threading
from collections import deque
from collections.abc import Callable
from typing import Final

import msgspec

MAX_WAKES_PER_S: Final = 100
ATTENDED_GAP_S: Final = 0.0005  # between two wakes of a reader that waits
FRAMES_TOGETHER: Final = 500  # of one connection, in one item


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


class Frames(msgspec.Struct, gc=False):
    """Messages of one connection as received, text or binary, in their order."""

    connection: int
    generation: int
    received_us: int  # when the first of them came
    data: list[bytes]


class Overflowed(msgspec.Struct, frozen=True, gc=False):
    """The reader was too slow: what this connection had queued is dropped, and it reconnects."""

    connection: int
    generation: int


Item = Connected | Disconnected | Frames | Overflowed


class FeedEnded(RuntimeError):
    """The thread that received is no more: nothing will ever come again, and nothing says so else."""


class Inbox:
    """Written by one thread, drained by another.

    ``call_later(delay_s, wake)`` and ``now`` come from the writing thread's event loop;
    ``clock_us`` stamps what arrives.
    """

    def __init__(
        self,
        *,
        capacity: int,
        now: Callable[[], float],
        call_later: Callable[[float, Callable[[], None]], object],
        clock_us: Callable[[], int],
    ) -> None:
        self._capacity = capacity  # frames; the few other items are always accepted
        self._now = now
        self._call_later = call_later
        self._clock_us = clock_us
        self._items: deque[Item] = deque()
        self._open: dict[int, Frames] = {}  # the item that takes the next frame, by connection
        self._frames = 0
        self._lock = threading.Lock()
        self._reader, self._writer = socket.socketpair()
        self._reader.settimeout(0)
        self._writer.settimeout(0)
        self._byte_lies = False  # unread, so the descriptor is readable
        self._timer_runs = False
        self._attended = False  # the reader waits for nothing else
        self._woken_at = float("-inf")  # when it did not wait
        self._nudged_at = float("-inf")  # while it waited
        self._closed = False
        self._ended: str | None = None  # why

    def fileno(self) -> int:
        """Readable while items wait."""
        return self._reader.fileno()

    # --- the writing thread ----------------------------------------------------------------------

    def put(self, item: Connected | Disconnected | Overflowed) -> None:
        """Add an item that must arrive."""
        with self._lock:
            self._open.pop(item.connection, None)
            self._items.append(item)
            self._wake_soon()

    def put_frame(self, connection: int, generation: int, data: bytes) -> bool:
        """Add a frame. False when the queue is full: nothing was added."""
        with self._lock:
            if self._frames >= self._capacity:
                return False
            self._frames += 1
            item = self._open.get(connection)
            if item is not None and len(item.data) < FRAMES_TOGETHER:
                item.data.append(data)
            else:
                item = Frames(connection, generation, self._clock_us(), [data])
                self._open[connection] = item
                self._items.append(item)
            if not self._byte_lies:
                self._wake_soon()
            return True

    def overflow(self, connection: int, generation: int) -> None:
        """Drop what this connection has queued, of no use after a loss, and say so."""
        with self._lock:
            kept = [i for i in self._items if not (isinstance(i, Frames) and i.connection == connection)]
            self._items = deque(kept)
            self._frames = sum(len(item.data) for item in kept if isinstance(item, Frames))
        self.put(Overflowed(connection, generation))

    def end(self, reason: str) -> None:
        """Nothing comes any more: whoever drains is told by an exception."""
        with self._lock:
            self._ended = reason
            if not self._byte_lies:
                self._write_byte()

    def _wake_soon(self) -> None:
        """Now if the last wake is long enough ago, else when it will be."""
        if self._byte_lies:
            return
        # A nudge costs no turn of the actor, so it does not put the next turn off.
        due = self._nudged_at + ATTENDED_GAP_S if self._attended else self._woken_at + 1 / MAX_WAKES_PER_S
        delay_s = due - self._now()
        if delay_s <= 0:
            self._write_byte()
        elif not self._timer_runs:
            self._timer_runs = True
            self._call_later(delay_s, self._on_timer)

    def _on_timer(self) -> None:
        with self._lock:
            self._timer_runs = False
            if self._items:
                self._wake_soon()

    def _write_byte(self) -> None:
        if self._attended:
            self._nudged_at = self._now()
        else:
            self._woken_at = self._now()
        if not self._closed:
            self._byte_lies = True
            self._writer.send(b"\0")  # at most one byte is ever unread, so this cannot block

    # --- the reading thread ----------------------------------------------------------------------

    def drain(self, limit: int) -> list[Item]:
        """The oldest items with about ``limit`` frames. The descriptor stays readable if more wait.

        Raises FeedEnded once ``end`` was called.
        """
        with self._lock:
            if self._ended is not None:
                raise FeedEnded(self._ended)
            drained: list[Item] = []
            frames = 0
            while self._items and frames < limit:
                item = self._items.popleft()
                drained.append(item)
                if type(item) is Frames:
                    frames += len(item.data)
                    if self._open.get(item.connection) is item:
                        del self._open[item.connection]
            self._frames -= frames
            if self._byte_lies and not self._items:
                self._reader.recv(1)
                self._byte_lies = False
            return drained

    def wait(self, timeout_s: float) -> bool:
        """Wait for the next item with undivided attention; whether one is there."""
        with self._lock:
            if self._items or self._closed:
                return bool(self._items)
            self._attended = True
        try:
            select.select([self._reader], [], [], timeout_s)
            return bool(self._items)
        finally:
            self._attended = False

    def close(self) -> None:
        """No wakes any more. The descriptor is closed; what had come can still be drained."""
        with self._lock:
            self._closed = True
            self._byte_lies = False
            self._reader.close()
            self._writer.close()
