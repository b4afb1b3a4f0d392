"""Keys, golden files and venues that answer exactly what a test tells them to."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from kalshi_client.auth import Signer
from kalshi_client.rest.order_destination import OrderDestination

WIRE = Path(__file__).parents[1] / "wire"


def golden(name: str) -> dict[str, Any]:
    return json.loads((WIRE / f"{name}.json").read_text())


@pytest.fixture(name="golden")
def golden_fixture() -> Callable[[str], dict[str, Any]]:
    return golden


@pytest.fixture(scope="session")
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="session")
def rsa_pem(rsa_key: rsa.RSAPrivateKey) -> bytes:
    return rsa_key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


@pytest.fixture(scope="session")
def signer(rsa_key: rsa.RSAPrivateKey) -> Signer:
    return Signer("key-1", rsa_key)


@dataclass
class Request:
    method: str
    path: str  # with its query
    headers: dict[str, str]
    body: bytes


@dataclass
class Venue:
    """An HTTP server: each request takes the next script, which gets the handler."""

    url: str = ""
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    scripts: deque[Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=deque)

    def answers(self, status: int, body: Any = b"", **headers: str) -> None:
        text = body if isinstance(body, bytes) else json.dumps(body).encode()

        def script(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(status)
            handler.send_header("Content-Length", str(len(text)))
            for name, value in headers.items():
                handler.send_header(name, value)
            handler.end_headers()
            handler.wfile.write(text)

        self.scripts.append(script)

    def truncates(self, status: int, body: bytes, promised: int) -> None:
        def script(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(status)
            handler.send_header("Content-Length", str(promised))
            handler.end_headers()
            handler.wfile.write(body)
            handler.close_connection = True

        self.scripts.append(script)

    def resets(self) -> None:
        def script(handler: BaseHTTPRequestHandler) -> None:
            linger = struct.pack("ii", 1, 0)  # close with a RST
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            handler.connection.close()
            handler.close_connection = True
            handler.wfile = handler.rfile = open("/dev/null", "r+b")  # noqa: SIM115 # closed by it

        self.scripts.append(script)

    def stays_silent(self, until: threading.Event) -> None:
        def script(handler: BaseHTTPRequestHandler) -> None:
            until.wait(10)
            handler.close_connection = True

        self.scripts.append(script)

    def drips(self, until: threading.Event, *, part: str) -> None:
        """Sends a byte of a header or of the body whenever the client has had time to read the last one."""

        def script(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(200)
            handler.send_header("Content-Length", "1000000")
            if part == "body":
                handler.end_headers()
            else:
                handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            try:
                while not until.wait(0.01):
                    handler.wfile.write(b" ")
            except OSError:
                pass
            handler.close_connection = True

        self.scripts.append(script)


@pytest.fixture
def venue() -> Iterator[Venue]:
    told = Venue()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            told.connections += 1
            super().setup()

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            told.requests.append(Request(self.command, self.path, dict(self.headers), body))
            told.scripts.popleft()(self)

        do_GET = do_POST = do_DELETE = _serve  # noqa: N815  # http.server's names

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # http.server's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    told.url = f"http://127.0.0.1:{server.server_address[1]}/trade-api/v2"
    yield told
    server.shutdown()
    server.server_close()
    thread.join(5)


def known_destination(url: str, signer: Signer) -> OrderDestination:
    """A place for orders that proves nothing: what listens there is the test's own."""
    return OrderDestination(url, signer, prove=lambda *_: None)


@pytest.fixture
def closed_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
