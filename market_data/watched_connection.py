"""One connection that carries books: takes its frames, and doubts its books where they may be wrong.

Times are monotonic seconds unless the name says otherwise.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final, Protocol

from kalshi_client.outage import Outage
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
from kalshi_client.wire.public import TradeMessage
from kalshi_client.wire.values import Subscribed
from market_data.audits import AUDIT_EVERY_S, Audits
from market_data.shard_books import ShardBooks
from market_data.stream_delay import StreamDelay
from market_data.stream_notes import note

NAMED: Final = 5  # markets in a sentence
_COUNTED: Final = {
    GapFound: "gap",
    ImpossibleChange: "negative_level",
    AuditFailed: "audit",
    SubscriptionLost: "subscription_lost",
}


class Wire(Protocol):
    """Sends commands and opens connections again (``kalshi_client.stream.feed``)."""

    def send(self, connection: int, generation: int, data: bytes) -> None: ...
    def reconnect(self, connection: int) -> None: ...


class WatchedConnection:
    """The session of one connection, its audits, and whether it is open.

    ``delay`` and ``resyncs`` (by reason) belong to all connections of the shard.
    """

    def __init__(
        self,
        number: int,
        wire: Wire,
        books: ShardBooks,
        *,
        silence_s: float,
        delay: StreamDelay,
        resyncs: Counter[str],
    ) -> None:
        now = time.monotonic()
        self.number = number
        self.session = BookSession((), books.held, connection=number, with_trades=True)
        self.audits = Audits(silence_s=silence_s, round_at=now + number % AUDIT_EVERY_S)
        self.is_open = False
        self.confirmed_at = now
        self._wire = wire
        self._books = books
        self._silence_s = silence_s
        self._delay = delay
        self._clock = delay.clock
        self._resyncs = resyncs
        self._outage = Outage(f"Connection {number}")
        self._generation = 0
        self._overdue: set[str] = set()  # doubtful at the last look already

    def carry(self, tickers: Iterable[str]) -> None:
        """Carry the books of exactly these; ``send_commands`` asks for them."""
        before, now = dict.fromkeys(self.session.tickers), dict.fromkeys(tickers)
        if gone := [ticker for ticker in before if ticker not in now]:
            self.session.remove(gone)
            self.audits.keep(self.session.tickers)
        if new := [ticker for ticker in now if ticker not in before]:
            if not before:  # a connection that had nothing to tell gets as long as a new one to tell it
                self.confirmed_at = time.monotonic()
            self.session.add(new)
            self._hear_trades(new)

    def send_commands(self) -> None:
        for command in self.session.commands():
            self._wire.send(self.number, self._generation, command)

    # --- what arrives ----------------------------------------------------------------------------

    def take(self, item: Connected | Disconnected | Frames | Overflowed, now: float) -> list[str]:
        """Take an item of the feed into the books; sentences about what went wrong."""
        match item:
            case Frames(generation=generation, received_us=received_us, data=data):
                if generation == self._generation:
                    return self._take_frames(data, received_us, now)
            case Connected(generation=generation):
                self._generation, self.is_open, self.confirmed_at = generation, True, now
                self.audits.start_over()
                for command in self.session.connected():
                    self._wire.send(self.number, generation, command)
                return self._outage.opened()
            case Disconnected(reason=reason):
                self.is_open = False
                self.doubt("disconnected")
                return self._outage.ended(reason)
            case Overflowed():
                self.doubt("overflow")
                return [f"Connection {self.number} fell behind: it opens again with new books"]
        return []

    def _take_frames(self, data: Sequence[bytes], received_us: int, now: float) -> list[str]:
        session = self.session
        before_us = session.confirmed_us
        notes: list[str] = []
        for event in session.receive(data, received_us):
            if type(event) is TradeMessage:
                self._books.traded(event, self._clock.offset(), now_us=time.time_ns() // 1000)
            elif said := self._react(event):
                notes.append(said)
        if session.shown:
            self.audits.show(session.shown, now)
            session.shown.clear()
        if session.confirmed_us != before_us:
            self.confirmed_at = now
            if session.sent_ms is not None:
                self._delay.heard(session.sent_ms, now, time.time_ns() // 1000)
        self.send_commands()
        return notes

    def _react(self, event: BookEvent) -> str:
        """A sentence for people; "" when the event needs none."""
        match event:
            case GapFound() | ImpossibleChange() | AuditFailed() | SubscriptionLost():
                self._resyncs[_COUNTED[type(event)]] += 1
            case Subscribed(channel="trade") | TradesMissed():
                self._hear_trades(self.session.tickers)
            case ReconnectNeeded():
                self.open_again("reconnecting")
        return note(self.number, event)

    def _hear_trades(self, tickers: Iterable[str]) -> None:
        self._books.trades_heard(tickers, since_us=time.time_ns() // 1000)

    # --- what is doubted -------------------------------------------------------------------------

    def doubt(self, reason: str) -> None:
        """Trust none of its books before their next snapshots."""
        self._resyncs[reason] += 1
        self.session.disconnected(reason)

    def open_again(self, reason: str) -> None:
        """Doubt its books and replace the connection by a new one."""
        self.doubt(reason)
        self._wire.reconnect(self.number)

    def doubt_book(self, ticker: str, reason: str) -> None:
        """Trust one book no more before its next snapshot."""
        self._resyncs[reason] += 1
        self.session.distrust([ticker], reason)

    def doubt_unconfirmed(self, now: float) -> list[str]:
        """Open it again when nothing has confirmed its books for too long."""
        if not self.is_open or now - self.confirmed_at <= self._silence_s or not self.session.tickers:
            return []
        self.confirmed_at = now  # it gets as long again to show that it lives
        self.open_again("unconfirmed")
        return [f"Connection {self.number} has been silent for {self._silence_s:g} s: opening it again"]

    def doubt_unanswered(self, now: float) -> list[str]:
        """Doubt what is owed for too long: changes that come meanwhile are at least as old as the answer."""
        if not self.is_open:
            return []
        notes = [said for event in self.session.look(now) if (said := self._react(event))]
        if unknown := self.audits.unanswered(now):
            self._resyncs["unconfirmed"] += 1
            self.session.distrust(unknown, "unconfirmed")
            notes.append(f"No answer about {_some(unknown)}: not traded on until the venue shows them again")
        return notes

    @property
    def outage(self) -> str:
        """Why it cannot be heard; "" while it can."""
        return "" if self.is_open else self._outage.reason or "its connections are not open yet"

    # --- what is asked for -----------------------------------------------------------------------

    def audit(self, now: float, *, closely: Collection[str]) -> None:
        """Ask for the books whose turn it is; ``closely``: where something is at stake."""
        if self.is_open:
            self.session.audit(self.audits.due(now, closely=closely))

    def ask_again(self) -> None:
        """Ask for the books that were doubtful at the last call already: a command or its answer got lost."""
        suspect = set(self.session.suspect)
        if self.is_open:
            self.session.ask_again(sorted(suspect & self._overdue))
        self._overdue = suspect

    # --- for people ------------------------------------------------------------------------------

    def row(self, now: float) -> dict[str, Any]:
        """As the page shows it."""
        return {
            "name": f"market data {self.number}",
            "state": "live" if self.is_open else "down",
            "reconnects": max(0, self._generation - 1),
            "data_age_s": round(now - self.confirmed_at, 1),
        }


def _some(tickers: Sequence[str]) -> str:
    more = f" and {len(tickers) - NAMED:,} more" if len(tickers) > NAMED else ""
    return ", ".join(tickers[:NAMED]) + more
