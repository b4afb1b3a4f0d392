"""Shows that nothing that arrives makes the client raise or trust a book that is wrong.

An exchange sends its true frames, a part of them is mutated on the way, and two clients get the same
bytes: ours, whose requests the exchange answers, and the slow reference client. After every few frames each
book that ours trusts has to be the reference's. Where the reference has none, because a broken frame fooled
it with its number, the exchange's own book is the judge.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any, Final
from uuid import UUID

from benchmarks.recorded_flow import Sides, record
from benchmarks.replay_server import ReplayedBook, there_and_back
from kalshi_client.stream.books import BookSet
from kalshi_client.stream.session import BookSession
from kalshi_client.stream.session_events import ReconnectNeeded
from simulator.start import start_exchange
from simulator.surface.websocket.commands import CommandSession
from verification.mutations import Mutations
from verification.proof import Piece, Proof
from verification.reference_client import ReferenceClient

MARKETS: Final = 8
PHASE: Final = 200  # changes; then the weather turns
_WEATHER: Final = (0.02, 0.2, 0.5, 1.0, 1.0)  # share of frames that are mutated
RECOVERS: Final = 0.7  # chance that the answers to a client that asks for books arrive unharmed
CHUNK: Final = 50_000  # mutated frames of one random generator
QUICK_CHUNK: Final = 5_000
_SHOWN: Final = 60  # beginnings of frames before a difference


def piece(number: int, quick: bool) -> Piece:  # noqa: FBT001  # as every proof is called
    """Fifty thousand mutated frames."""
    found = fuzz(number, QUICK_CHUNK if quick else CHUNK)
    counts = {"frames": found.frames, "mutated": found.mutated, "books compared": found.compared}
    counts |= {"confirmed by the venue": found.by_venue, **found.kinds, **found.counted}
    wrong = [f"trusted, and not the reference's: {line}" for line in found.wrong]
    return Piece(counts, [*(f"raised: {line}" for line in found.raised), *wrong])


PROOF: Final = Proof(
    "Nothing that arrives makes the client raise or trust a book that is wrong",
    pieces=200,
    run=piece,
    quick_pieces=2,
    needs=("malformed", "duplicates", "gaps", "audits", "audits_failed"),
)


@dataclass(slots=True)
class Findings:
    """The work done and the findings."""

    frames: int = 0
    mutated: int = 0
    compared: int = 0  # books
    by_venue: int = 0  # of them those that the reference did not have and the exchange confirmed
    raised: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    counted: Counter[str] = field(default_factory=Counter)  # by our client


def fuzz(seed: int, mutated: int = CHUNK) -> Findings:
    """So many mutated frames; the same number gives the same ones."""
    return _Fuzz(seed).run(mutated)


class _Fuzz:
    """One exchange, two clients, and what lies between."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)
        flow = record(markets=MARKETS, changes=20_000)
        self._tickers = flow.tickers
        self._changes = cycle(there_and_back(flow))
        self._exchange = start_exchange(UUID(int=7), markets=MARKETS, seed=7, rate=0)
        self._account = self._exchange.engine.open_account(0)
        self._books = {ticker: ReplayedBook(sides) for ticker, sides in flow.opening.items()}
        for ticker, book in self._books.items():
            self._exchange.world.markets[ticker].book = book  # type: ignore[assignment]
        self._mutations = Mutations(self._rng, self._tickers)
        self._held = BookSet()
        self._session = BookSession(self._tickers, self._held)
        self._reference = ReferenceClient(self._tickers)
        self._sent: list[bytes] = []  # by the exchange, not yet on the way
        self._recent: list[bytes] = []
        self._found = Findings()
        self._confirmed = 0  # at the last look
        self._venue: CommandSession | None = None
        self._connect()

    def run(self, mutated: int) -> Findings:
        found = self._found
        while sum(self._mutations.counts.values()) < mutated and not found.raised:
            share = self._rng.choice(_WEATHER)
            for _ in range(PHASE // 20):
                self._change(self._rng.randint(1, 40))
                self._deliver(share)
            self._look_after()
        found.kinds, found.mutated = self._mutations.counts, sum(self._mutations.counts.values())
        counters = self._session.counters
        for name in ("malformed", "duplicates", "gaps", "unbased", "audits", "audits_failed"):
            found.counted[name] = getattr(counters, name)
        return found

    # --- the exchange ----------------------------------------------------------------------------

    def send(self, payload: bytes) -> None:
        self._sent.append(payload)

    def send_message(self, envelope: bytes, msg: bytes) -> None:
        self._sent.append(envelope + msg + b"}")

    def _connect(self) -> None:
        if self._venue is not None:
            self._venue.close()
        exchange = self._exchange
        self._venue = CommandSession(
            self._account, self, exchange.publisher, exchange.world.markets, lambda: time.time_ns() // 1000
        )
        self._sent.clear()
        self._reference.connected()
        self._obey(self._session.connected())

    def _obey(self, commands: list[bytes]) -> None:
        assert self._venue is not None
        for command in commands:
            self._venue.receive(command)

    def _change(self, count: int) -> None:
        for _ in range(count):
            ticker, side, price_e4, delta_e2, msg = next(self._changes)
            self._books[ticker].apply(side, price_e4, delta_e2)
            for subscription in self._exchange.publisher._books[ticker]:  # noqa: SLF001  the way of every change
                subscription.send_delta(msg)

    # --- on the way and at the clients -----------------------------------------------------------

    def _deliver(self, share: float) -> None:
        sent, self._sent = self._sent, []
        if self._held.untrusted and self._rng.random() < RECOVERS:
            share = 0.0
        arrived: list[bytes] = []
        for place, frame in enumerate(sent, 1):
            # The last one arrives as it is: a loss shows with the next message, not before (5.4).
            if place < len(sent) and self._rng.random() < share:
                arrived += self._mutations.mutate(frame)
            else:
                arrived += self._mutations.behind([frame])
        self._found.frames += len(arrived)
        for frame in arrived:
            self._reference.take(frame)
        self._recent = [*self._recent, *(frame[:90] for frame in arrived)][-_SHOWN:]
        try:
            events = self._session.receive(arrived, self._found.frames)
        except Exception as error:  # noqa: BLE001  what the fuzz is for
            self._found.raised.append(f"{type(error).__name__}: {error} at one of {arrived[-3:]}")
            return
        # A reason of ours to doubt is none to call the reference wrong.
        if any(isinstance(event, ReconnectNeeded) for event in events):
            self._connect()
        else:
            self._obey(self._session.commands())
            self._compare(events)

    def _compare(self, events: list[Any]) -> None:
        fooled = False
        for ticker, book in self._held.books.items():
            if ticker in self._held.untrusted:
                continue
            self._found.compared += 1
            levels, judged = (book.yes, book.no), self._reference.book(ticker)
            if levels == judged:
                continue
            if judged is None and levels == self._true(ticker):
                self._found.by_venue += 1
                fooled = True
                continue
            kinds = [type(event).__name__ for event in events]
            found = f"{ticker}: the reference {'has none' if judged is None else 'has another'}; {kinds}"
            self._found.wrong.append(found if self._found.wrong else f"{found} after {self._recent}")
            self._session.resync([ticker], "fuzz")  # one finding each
            self._reference.distrust([ticker])
        if fooled:  # it waits for numbers that have passed: both start again
            self._connect()

    def _true(self, ticker: str) -> Sides:
        """The book at the exchange, all of which has been delivered."""
        book = self._books[ticker]
        return book.yes, book.no

    def _look_after(self) -> None:
        """The watcher's duties by the clock: it opens a connection that confirms nothing again."""
        if self._session.confirmed_us == self._confirmed:
            self._connect()
            return
        self._confirmed = self._session.confirmed_us
        self._session.ask_again(self._session.untrusted)
        self._session.audit([self._rng.choice(self._tickers)])
        self._obey(self._session.commands())
