"""A refusal is told once for each market that is carried, however often the venue repeats it."""

import itertools
import json

import pytest

from kalshi_client.stream.book_connection import BookConnection
from kalshi_client.stream.books import BookSet
from kalshi_client.stream.inbox import Connected, Frames
from kalshi_client.stream.link import Link

NYC, LA = "RAIN-NYC", "RAIN-LA"


class FakeWire:
    def send(self, connection, generation, data):
        pass

    def reconnect(self, connection):
        pass


class Carried:
    def __init__(self):
        self.books = BookSet()
        self.connection = BookConnection(
            Link("Connection 3", 3, FakeWire()), self.books, silence_s=25.0, now=0.0
        )
        self.received_us = itertools.count(1)
        self.connection.carry([NYC, LA], 0.0)
        self.open(1)

    def open(self, generation):
        self.generation = generation
        self.connection.take(Connected(3, generation), 0.0)
        self.hear(type="subscribed", id=1, msg={"channel": "orderbook_delta", "sid": 1})

    def hear(self, **fields):
        data = [json.dumps(fields).encode()]
        return self.connection.take(Frames(3, self.generation, next(self.received_us), data), 0.0)

    def refused(self, *tickers, text="unknown market"):
        msg = {"code": 11, "msg": text, "market_tickers": list(tickers)}
        return self.hear(type="error", id=99, msg=msg)


@pytest.fixture
def carried():
    return Carried()


def test_what_is_refused_again_for_the_same_reason_is_told_once(carried):
    assert len(carried.refused(NYC)) == 1

    assert carried.refused(NYC) == []
    assert len(carried.refused(NYC, text="another reason")) == 1
    assert len(carried.refused(NYC, LA)) == 1


def test_a_new_connection_is_told_of_again(carried):
    carried.refused(NYC)

    carried.open(2)

    assert len(carried.refused(NYC)) == 1


def test_no_more_refusals_are_remembered_than_markets_are_carried(carried):
    for number in range(500):
        carried.refused(NYC, f"ELSE-{number}", text=f"refused {number}")
        carried.refused(f"ELSE-{number}", text=f"refused {number}")
    carried.connection.carry([LA], 0.0)

    assert carried.connection._refused.keys() <= {LA, ""}


def test_frames_of_a_connection_that_was_given_up_are_dropped(carried):
    """They may be from before the reason for it."""
    carried.connection.open_again("slept")

    carried.hear(
        type="orderbook_snapshot",
        sid=1,
        seq=1,
        msg={"market_ticker": NYC, "yes_dollars_fp": [["0.4500", "1.00"]]},
    )

    assert NYC in carried.books.untrusted
