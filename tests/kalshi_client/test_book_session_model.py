"""Whatever venue, line and user do, in whatever order: no trusted book is ever another than the venue's."""

import json
import random
from dataclasses import replace

import pytest

from kalshi_client.stream.books import BookSet
from kalshi_client.stream.deadlines import ANSWER_WITHIN_S
from kalshi_client.stream.session import BookSession
from kalshi_client.stream.session_events import ReconnectNeeded
from tests.kalshi_client.model_venue import ModelVenue

TICKERS = ["A", "B", "C"]
STEPS = {
    "a_book_changes": 30,
    "a_command_is_carried_out": 20,
    "frames_arrive": 25,
    "a_market_comes_or_goes": 5,
    "what_is_doubtful_is_asked_for_again": 3,
    "a_book_is_audited": 3,
    "a_subscription_ends": 1,
    "the_line_is_cut": 1,
    "a_market_becomes_unknown_or_known": 2,
    "time_passes": 5,
}
DOUBLED, LOST, BROKEN = 0.02, 0.03, 0.02  # shares of frames
MOST_STEPS = 250


class Watched:
    """A session at a model venue. ``asof``: the venue's books when it sent the newest message that came."""

    def __init__(self, seed, *, replies_take_numbers):
        self.rng = random.Random(seed)
        self.is_lossy = replies_take_numbers  # else a loss right before a reply shows to nobody
        self.venue = ModelVenue(TICKERS, replies_take_numbers)
        self.books = BookSet()
        self.session = BookSession(["A", "B"], self.books, connection=1, with_trades=self.rng.random() < 0.5)
        self.at_us = 0
        self.now = 0.0
        self.connect()

    def connect(self):
        self.asof = None
        self.venue.connected()
        self.venue.ask(self.session.connected())

    def step(self):
        (what,) = self.rng.choices(list(STEPS), STEPS.values())
        getattr(self, what)()
        self.venue.ask(self.session.commands())
        self.every_trusted_book_is_the_venues()

    # --- the venue ---------------------------------------------------------------------------------

    def a_book_changes(self):
        self.venue.change(self.rng.choice(TICKERS), self.rng.randint(44, 46), self.rng.randint(0, 3))

    def a_command_is_carried_out(self):
        if self.venue.asked:
            names, numbered = self.rng.random() < 0.5, self.rng.random() < 0.5
            self.venue.carry_out(names_culprits=names, is_numbered=numbered, new_sid=self.rng.randint(1, 3))

    def a_subscription_ends(self):
        if self.venue.subscriptions:
            sid = self.rng.choice(list(self.venue.subscriptions))
            self.venue.end(sid, by_error=self.rng.random() < 0.5)

    def a_market_becomes_unknown_or_known(self):
        self.venue.unknown ^= {self.rng.choice(TICKERS)}

    # --- the line ----------------------------------------------------------------------------------

    def frames_arrive(self):
        count = min(self.rng.randint(1, 4), len(self.venue.wire))
        arriving = [self.on_the_way(self.venue.wire.pop(0)) for _ in range(count)]
        arrived = [each for several in arriving for each in several]
        for batch in [arrived] if self.rng.random() < 0.5 else [[each] for each in arrived]:
            if not self.receive(batch):
                return

    def on_the_way(self, sent):
        data, fate = json.dumps(sent.frame).encode(), self.rng.random()
        if fate < DOUBLED:
            return [(data, sent)] * 2
        if self.is_lossy and "seq" in sent.frame:
            if fate < DOUBLED + LOST:
                return []
            if fate < DOUBLED + LOST + BROKEN:
                unread = replace(sent, books=None)  # what cannot be read proves nothing
                return [(data.replace(b'"msg"', b'"mgs"'), unread)]
        return [(data, sent)]

    def receive(self, batch):
        """Whether the connection goes on."""
        self.at_us += 1
        events = self.session.receive([data for data, _ in batch], self.at_us)
        for _, sent in batch:
            if sent.books is not None and sent.sid == self.session._requests.book.sid:
                self.asof = sent.books
        if any(isinstance(event, ReconnectNeeded) for event in events):
            self.the_line_is_cut()
            return False
        return True

    def the_line_is_cut(self):
        self.session.disconnected("cut")
        self.connect()

    def time_passes(self):
        self.now += self.rng.uniform(0.0, ANSWER_WITHIN_S / 2)
        if any(isinstance(event, ReconnectNeeded) for event in self.session.look(self.now)):
            self.the_line_is_cut()

    # --- the user ----------------------------------------------------------------------------------

    def a_market_comes_or_goes(self):
        ticker = self.rng.choice(TICKERS)
        if ticker in self.session.tickers:
            self.session.remove([ticker])
            self.books.remove(ticker)
        else:
            self.books.add(ticker)
            self.session.add([ticker])

    def what_is_doubtful_is_asked_for_again(self):
        self.session.ask_again(self.session.untrusted)

    def a_book_is_audited(self):
        if self.session.tickers:
            self.session.audit([self.rng.choice(self.session.tickers)])

    # --- what must hold ----------------------------------------------------------------------------

    def every_trusted_book_is_the_venues(self):
        for ticker in self.books.books.keys() - self.books.untrusted.keys():
            book = self.books.books[ticker]
            assert self.asof is not None, f"{ticker} is trusted before anything came"
            held = {price_e4 // 100: count_e2 // 100 for price_e4, count_e2 in book.yes.items()}
            assert held == self.asof[ticker], ticker
            assert book.best_yes_bid_e4 == max(book.yes, default=None)

    def heals(self):
        """Once nothing goes wrong any more, every book is whole again."""
        self.venue.unknown.clear()
        self.is_lossy = False
        for _ in range(30):
            self.time_passes()
            self.session.ask_again(self.session.untrusted)
            self.venue.ask(self.session.commands())
            while self.venue.asked:
                self.venue.carry_out(names_culprits=True, is_numbered=True, new_sid=1)
            arrived = [(json.dumps(sent.frame).encode(), sent) for sent in self.venue.wire]
            self.venue.wire.clear()
            self.receive(arrived)
        assert self.session.untrusted == []
        assert self.session._requests.subscriptions.unanswered() == {}
        assert self.session._requests._markets.membership.waiting() == {}
        self.every_trusted_book_is_the_venues()


@pytest.mark.parametrize("hundred", range(4))
@pytest.mark.parametrize("replies_take_numbers", [True, False])
def test_a_trusted_book_is_the_venues_and_every_doubtful_one_heals(hundred, replies_take_numbers):
    trusted = 0
    for seed in range(100 * hundred, 100 * (hundred + 1)):
        watched = Watched(seed, replies_take_numbers=replies_take_numbers)
        for _ in range(MOST_STEPS):
            watched.step()
            trusted += len(watched.books) - len(watched.books.untrusted)
        watched.heals()

    assert trusted > 100 * MOST_STEPS / 5  # the venue is not so wild that nothing was ever compared
