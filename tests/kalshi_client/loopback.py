"""The loopback exchange in a thread beside the test, and members who trade on it with this client."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from kalshi_client.auth import Signer
from kalshi_client.rest.client import RestClient
from kalshi_client.rest.order_destination import OrderDestination
from kalshi_client.rest.outcomes import CreateOrder
from kalshi_client.rest.read_budget import Pacing
from simulator.access.credentials import KeyFolder
from simulator.choices import Choices
from simulator.engine.catalogue.listing import ListedMarket
from simulator.exchange import Exchange
from simulator.member import Member
from simulator.start import start_exchange
from simulator.surface.server import Served, serve

MARKETS = 40
BALANCE_E6 = 1_000_000_000
Result = TypeVar("Result")
Key = ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey


class HeldKeys(KeyFolder):
    """Keys that a test has made."""

    def hold(self, name: str, key: Key) -> None:
        self._loaded[name] = key


@dataclass
class Loopback:
    """An exchange whose order flow rests. ``listed`` is an empty market of shard 0."""

    exchange: Exchange
    served: Served
    loop: asyncio.AbstractEventLoop
    listed: ListedMarket
    clients: list[RestClient]
    keys: HeldKeys

    @property
    def ticker(self) -> str:
        return self.listed.ticker

    @property
    def event_ticker(self) -> str:
        return self.listed.market.event_ticker

    @property
    def series_ticker(self) -> str:
        return self.listed.market.series_ticker

    def do(self, change: Callable[[], Result]) -> Result:
        """Run this inside the exchange, between two of its requests."""

        async def run() -> Result:
            return change()

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result(30)

    def member(self, client: RestClient) -> Member:
        signer = client._transport._signer
        assert signer is not None
        return self.exchange.members[signer.key_id]

    def enroll(self, *, key: Key | None = None, tier: str = "unlimited", **settings: Any) -> RestClient:
        """A client of a new member."""
        key = key or ed25519.Ed25519PrivateKey.generate()
        return self.client(Signer(self.admit(key, tier=tier).key_id, key), **settings)

    def admit(self, key: Key, *, tier: str, balance_e6: int = BALANCE_E6) -> Member:
        """A new member with this key, which the exchange proves that it has."""
        member = self.do(lambda: self.exchange.enroll(key.public_key(), balance_e6=balance_e6, tier=tier))
        self.keys.hold(member.name, key)
        return member

    def client(self, signer: Signer | None, **settings: Any) -> RestClient:
        orders = None if signer is None else OrderDestination(self.served.rest_url, signer)
        settings = {"pacing": Pacing(unsigned_per_s=100_000), "orders": orders} | settings
        client = RestClient(self.served.rest_url, signer, **settings)
        self.clients.append(client)
        return client

    def bid(self, price_e4: int = 4500, name: str = "a", **terms: Any) -> CreateOrder:
        """An order of 2.00 in the empty market."""
        terms = {"count_e2": 200, "time_in_force": "good_till_canceled", "exchange_index": 0} | terms
        return CreateOrder(
            self.ticker, terms.pop("side", "bid"), price_e4=price_e4, client_order_id=name, **terms
        )

    def settle(self) -> None:
        """The market pays a dollar for YES."""
        lifecycle = self.exchange.lifecycle
        self.do(lambda: lifecycle.settle_market(self.listed, now_us=self.exchange.now_us(), value_e4=10_000))

    def archive_everything(self) -> None:
        """From now on all that has ended is in the archive."""
        self.do(lambda: setattr(self.exchange, "choices", Choices(archive_after_s=-5)))


@contextmanager
def loopback(*, shards: int = 1, markets: int = MARKETS, clock_offset_us: int = 0) -> Iterator[Loopback]:
    exchange = start_exchange(
        uuid4(), markets=markets, seed=7, rate=0.0, shards=shards, clock_offset_us=clock_offset_us
    )
    listed = next(m for m in exchange.world.markets.values() if m.market.exchange_index == 0)
    for order in listed.book.orders():
        exchange.engine.cancel(order, now_us=exchange.now_us())
    loop, opened, closing = asyncio.new_event_loop(), threading.Event(), asyncio.Event()
    served: list[Served] = []
    keys = HeldKeys(Path("/dev/null"))

    async def run() -> None:
        async with serve(exchange, port=0, with_control=True, keys=keys) as open_now:
            served.append(open_now)
            opened.set()
            await closing.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(run(),), daemon=True)
    thread.start()
    assert opened.wait(20)
    venue = Loopback(exchange, served[0], loop, listed, [], keys)
    try:
        yield venue
    finally:
        for client in venue.clients:
            client.close()
        loop.call_soon_threadsafe(closing.set)
        thread.join(10)
        loop.close()
