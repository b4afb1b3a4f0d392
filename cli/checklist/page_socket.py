"""A listener of /rl/ws in a thread of its own, which connects again whenever it is cut off."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, TypeVar

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from cli.checklist.page_mirror import PageMirror
from cli.running_session import RunningSession
from trading.latency import LatencyRecord
from web.admission import TOKEN_HEADER

CONNECT_WITHIN_S: Final = 10.0
TRY_AGAIN_S: Final = 0.1
LARGEST_BYTES: Final = 64 << 20
KEPT: Final = 100_000  # delays

Found = TypeVar("Found")


class PageListener:
    """The mirror of a page, its messages' delays, and how often it was connected."""

    def __init__(self, running: RunningSession) -> None:
        self._url = running.url("ws", "/rl/ws")
        self._headers = {TOKEN_HEADER: running.token}
        self._lock = threading.Condition()
        self._mirror = PageMirror()
        self._delays_ms = LatencyRecord(kept=KEPT)
        self._connection: ClientConnection | None = None
        self._closed = threading.Event()
        self.connections = 0
        self._thread = threading.Thread(target=self._listen, name="page socket", daemon=True)
        self._thread.start()

    def look(self, read: Callable[[PageMirror], Found]) -> Found:
        """The answer of ``read`` about the mirror, while nothing changes it."""
        with self._lock:
            return read(self._mirror)

    def wait_for(self, holds: Callable[[PageMirror], object], within_s: float) -> bool:
        """Whether it came true in time; asked again after each message."""
        with self._lock:
            return self._lock.wait_for(
                lambda: self._mirror.seq is not None and bool(holds(self._mirror)), within_s
            )

    def delays_ms(self) -> dict[str, float | int | None]:
        """The time that messages were under way, from the moment they say to their arrival here."""
        with self._lock:
            return self._delays_ms.summary()

    def drop(self) -> None:
        """Cut the connection as a failing network would; a new one is made at once."""
        with self._lock:
            connection, self._mirror.seq = self._connection, None
        if connection is not None:
            with suppress(OSError):
                connection.socket.shutdown(2)

    def close(self) -> None:
        """Stop listening."""
        self._closed.set()
        self.drop()
        self._thread.join(CONNECT_WITHIN_S)

    def _listen(self) -> None:
        while not self._closed.is_set():
            try:
                with connect(
                    self._url,
                    additional_headers=self._headers,
                    open_timeout=CONNECT_WITHIN_S,
                    max_size=LARGEST_BYTES,
                    proxy=None,
                ) as connection:
                    self._follow(connection)
            except (OSError, WebSocketException):
                self._closed.wait(TRY_AGAIN_S)

    def _follow(self, connection: ClientConnection) -> None:
        with self._lock:
            self._connection = connection
            self.connections += 1
        for text in connection:
            message = json.loads(text)
            if self._take(message):
                connection.send(json.dumps({"type": "resync"}))

    def _take(self, message: dict[str, Any]) -> bool:
        with self._lock:
            if "t" in message:
                self._delays_ms.add(max(0.0, time.time() - message["t"]) * 1000)
            missing = self._mirror.receive(message)
            self._lock.notify_all()
        return missing
