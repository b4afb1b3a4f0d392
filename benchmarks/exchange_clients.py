"""Clients that cost so little that the exchange is what is measured: raw sockets, nothing parsed."""

from __future__ import annotations

import base64
import json
import os
import socket as sockets
import struct
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

PATIENCE_S: Final = 30.0
_ORDERS: Final = "/trade-api/v2/portfolio/events/orders"
_PSS: Final = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)


def pin(core: int) -> None:
    """This process on one core, where the machine has several and lets us choose."""
    cores = os.cpu_count() or 1
    if sys.platform == "linux" and cores > 1:
        os.sched_setaffinity(0, {core % cores})


class Key:
    """Signs as the venue wants it (protocol 1.2)."""

    def __init__(self, key_id: str, private_key_path: str) -> None:
        loaded = serialization.load_pem_private_key(Path(private_key_path).read_bytes(), password=None)
        assert isinstance(loaded, RSAPrivateKey)
        self._key, self._key_id = loaded, key_id

    def headers(self, method: str, path: str) -> str:
        timestamp = str(time.time_ns() // 1_000_000)
        signature = self._key.sign(f"{timestamp}{method}{path}".encode(), _PSS, hashes.SHA256())
        return (
            f"KALSHI-ACCESS-KEY: {self._key_id}\r\nKALSHI-ACCESS-TIMESTAMP: {timestamp}\r\n"
            f"KALSHI-ACCESS-SIGNATURE: {base64.b64encode(signature).decode()}\r\n"
        )


class Socket:
    """One WebSocket that counts what passes by."""

    def __init__(self, *, ws_url: str, key_id: str, private_key_path: str) -> None:
        url = urlsplit(ws_url)
        self._socket = _connected(url.hostname, url.port)
        self._socket.sendall(
            (
                f"GET {url.path} HTTP/1.1\r\nHost: {url.netloc}\r\nUpgrade: websocket\r\n"
                "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n"
                f"{Key(key_id, private_key_path).headers('GET', url.path)}\r\n"
            ).encode()
        )
        self._tail = b""
        self.wait_for(b"\r\n\r\n")

    def fileno(self) -> int:
        return self._socket.fileno()

    def subscribe(self, tickers: list[str]) -> None:
        """To the books, up to and with the last snapshot."""
        params = {"channels": ["orderbook_delta"], "market_tickers": tickers, "use_yes_price": False}
        command = json.dumps({"id": 1, "cmd": "subscribe", "params": params}).encode()
        head = struct.pack("!BBQ", 0x81, 0xFF, len(command)) + b"\0\0\0\0"  # a mask that changes nothing
        self._socket.sendall(head + command)
        left = len(tickers)
        while left > 0:
            left -= self.count(b'"type":"orderbook_snapshot"')

    def wait_for(self, text: bytes) -> None:
        while not self.count(text):
            pass

    def count(self, text: bytes) -> int:
        """The number of times a text came since the last call, blocking until something comes."""
        received = self._socket.recv(1 << 20)
        if not received:
            raise ConnectionError("the exchange has ended the connection")
        seen = self._tail + received
        self._tail = seen[-len(text) + 1 :]
        return seen.count(text)

    @contextmanager
    def drained(self) -> Iterator[None]:
        """Everything is read and dropped, beside."""

        def drain() -> None:
            while self._socket.recv(1 << 20):
                pass

        reading = threading.Thread(target=drain)
        reading.start()
        try:
            yield
        finally:
            self._socket.shutdown(sockets.SHUT_RDWR)
            reading.join()
            self._socket.close()


class Orders:
    """Signed create requests over one connection, which is kept."""

    def __init__(self, venue: dict[str, Any], tickers: list[str]) -> None:
        url = urlsplit(venue["rest_url"])
        self._socket = _connected(url.hostname, url.port)
        self._host = url.netloc
        self._key = Key(venue["key_id"], venue["private_key_path"])
        self._tickers = tickers
        self._made = 0

    def prepared(self) -> bytes:
        """The next order, one contract far from the market, signed just now."""
        self._made += 1
        body = json.dumps(
            {
                "ticker": self._tickers[self._made % len(self._tickers)],
                "side": "bid",
                "count": "1.00",
                "price": "0.0100",
                "client_order_id": f"bench-{self._made}",
                "time_in_force": "good_till_canceled",
                "self_trade_prevention_type": "taker_at_cross",
            }
        )
        head = f"POST {_ORDERS} HTTP/1.1\r\nHost: {self._host}\r\n{self._key.headers('POST', _ORDERS)}"
        return f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()

    def send(self, request: bytes) -> float:
        """Seconds until the answer. Raises RuntimeError if the order was not accepted."""
        began = time.perf_counter()
        self._socket.sendall(request)
        answer = self._socket.recv(65_536)
        took_s = time.perf_counter() - began
        if not answer.startswith(b"HTTP/1.1 201"):
            raise RuntimeError(answer.decode())
        while not answer.endswith(b"}"):  # the body in a packet of its own
            answer += self._socket.recv(65_536)
        return took_s

    def close(self) -> None:
        self._socket.close()


def _connected(host: str | None, port: int | None) -> sockets.socket:
    connected = sockets.create_connection((host, port), timeout=PATIENCE_S)
    connected.setsockopt(sockets.IPPROTO_TCP, sockets.TCP_NODELAY, 1)
    return connected
