"""A venue that takes fewer markets a connection than asked for gets more connections: all are watched."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from kalshi_client.signing_clock import SigningClock
from kalshi_client.stream.feed import Feed
from market_data.shard_books import ShardBooks
from market_data.watched_connections import WatchedConnections
from simulator.choices import Choices
from tests.kalshi_client.loopback import Loopback, loopback

MARKETS = 23
PATIENCE_S = 20.0


@pytest.fixture
def venue() -> Iterator[Loopback]:
    with loopback(markets=MARKETS) as venue:
        yield venue


class Shard:
    """Do a watcher's work with its connections, its seconds as short as the venue allows."""

    def __init__(self, venue: Loopback) -> None:
        self.tickers = list(venue.exchange.world.markets)
        self.books = ShardBooks(throttle_s=0.0)
        url = venue.served.ws_url
        self.feed = Feed([], venue.enroll()._transport._signer, silence_s=20)
        self.connections = WatchedConnections(
            self.feed, lambda: self.feed.open(url), self.books, clock=SigningClock(), silence_s=20.0
        )
        self.notes: list[str] = []

    def watch(self, tickers: list[str]) -> None:
        self.books.keep(dict.fromkeys(tickers, 1))
        self.connections.watch(tickers, together=[tickers[:3], tickers[3:9]])

    def until_live(self) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while self.books.untradable:
            assert time.monotonic() < deadline, self.notes[-5:]
            self.feed.wait(0.1)
            for item in self.feed.drain():
                self.notes += self.connections.find(item.connection).take(item, time.monotonic())
            self.notes += self.connections.look_after(time.monotonic())


@pytest.fixture
def shard(venue: Loopback) -> Iterator[Shard]:
    shard = Shard(venue)
    yield shard
    shard.feed.close()


def subscribed(venue: Loopback) -> list[set[str]]:
    """The markets of each book subscription, as the exchange has them."""

    def look() -> list[set[str]]:
        by_subscription: dict[int, set[str]] = {}
        for ticker, subscriptions in venue.exchange.publisher._books.items():
            for subscription in subscriptions:
                by_subscription.setdefault(id(subscription), set()).add(ticker)
        return list(by_subscription.values())

    return venue.do(look)


@pytest.mark.parametrize("most", [1, 5, 22])
def test_every_market_is_watched_once_whatever_the_venues_limit_is(venue: Loopback, shard: Shard, most: int):
    venue.do(lambda: setattr(venue.exchange, "choices", Choices(most_markets_per_subscription=most)))

    shard.watch(shard.tickers)
    shard.until_live()

    watched = subscribed(venue)
    assert sorted(ticker for tickers in watched for ticker in tickers) == sorted(shard.tickers)
    assert max(map(len, watched)) <= most
    assert any(f"takes {most} markets a connection" in note for note in shard.notes)


def test_markets_that_come_later_keep_to_the_limit_that_was_learnt(venue: Loopback, shard: Shard):
    venue.do(lambda: setattr(venue.exchange, "choices", Choices(most_markets_per_subscription=6)))
    shard.watch(shard.tickers[:12])
    shard.until_live()
    shard.notes.clear()

    shard.watch(shard.tickers)
    shard.until_live()

    assert max(map(len, subscribed(venue))) <= 6
    assert [note for note in shard.notes if "refused" in note] == []
