"""A shard doubts all that it knows after this machine slept, and soon compares what new connections send."""

import itertools
import json

import pytest

from kalshi_client.signing_clock import SigningClock
from kalshi_client.stream.inbox import Connected, Frames
from kalshi_client.stream.price_scale import FIRST_S, SCALE
from market_data import market_news
from market_data.shard_books import ShardBooks
from market_data.shard_watch import Watching
from settings.venue_access import VenueAccess

NYC = "RAIN-NYC"
NEWS, BOOKS = 0, 1  # connections, as they are opened
NOWHERE = VenueAccess("loopback", "", "", "", "", 1.0)


class FakeFeed:
    """Hands out what it was given."""

    def __init__(self):
        self.connections = itertools.count()
        self.items = []
        self.reconnected = []

    def open(self, url):  # noqa: ARG002  # there is one
        return next(self.connections)

    def send(self, connection, generation, data):
        """Nobody reads it."""

    def reconnect(self, connection):
        self.reconnected.append(connection)

    def drain(self, limit):  # noqa: ARG002  # there are few
        items, self.items = self.items, []
        return items


class FakeBackground:
    def __init__(self):
        self.asked = []

    def submit(self, tag, call, *args, within_s):  # noqa: ARG002  # nothing is called
        self.asked.append(tag[0])


class Shard:
    def __init__(self, monkeypatch):
        self.now = 1_000.0
        self.slept_s = 500.0  # before it began
        monkeypatch.setattr(market_news.time, "monotonic", lambda: self.now)
        self.feed, self.background = FakeFeed(), FakeBackground()
        self.books = ShardBooks(throttle_s=0.0)
        self.books.keep({NYC: 1})
        self.watching = Watching(
            self.feed,
            NOWHERE,
            self.books,
            self.background,
            clock=SigningClock(),
            silence_s=25.0,
            slept_s=lambda: self.slept_s,
        )
        self.watching.watch([NYC], [])
        self.connect(1)

    def connect(self, generation):
        """Both connections, and the book of NYC over the one."""
        subscribed = {"type": "subscribed", "id": 1, "msg": {"channel": "orderbook_delta", "sid": 1}}
        msg = {
            "market_ticker": NYC,
            "yes_dollars_fp": [["0.4500", "1.00"]],
            "no_dollars_fp": [["0.5000", "1.00"]],
        }
        snapshot = {"type": "orderbook_snapshot", "sid": 1, "seq": 1, "msg": msg}
        data = [json.dumps(frame).encode() for frame in (subscribed, snapshot)]
        self.feed.items += [Connected(NEWS, generation), Connected(BOOKS, generation)]
        self.feed.items.append(Frames(BOOKS, generation, 1, data))
        self.watching.take_arrived(self.now)

    def after(self, seconds):
        self.now += seconds
        return self.watching.look_after(self.now)


@pytest.fixture
def shard(monkeypatch):
    return Shard(monkeypatch)


def test_after_the_machine_slept_no_book_is_trusted_before_its_connection_is_a_new_one(shard):
    """Its clock stood still meanwhile, so nothing looks old."""
    assert shard.books.live == 1
    shard.slept_s += 3_600.0

    [note] = shard.after(1.0)

    assert "slept for 3600 s" in note
    assert shard.books.live == 0
    assert shard.feed.reconnected == [BOOKS, NEWS]
    assert shard.after(1.0) == []
    shard.connect(2)
    assert shard.books.live == 1


def test_the_books_of_a_new_connection_are_soon_compared_with_rests(shard):
    shard.after(FIRST_S)
    shard.after(FIRST_S)
    assert shard.background.asked.count(SCALE) == 1

    shard.connect(2)
    shard.after(FIRST_S)

    assert shard.background.asked.count(SCALE) == 2
