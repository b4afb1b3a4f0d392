"""Markets that a venue will not send leave the books of all others alone: judged by the loopback exchange."""

import time

import pytest

from kalshi_client.stream.books import BookSet
from kalshi_client.stream.feed import Feed
from kalshi_client.stream.inbox import Connected, Frames
from kalshi_client.stream.session import BookSession
from simulator.choices import Choices
from tests.kalshi_client.loopback import loopback

NOWHERE = "KXNOWHERE-26DEC31"
PATIENCE_S = 10.0


@pytest.fixture
def venue():
    with loopback(markets=12) as venue:
        yield venue


def watched(venue, choices, tickers, *, count):
    """The books of a session once it trusts ``count`` of them."""
    venue.do(lambda: setattr(venue.exchange, "choices", choices))
    signer = venue.enroll()._transport._signer
    books = BookSet()
    session = BookSession(tickers, books, with_trades=True)
    feed = Feed([venue.served.ws_url], signer, silence_s=20)
    until, generation = time.monotonic() + PATIENCE_S, 0
    try:
        while len(books) - len(books.untrusted) < count and time.monotonic() < until:
            feed.wait(0.2)
            for item in feed.drain():
                commands = []
                if isinstance(item, Connected):
                    generation, commands = item.generation, session.connected()
                elif isinstance(item, Frames):
                    session.receive(item.data, item.received_us)
                for command in [*commands, *session.commands()]:
                    feed.send(0, generation, command)
    finally:
        feed.close()
    return books, generation


@pytest.mark.parametrize("ignores", [False, True])
def test_a_market_that_does_not_exist_costs_the_others_nothing(venue, ignores):
    known = list(venue.exchange.world.markets)
    choices = Choices(ignores_unknown_markets=ignores)

    books, connections = watched(venue, choices, [NOWHERE, *known], count=len(known))

    assert books.untrusted == {NOWHERE: "no_snapshot"}
    assert connections == 1


def test_a_limit_that_is_not_published_is_filled_and_not_run_into_for_ever(venue):
    known = list(venue.exchange.world.markets)

    books, connections = watched(venue, Choices(most_markets_per_subscription=7), known, count=7)

    assert len(books.untrusted) == len(known) - 7
    assert connections == 1
