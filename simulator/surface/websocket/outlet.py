"""Sends frames to one WebSocket client, and ends it if it does not read them.

Everything a connection sends passes through its outlet, so the order of frames is the order of
events. Frames collect until the loop's next turn and leave in one write.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from simulator.faults.frames import FaultyLine
from simulator.surface.websocket.frames import frame_head

OVERFLOW_BYTES: Final = 8 * 1024 * 1024
ABORT_BYTES: Final = 16 * 1024 * 1024
STUCK_S: Final = 30.0


class Outlet:
    """The one writer of a connection."""

    def __init__(
        self,
        transport: asyncio.Transport,
        loop: asyncio.AbstractEventLoop,
        *,
        clock: Callable[[], int] | None = None,
    ) -> None:
        """With a clock (microseconds) every message says when it was queued (protocol 5.3)."""
        self.on_overflow: Callable[[], None] | None = None  # must stop the flow of new frames
        self.line: FaultyLine | None = None
        self._transport = transport
        self._loop = loop
        self._clock = clock
        self._end = b"}"  # of all messages of this turn of the loop
        self._parts: list[bytes] = []
        self._is_scheduled = False
        self._is_overflowing = False
        self._drained_s = loop.time()

    def send(self, payload: bytes) -> None:
        """``payload`` is a JSON object."""
        self.send_message(payload[:-1], b"")

    def send_message(self, envelope: bytes, msg: bytes) -> None:
        """``envelope`` is a JSON object up to the value of its last key, which is ``msg``. It is shared
        by all its subscribers: nothing is copied before the write."""
        if not self._is_scheduled:
            self._schedule()
        end = self._end
        if self.line is not None and self.line.is_in_the_way:
            for instead in self.line.tamper(envelope + msg + end):
                self._parts += (frame_head(len(instead)), instead)
        else:
            self._parts += (frame_head(len(envelope) + len(msg) + len(end)), envelope, msg, end)

    def _schedule(self) -> None:
        self._is_scheduled = True
        self._loop.call_soon(self.flush)
        if self._clock is not None:
            self._end = b',"sending_ts_ms":%d}' % (self._clock() // 1000)

    def flush(self) -> None:
        """Write what has collected, unless the client is too far behind."""
        self._is_scheduled = False
        if self._transport.is_closing():
            self._parts.clear()
            return
        if self._parts:
            self._transport.write(b"".join(self._parts))
            self._parts.clear()
        self._judge_reader()

    def _judge_reader(self) -> None:
        waiting = self._transport.get_write_buffer_size()
        now_s = self._loop.time()
        if waiting == 0:
            self._drained_s = now_s
        if waiting > ABORT_BYTES or now_s - self._drained_s > STUCK_S:
            self._transport.abort()
        elif waiting <= OVERFLOW_BYTES:
            self._is_overflowing = False
        elif not self._is_overflowing and self.on_overflow is not None:
            self._is_overflowing = True  # once; what it queues must not call it again
            self.on_overflow()
