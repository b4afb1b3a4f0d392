"""A market that nobody else trades in, and two members who can: the stage of the order tests."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from inspect import signature
from uuid import uuid4

import aiohttp
from cryptography.hazmat.primitives.asymmetric import ed25519

from simulator.choices import Choices
from simulator.engine.catalogue.listing import ListedMarket
from simulator.exchange import Exchange
from simulator.start import start_exchange
from simulator.surface.server import serve
from tests.simulator.conversation import Client

MARKETS = 40
DEFAULT_CHOICES = Choices()
BALANCE_E6 = 1_000_000_000  # $1000 a member


@dataclass(slots=True)
class Desk:
    exchange: Exchange
    client: Client
    other: Client  # the counterparty of every trade
    listed: ListedMarket  # an empty book, on shard 0

    @property
    def ticker(self) -> str:
        return self.listed.ticker

    async def create(self, side: str = "bid", price: str = "0.4500", *, by: Client | None = None, **terms):
        """Create an order of 2.00 in the desk's market; returns (status, body)."""
        return await (by or self.client).order(self.ticker, side, price, **terms)

    async def rest(self, side: str = "bid", price: str = "0.4500", *, by: Client | None = None, **terms):
        """The acknowledgement of an order that was accepted."""
        status, body = await self.create(side, price, by=by, **terms)
        assert status == 201, body
        return body

    async def call(self, method: str, path: str, **kwargs):
        return await self.client.call(method, path, **kwargs)

    async def order(self, order_id: str) -> dict:
        status, body = await self.call("GET", f"/portfolio/orders/{order_id}")
        assert status == 200
        return body["order"]

    async def cancel(self, order_id: str, **query):
        query.setdefault("market_ticker", self.ticker)
        return await self.call("DELETE", f"/portfolio/events/orders/{order_id}", query=query)


def at_desk(*, tier: str = "unlimited", shards: int = 1, choices: Choices = DEFAULT_CHOICES):
    """Make a test of a conversation with a fresh exchange whose order flow rests.

    Its parameters after the desk are the test's.
    """

    def decorate(conversation: Callable[..., Awaitable[None]]) -> Callable[..., None]:
        def test(**parameters) -> None:
            bound = partial(conversation, **parameters)
            asyncio.run(_converse(bound, tier=tier, shards=shards, choices=choices))

        asked = signature(conversation)
        test.__name__, test.__doc__ = conversation.__name__, conversation.__doc__
        test.__module__ = conversation.__module__
        test.__signature__ = asked.replace(parameters=list(asked.parameters.values())[1:])
        return test

    return decorate


async def _converse(
    conversation: Callable[[Desk], Awaitable[None]], *, tier: str, shards: int, choices: Choices
) -> None:
    exchange = start_exchange(uuid4(), markets=MARKETS, seed=7, rate=0.0, shards=shards, choices=choices)
    keys = [ed25519.Ed25519PrivateKey.generate() for _ in range(2)]
    members = [
        exchange.enroll(key.public_key(), balance_e6=BALANCE_E6, tier=kind)
        for key, kind in zip(keys, (tier, "unlimited"), strict=True)
    ]
    listed = next(iter(exchange.world.markets.values()))
    for order in listed.book.orders():
        exchange.engine.cancel(order, now_us=exchange.now_us())
    async with serve(exchange, port=0, with_control=False) as served, aiohttp.ClientSession() as http:
        client, other = (
            Client(http, served, key, member.key_id, exchange)
            for key, member in zip(keys, members, strict=True)
        )
        await conversation(Desk(exchange, client, other, listed))
