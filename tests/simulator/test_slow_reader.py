"""A client that stops reading, over real sockets: bounded, cut off, and nobody else notices."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import struct
from urllib.parse import urlsplit

import pytest

from simulator.surface.websocket import connection as websocket
from simulator.surface.websocket import outlet
from tests.simulator.conversation import WS, Client, talk

BUFFER_BYTES = 1024 * 1024  # where a client counts as too far behind, in these tests
ROUNDS = 400  # of snapshots of all books: several times what the buffers on the way can hold


@pytest.fixture(autouse=True)
def small_limits(monkeypatch):
    monkeypatch.setattr(outlet, "OVERFLOW_BYTES", BUFFER_BYTES)
    monkeypatch.setattr(outlet, "STUCK_S", 0.3)
    monkeypatch.setattr(websocket, "HEARTBEAT_S", 0.05)


class Reader:
    """A WebSocket whose bytes are read only when asked for."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @staticmethod
    async def connect(client: Client) -> Reader:
        url = urlsplit(client.served.ws_url)
        reader, writer = await asyncio.open_connection(url.hostname, url.port, limit=1024)
        headers = client.headers("GET", WS) | {
            "Host": url.netloc,
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        writer.write(f"GET {WS} HTTP/1.1\r\n{lines}\r\n".encode())
        await reader.readuntil(b"\r\n\r\n")
        return Reader(reader, writer)

    def command(self, cmd: str, **params) -> None:
        payload = json.dumps({"id": 1, "cmd": cmd, "params": params}).encode()
        self.writer.write(struct.pack("!BBH", 0x81, 0xFE, len(payload)) + bytes(4) + payload)

    async def write_on(self) -> None:
        while True:
            self.command("list_subscriptions")
            await self.writer.drain()


def beside_a_bystander(stalls) -> None:
    """Run a conversation of a client that reads nothing, beside one that does."""

    async def conversation(client: Client) -> None:
        _, body = await client.call("GET", "/markets", signed=False)
        tickers = [market["ticker"] for market in body["markets"]]
        slow = await Reader.connect(client)
        async with client.listener() as bystander:
            await bystander.subscribe("orderbook_delta", tickers=tickers[:1])
            slow.command("subscribe", channels=["orderbook_delta"], market_tickers=tickers)
            for _ in range(ROUNDS):
                slow.command("update_subscription", sid=1, action="get_snapshot", market_tickers=tickers)
            await stalls(slow)
            await client.order(tickers[0], "bid", "0.0100")

            assert (await bystander.next("orderbook_delta"))["seq"] == 2
        slow.writer.close()

    talk(conversation)


def test_it_is_told_that_it_missed_something_once_it_reads_again(monkeypatch):
    monkeypatch.setattr(outlet, "STUCK_S", 60.0)

    async def stalls(slow: Reader) -> None:
        await slow.writer.drain()
        received = b""
        while b'"code":25' not in received:
            received += await slow.reader.read(1 << 16)

        # What it is late with is bounded: the limit, what came with the last command, and the kernel's.
        assert len(received) < 10 * BUFFER_BYTES

    beside_a_bystander(stalls)


def test_it_is_cut_off_when_it_reads_nothing_for_long():
    async def stalls(slow: Reader) -> None:
        with pytest.raises(ConnectionError):
            await asyncio.wait_for(slow.write_on(), timeout=30)

    beside_a_bystander(stalls)
