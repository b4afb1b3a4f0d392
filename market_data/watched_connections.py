"""Turns the frames of several connections into the books of a shard, and keeps them right.

Each connection carries at most ``shards.MARKETS_PER_CONNECTION`` markets, because ``seq`` is counted per
subscription: one gap makes every market of the connection doubtful until its own next snapshot.
Books are asked for again and again (``audits``): only an answer in its turn proves that a connection
which has nothing to tell has missed nothing, and that the venue sends the changes of a book at all.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from kalshi_client.outage import Outage
from kalshi_client.signing_clock import SigningClock
from kalshi_client.stream.feed import Feed
from kalshi_client.stream.inbox import Connected, Disconnected, Frames, Overflowed
from kalshi_client.stream.session import BookEvent, BookSession
from kalshi_client.stream.subscription import (
    AuditFailed,
    GapFound,
    ImpossibleChange,
    ReconnectNeeded,
    SubscriptionLost,
    TradesMissed,
)
from kalshi_client.venue_clock import VenueClock
from kalshi_client.wire.public import TradeMessage
from kalshi_client.wire.values import Subscribed
from market_data.audits import AUDIT_EVERY_S, Audits
from market_data.crossed_books import CrossedBooks
from market_data.shard_books import ShardBooks
from market_data.shards import MARKETS_PER_CONNECTION, assign_connections
from market_data.stream_notes import note
from market_data.watched_connection import WatchedConnection, counted
from trading.latency import LatencyRecord

ASK_AGAIN_S: Final = 5.0  # a snapshot comes within milliseconds, or not at all
CLOCK_WINDOW_US: Final = 600_000_000  # ten minutes: a clock drifts a millisecond in that time
CLOCK_EVERY_S: Final = 1.0  # so often the clock that requests are signed with hears the stream
MOST_CONNECTIONS: Final = 100  # of a shard; a venue grants an account 200 (protocol 5.1)
SLEEP_S: Final = 1.0  # of the whole machine, in which no clock of ours moved

_COUNTED: Final = {
    GapFound: "gap",
    ImpossibleChange: "negative_level",
    AuditFailed: "audit",
    SubscriptionLost: "subscription_lost",
}


def machine_slept_s() -> float:
    """How long this machine has been suspended since it started; 0 where nobody counts it."""
    if not hasattr(time, "CLOCK_BOOTTIME"):
        return 0.0
    return time.clock_gettime(time.CLOCK_BOOTTIME) - time.clock_gettime(time.CLOCK_MONOTONIC)


class WatchedConnections:
    """The connections of one shard, all on one feed thread.

    ``open_connection`` opens one more and answers its number.
    """

    def __init__(
        self,
        feed: Feed,
        open_connection: Callable[[], int],
        books: ShardBooks,
        *,
        clock: SigningClock,
        silence_s: float,
        slept_s: Callable[[], float] = machine_slept_s,
    ) -> None:
        self._feed = feed
        self._open_connection = open_connection
        self._books = books
        self._silence_s = silence_s
        self._slept_s = slept_s
        self._slept_before_s = slept_s()
        self._watched: dict[int, WatchedConnection] = {}  # by connection number
        self._home: dict[str, int] = {}  # connection number by ticker
        self._closely: set[str] = set()  # markets in which something is at stake
        self._ask_again_at = time.monotonic()
        self._crossed = CrossedBooks(books)
        self._groups: list[list[str]] = []  # of the markets to watch
        self._most = MARKETS_PER_CONNECTION
        self.resyncs: dict[str, int] = {}  # by reason
        self._clock = clock
        self._clock_heard_at = float("-inf")
        self._delays = VenueClock(CLOCK_WINDOW_US)
        self._lags = LatencyRecord()

    # --- which markets ---------------------------------------------------------------------------

    @property
    def count(self) -> int:
        return len(self._watched)

    def watch(self, tickers: Iterable[str], *, together: Iterable[Iterable[str]] = ()) -> None:
        """Watch exactly these; what stays is not touched.

        ``together``: groups of them that are best on one connection, as markets of one event are.
        """
        wanted = dict.fromkeys(tickers)
        groups = [[ticker for ticker in group if ticker in wanted] for group in together]
        grouped = {ticker for group in groups for ticker in group}
        self._groups = groups + [[ticker] for ticker in wanted if ticker not in grouped]
        self._arrange({})

    def watch_closely(self, tickers: Iterable[str]) -> None:
        """Something is at stake in these, as far as they are watched, and in no others."""
        self._closely = set(tickers)

    def _arrange(self, crowded: Mapping[int, Collection[str]]) -> None:
        """Spread the markets over connections; ``crowded``: what a connection may not have, by number."""
        previous = [
            [ticker for ticker in watched.session.tickers if ticker not in crowded.get(number, ())]
            for number, watched in self._watched.items()
        ]
        plan = assign_connections(self._groups, previous, most=self._most)
        numbers = list(self._watched)
        numbers += [self._open() for _ in plan[len(numbers) :]]
        self._home = {}
        for number, planned in zip(numbers, plan, strict=True):
            self._home |= dict.fromkeys(planned, number)
            session = self._watched[number].session
            before, now = dict.fromkeys(session.tickers), dict.fromkeys(planned)
            if gone := [ticker for ticker in before if ticker not in now]:
                session.remove(gone)
                self._watched[number].audits.keep(session.tickers)
            if new := [ticker for ticker in now if ticker not in before]:
                if not before:  # what had nothing to tell gets as long as a new one to tell it
                    self._watched[number].confirmed_at = time.monotonic()
                session.add(new)
                self._hear_trades(new)
        self._send_commands()

    def _open(self) -> int:
        number = self._open_connection()
        session = BookSession((), self._books.held, connection=number, with_trades=True)
        now, outage = time.monotonic(), Outage(f"Connection {number}")
        audits = Audits(silence_s=self._silence_s, round_at=now + number % AUDIT_EVERY_S)
        self._watched[number] = WatchedConnection(session, now, outage, audits)
        return number

    # --- what arrives ----------------------------------------------------------------------------

    def owns(self, connection: int) -> bool:
        return connection in self._watched

    def take(self, item: Connected | Disconnected | Frames | Overflowed, now: float) -> list[str]:
        """Take an item of the feed into the books; sentences about what went wrong."""
        number = item.connection
        watched = self._watched[number]
        match item:
            case Frames(generation=generation, received_us=received_us, data=data):
                if generation == watched.generation:
                    return self._take_frames(number, watched, data, received_us, now)
            case Connected(generation=generation):
                watched.generation, watched.is_open, watched.confirmed_at = generation, True, now
                watched.audits.start_over()
                self._send(number, watched.session.connected())
                return watched.outage.opened()
            case Disconnected(reason=reason):
                watched.is_open = False
                self._doubt(watched, "disconnected")
                return watched.outage.ended(reason)
            case Overflowed():
                self._doubt(watched, "overflow")
                return [f"Connection {number} fell behind: it opens again with new books"]
        return []

    def _take_frames(
        self, number: int, watched: WatchedConnection, data: Sequence[bytes], received_us: int, now: float
    ) -> list[str]:
        session = watched.session
        before_us = session.confirmed_us
        notes: list[str] = []
        for event in session.receive(data, received_us):
            if type(event) is TradeMessage:
                self._books.traded(event, self._clock.offset(), now_us=time.time_ns() // 1000)
            else:
                self._react(number, watched, event)
                notes.append(note(number, event))
        if session.shown:
            watched.audits.show(session.shown, now)
            session.shown.clear()
        if session.confirmed_us != before_us:
            watched.confirmed_at = now
            if session.sent_ms is not None:
                lag_us = self._delays.observe(session.sent_ms, time.time_ns() // 1000)
                self._lags.add(lag_us / 1000)
                if now - self._clock_heard_at >= CLOCK_EVERY_S:
                    self._clock_heard_at = now
                    self._clock.heard(session.sent_ms)
        self._send(number, session.commands())
        return [said for said in notes if said]

    def _react(self, number: int, watched: WatchedConnection, event: BookEvent) -> None:
        match event:
            case GapFound() | ImpossibleChange() | AuditFailed() | SubscriptionLost():
                self._count(_COUNTED[type(event)])
            case Subscribed(channel="trade") | TradesMissed():
                self._hear_trades(watched.session.tickers)
            case ReconnectNeeded():
                self._doubt(watched, "reconnecting")
                self._feed.reconnect(number)

    def _hear_trades(self, tickers: Iterable[str]) -> None:
        self._books.trades_heard(tickers, since_us=time.time_ns() // 1000)

    # --- what is looked after --------------------------------------------------------------------

    def look_after(self, now: float) -> list[str]:
        """To be called each second: asks again for what is overdue, audits, and doubts what has not
        been confirmed for too long or stays crossed. Sentences about what was found."""
        notes = (
            self._doubt_after_sleep()
            + self._doubt_unconfirmed(now)
            + self._doubt_unanswered(now)
            + self._doubt_crossed()
            + self._make_room()
        )
        if now >= self._ask_again_at:
            self._ask_again_at = now + ASK_AGAIN_S
            self._ask_again()
        self._audit(now)
        self._send_commands()
        return notes

    def _audit(self, now: float) -> None:
        closely: dict[int, list[str]] = {}
        for ticker in self._closely:
            if (number := self._home.get(ticker)) is not None:
                closely.setdefault(number, []).append(ticker)
        for number, watched in self._watched.items():
            if watched.is_open:
                watched.session.audit(watched.audits.due(now, closely=closely.get(number, ())))

    def _doubt_after_sleep(self) -> list[str]:
        """The clock that confirmations age by stood still while the machine was suspended."""
        slept_s = self._slept_s() - self._slept_before_s
        if slept_s < SLEEP_S:
            return []
        self._slept_before_s += slept_s
        for number, watched in self._watched.items():
            self._doubt(watched, "slept")
            self._feed.reconnect(number)
        return [f"This machine slept for {slept_s:.0f} s: opening every connection again"]

    def _doubt_unconfirmed(self, now: float) -> list[str]:
        notes = []
        for number, watched in self._watched.items():
            if watched.is_open and now - watched.confirmed_at > self._silence_s and watched.session.tickers:
                watched.confirmed_at = now  # it gets as long again to show that it lives
                self._doubt(watched, "unconfirmed")
                self._feed.reconnect(number)
                notes.append(
                    f"Connection {number} has been silent for {self._silence_s:g} s: opening it again"
                )
        return notes

    def _doubt_unanswered(self, now: float) -> list[str]:
        """A connection that owes an answer for too long: whatever comes over it is at least as old."""
        notes = []
        for number, watched in self._watched.items():
            for event in watched.session.look(now) if watched.is_open else ():
                self._react(number, watched, event)
                notes.append(note(number, event))
            if unknown := watched.audits.unanswered(now) if watched.is_open else []:
                self._count("unconfirmed")
                watched.session.distrust(unknown, "unconfirmed")
                notes.append(f"The venue does not show these books: {', '.join(unknown)}")
        return notes

    def _doubt_crossed(self) -> list[str]:
        suspects = self._crossed.look(time.time_ns() // 1000)
        for ticker in suspects:
            self._count("crossed")
            self._watched[self._home[ticker]].session.distrust([ticker], "crossed")
        return [f"Book of {ticker} stays crossed: asking for it again" for ticker in suspects]

    def _make_room(self) -> list[str]:
        """What one connection may not have goes to others, which get no more than it has."""
        crowded = {number: watched.session.crowded_out for number, watched in self._watched.items()}
        had = [
            len(self._watched[number].session.tickers) - len(out) for number, out in crowded.items() if out
        ]
        if not had:
            return []
        self._most = max(1, min(self._most, *had))
        if len(self._watched) >= MOST_CONNECTIONS:
            return []  # what is left is tried again by itself (``ask_again``)
        self._arrange(crowded)
        return [f"The venue takes {self._most} markets a connection: there are {self.count} connections now"]

    def _ask_again(self) -> None:
        """A command or its answer got lost."""
        for watched in self._watched.values():
            suspect = set(watched.session.suspect)
            if watched.is_open:
                watched.session.ask_again(sorted(suspect & watched.overdue))
            watched.overdue = suspect

    def _doubt(self, watched: WatchedConnection, reason: str) -> None:
        self._count(reason)
        watched.session.disconnected(reason)

    def _count(self, reason: str) -> None:
        self.resyncs[reason] = self.resyncs.get(reason, 0) + 1

    def _send_commands(self) -> None:
        for number, watched in self._watched.items():
            self._send(number, watched.session.commands())

    def _send(self, connection: int, commands: Sequence[bytes]) -> None:
        for command in commands:
            self._feed.send(connection, self._watched[connection].generation, command)

    # --- for people ------------------------------------------------------------------------------

    def oldest_confirmation_s(self, now: float) -> float:
        """Age of the confirmation of the books that were confirmed the longest ago."""
        confirmed = [watched.confirmed_at for watched in self._watched.values() if watched.session.tickers]
        return now - min(confirmed, default=now)

    def confirmed_s(self, ticker: str, now: float) -> float | None:
        """Seconds since the market's book was last known to be whole."""
        number = self._home.get(ticker)
        return None if number is None else now - self._watched[number].confirmed_at

    def audited_s(self, ticker: str, now: float) -> float | None:
        """Seconds since the venue last showed the market's book."""
        number = self._home.get(ticker)
        return None if number is None else self._watched[number].audits.age_s(ticker, now)

    def report(self) -> dict[str, Any]:
        """What the page shows of the connections."""
        now = time.monotonic()
        return {
            **counted(self._watched.values()),
            "resyncs": dict(self.resyncs),
            "oldest_confirmation_s": round(self.oldest_confirmation_s(now), 1),
            "audit_round_s": max((watched.audits.round_s for watched in self._watched.values()), default=0.0),
            "feed_lag_ms": self._lags.summary(),
            "clock_offset_ms": None if self._delays.offset_us is None else self._delays.offset_us // 1000,
            "connections": [watched.row(number, now) for number, watched in self._watched.items()],
        }
