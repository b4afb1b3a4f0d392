"""Conversations with an exchange as a client has them, over real sockets on loopback."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import time
from uuid import uuid4

import aiohttp
from cryptography.hazmat.primitives.asymmetric import ed25519

from simulator.personality import PERSONALITIES
from simulator.start import start_exchange
from simulator.surface.server import serve

REST, WS = "/trade-api/v2", "/trade-api/ws/v2"


class Client:
    """Signs, sends, and reads JSON."""

    def __init__(self, http: aiohttp.ClientSession, served, key, key_id: str, exchange=None) -> None:
        self.http, self.served, self.key, self.key_id = http, served, key, key_id
        self.exchange = exchange  # for what cannot be asked for

    def headers(self, method: str, path: str, *, signed_path: str = "") -> dict[str, str]:
        timestamp = str(time.time_ns() // 1_000_000)
        signature = self.key.sign(f"{timestamp}{method}{signed_path or path}".encode())
        return {
            "KALSHI-ACCESS-KEY": self.key_id,
            "KALSHI-ACCESS-TIMESTAMP": timestamp,
            "KALSHI-ACCESS-SIGNATURE": base64.b64encode(signature).decode(),
        }

    async def call(self, method: str, path: str, *, signed: bool = True, body=None, query=None):
        headers = self.headers(method, REST + path) if signed else {}
        url = self.served.rest_url + path
        async with self.http.request(method, url, headers=headers, json=body, params=query) as answer:
            text = await answer.text()
            return answer.status, json.loads(text) if text else None

    async def order(self, ticker: str, side: str, price: str, /, **terms):
        body = {
            "ticker": ticker,
            "side": side,
            "price": price,
            "count": "2.00",
            "time_in_force": "good_till_canceled",
            "self_trade_prevention_type": "taker_at_cross",
        }
        return await self.call("POST", "/portfolio/events/orders", body=body | terms)

    @contextlib.asynccontextmanager
    async def listener(self):
        headers = self.headers("GET", WS)
        async with self.http.ws_connect(self.served.ws_url, headers=headers, autoping=False) as socket:
            yield Listener(socket)

    async def control(self, method: str, path: str, body=None):
        async with self.http.request(method, self.served.control_url + path, json=body) as answer:
            return answer.status, await answer.json()


def talk(
    conversation,
    *,
    tier: str = "unlimited",
    with_control: bool = True,
    rate: float = 0.0,
    personality: str = "production",
    shards: int = 1,
) -> None:
    """Run one conversation with a fresh exchange of 40 markets; its order flow rests by default."""

    async def run() -> None:
        terms = {"rate": rate, "personality": PERSONALITIES[personality], "shards": shards}
        exchange = start_exchange(uuid4(), markets=40, seed=7, **terms)
        key = ed25519.Ed25519PrivateKey.generate()
        member = exchange.enroll(key.public_key(), balance_e6=1_000_000_000, tier=tier)
        async with (
            serve(exchange, port=0, with_control=with_control) as served,
            aiohttp.ClientSession() as http,
        ):
            await conversation(Client(http, served, key, member.key_id, exchange))

    asyncio.run(run())


async def first_market(client: Client) -> dict:
    _, body = await client.call("GET", "/markets", signed=False, query={"status": "open", "limit": 1})
    return body["markets"][0]


class Listener:
    """One WebSocket of a client: what it subscribed to and what it was told."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self._last_id = 0

    async def command(self, cmd: str, **params) -> int:
        self._last_id += 1
        await self.socket.send_json({"id": self._last_id, "cmd": cmd, "params": params})
        return self._last_id

    async def subscribe(self, *channels: str, tickers: list[str] | None = None) -> None:
        """Subscribe and read on until every channel is confirmed and every book has come."""
        wanted = {"market_tickers": tickers} if tickers else {}
        await self.command("subscribe", channels=list(channels), **wanted)
        left = len(channels) + (len(tickers or ()) if "orderbook_delta" in channels else 0)
        while left:
            assert (await self.next())["type"] in ("subscribed", "orderbook_snapshot")
            left -= 1

    async def next(self, *kinds: str) -> dict:
        """The next message, or the next of some types."""
        while True:
            message = json.loads(await self.text())
            if not kinds or message["type"] in kinds:
                return message

    async def text(self) -> str:
        message = await self.socket.receive(timeout=10)
        while message.type == aiohttp.WSMsgType.PING:
            await self.socket.pong(message.data)
            message = await self.socket.receive(timeout=10)
        assert message.type == aiohttp.WSMsgType.TEXT, message
        return message.data

    async def end(self) -> aiohttp.WSMsgType:
        """The end of the connection, once it has come."""
        while True:
            message = await self.socket.receive(timeout=10)
            if message.type != aiohttp.WSMsgType.TEXT:
                return message.type
