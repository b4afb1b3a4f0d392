"""An answer that comes whole within its time, or not at all.

A time-out of a socket counts from the last byte: whoever sends one byte every few seconds, of a header
or of a body, would hold the reader for ever.
"""

from __future__ import annotations

import io
import socket
import time
from functools import partial
from http.client import HTTPResponse
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


class _Until(io.RawIOBase):
    """Reads from a socket until a time (monotonic seconds), and not later. Raises TimeoutError."""

    def __init__(self, sock: socket.socket, raw: io.RawIOBase, until: float) -> None:
        self._sock = sock
        self._raw = raw
        self._until = until
        self._silence_s = sock.gettimeout()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left_s = self._until - time.monotonic()
        if left_s <= 0:
            raise TimeoutError("the answer took too long")
        self._sock.settimeout(left_s if self._silence_s is None else min(left_s, self._silence_s))
        read: int | None = self._raw.readinto(buffer)
        return read

    def close(self) -> None:
        self._raw.close()
        super().close()


class _TimedResponse(HTTPResponse):
    def __init__(self, sock: socket.socket, *arguments: Any, whole_s: float, **keywords: Any) -> None:
        super().__init__(sock, *arguments, **keywords)
        until = time.monotonic() + whole_s
        self.fp = io.BufferedReader(_Until(sock, self.fp.detach(), until))


def timed_pools(whole_s: float) -> dict[str, type[HTTPConnectionPool]]:
    """The pools of connections by scheme, whose answers have ``whole_s`` from the request on."""
    response = partial(_TimedResponse, whole_s=whole_s)

    class Plain(HTTPConnection):
        response_class = response  # type: ignore[assignment]  # called, never looked into

    class Encrypted(HTTPSConnection):
        response_class = response  # type: ignore[assignment]  # same

    class Pool(HTTPConnectionPool):
        ConnectionCls = Plain

    class EncryptedPool(HTTPSConnectionPool):
        ConnectionCls = Encrypted

    return {"http": Pool, "https": EncryptedPool}
