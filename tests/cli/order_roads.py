"""Addresses that look like others, every key of the schema, and sockets that keep what arrives."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any, get_args
from urllib.parse import urlsplit

from pydantic import BaseModel

PRODUCTION = "api.elections.kalshi.com"
DEMO = "demo-api.kalshi.co"
LOOKALIKES = (
    PRODUCTION,
    f"{PRODUCTION}.",
    PRODUCTION.upper(),
    f"{PRODUCTION}:443",
    f"{DEMO}@{PRODUCTION}",
    f"{PRODUCTION}@{DEMO}",
    f"{PRODUCTION}#{DEMO}",
    f"{PRODUCTION}?{DEMO}",
    f"{PRODUCTION}\\{DEMO}",
    "api.elections.%6Balshi.com",
    "api.elections.kalshi%2Ecom",
    "kalshi.com.kalshi.co.evil",
    "kalshi.co.kalshi.com",
    f"{DEMO}.",
    f"{DEMO}:8443",
    f"{DEMO}.evil",
    "notkalshi.co",
    "demo-api.\u043aalshi.co",
    "demo-api.kalshi\u3002co",
    "xn--alshi-3ve.co",
    "localhost:9",
    "127.1:9",
    "2130706433:9",
    "[::1]:9",
    "[::ffff:127.0.0.1]:9",
    "10.0.0.1:9",
    "evil.example",
)


def addresses(scheme: str) -> list[str]:
    """Each look-alike as an encrypted address of that kind, and the first few without encryption."""
    path = "/trade-api/v2" if scheme == "http" else "/trade-api/ws/v2"
    encrypted = [f"{scheme}s://{host}{path}" for host in LOOKALIKES]
    return [*encrypted, *(f"{scheme}://{host}{path}" for host in (*LOOKALIKES[:5], DEMO, *LOOKALIKES[-7:]))]


def keys_of(model: type[BaseModel], at: tuple[str, ...] = ()) -> Iterator[str]:
    """Every key of the schema that is no section, with the keys of sections that may be left out."""
    for name, field in model.model_fields.items():
        sections = [kind for kind in _kinds(field.annotation) if _is_section(kind)]
        for section in sections:
            yield from keys_of(section, (*at, name))
        if not sections:
            yield ".".join((*at, name))


def _kinds(annotation: Any) -> list[Any]:
    return [annotation, *(kind for part in get_args(annotation) for kind in _kinds(part))]


def _is_section(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


class Recorder:
    """A listener that keeps every byte, answers what is HTTP, by default with 404, and closes on all else."""

    def __init__(self, answer: str = "404 Not Found") -> None:
        self.arrived: list[bytes] = []
        self._answer = f"HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n".encode()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)

    def __contains__(self, text: bytes) -> bool:
        return any(text in data for data in self.arrived)

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                with connection, contextlib.suppress(OSError):
                    connection.settimeout(10)
                    data = connection.recv(65_536)
                    self.arrived.append(data)
                    if b" HTTP/1.1\r\n" in data:
                        connection.sendall(self._answer)


class Forwarder:
    """Passes everything on to another address, and keeps what it passed on."""

    def __init__(self, to_url: str, proofs_to_url: str = "") -> None:
        self._to, self._proofs_to = _place(to_url), _place(proofs_to_url or to_url)
        self.passed_on: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._main = self._loop.create_task(self._serve())
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._main.cancel)
        self._thread.join(10)

    def _run(self) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            self._loop.run_until_complete(self._main)
        self._loop.close()

    async def _serve(self) -> None:
        async with await asyncio.start_server(self._accept, sock=self._listener) as server:
            await server.serve_forever()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            self.passed_on.append(head)
            place = self._proofs_to if b"exchange-proof" in head else self._to
            far_reader, far_writer = await asyncio.open_connection(*place)
            far_writer.write(head.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
            writer.write(await far_reader.read())
            far_writer.close()
        writer.close()


def _place(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or 0
