"""The books of some markets over one connection to the execution venue, and whether each is right now.

An unchanged book is not old: it is confirmed by every message that comes in its turn, and by snapshots
that are asked for where nothing else comes. Times are monotonic seconds given by the caller.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from kalshi_client.outage import Outage
from kalshi_client.stream.books import BookSet
from kalshi_client.stream.inbox import Connected, Disconnected, Frames, Item, Overflowed
from kalshi_client.stream.link import Wire
from kalshi_client.stream.session import BookEvent, BookSession
from kalshi_client.stream.subscription import (
    AuditFailed,
    CommandFailed,
    CommandUnanswered,
    GapFound,
    ImpossibleChange,
    ReconnectNeeded,
    SubscriptionLost,
)
from kalshi_client.wire.values import Malformed
from trading.book import Book

NAME: Final = "Execution books"
CONFIRM_EVERY_S: Final = 10.0
CONFIRMED_TOGETHER: Final = 25  # in one command; so all that are followed within ``CONFIRM_EVERY_S``
ASK_AGAIN_S: Final = 5.0  # a snapshot comes within milliseconds, or not at all
_TOLD: Final = (
    *(GapFound, ImpossibleChange, AuditFailed, SubscriptionLost),
    *(CommandFailed, CommandUnanswered, ReconnectNeeded, Malformed),
)


class BookStream:
    """One subscription through all generations of its connection."""

    def __init__(self, wire: Wire, connection: int, *, silence_s: float, now: float) -> None:
        self.books = BookSet()
        self.is_open = False
        self.confirmed_at = now
        """When a message last proved that every trusted book was what the venue said."""
        self._session = BookSession((), self.books, connection=connection)
        self._wire = wire
        self._connection = connection
        self._silence_s = silence_s
        self._confirm_every_s = min(CONFIRM_EVERY_S, silence_s / 3)
        self._generation = 0
        self._outage = Outage(NAME)
        self._shown: dict[str, float] = {}  # by ticker, the longest ago first
        self._asked: dict[str, float] = {}  # to be shown, and not shown since
        self._refused: set[tuple[str, tuple[str, ...]]] = set()  # on this connection: why, and which markets
        self._suspect: set[str] = set()  # at the last time that they were asked for again
        self._ask_again_at = now

    def carry(self, tickers: Iterable[str], now: float) -> None:
        """Carry the books of exactly these."""
        before, wanted = dict.fromkeys(self._session.tickers), dict.fromkeys(tickers)
        if gone := [ticker for ticker in before if ticker not in wanted]:
            self._session.remove(gone)
            for ticker in gone:
                self.books.remove(ticker)
                self._shown.pop(ticker, None)
                self._asked.pop(ticker, None)
        if new := [ticker for ticker in wanted if ticker not in before]:
            if not before:  # what had nothing to tell gets as long as a new connection to tell it
                self.confirmed_at = now
            self._session.add(new)
        self._send_commands()

    def book(self, ticker: str) -> Book | None:
        """The book, if it is known to be right; not to be changed or kept."""
        return None if ticker in self.books.untrusted else self.books.books.get(ticker)

    # --- what arrives ----------------------------------------------------------------------------

    def take(self, item: Item, now: float) -> list[str]:
        """Take an item of the feed into the books; sentences about what went wrong."""
        match item:
            case Frames(generation=generation, received_us=received_us, data=data):
                if generation == self._generation:
                    return self._take_frames(data, received_us, now)
            case Connected(generation=generation):
                self._generation, self.is_open, self.confirmed_at = generation, True, now
                self._shown.clear()
                self._asked.clear()
                self._refused.clear()
                for command in self._session.connected():
                    self._wire.send(self._connection, generation, command)
                return self._outage.opened()
            case Disconnected(reason=reason):
                self.is_open = False
                self._session.disconnected("disconnected")
                return self._outage.ended(reason)
            case Overflowed():
                self._session.disconnected("overflow")
                return [f"{NAME} fell behind: the connection opens again"]
        return []

    def _take_frames(self, data: list[bytes], received_us: int, now: float) -> list[str]:
        before_us = self._session.confirmed_us
        notes = self._react(self._session.receive(data, received_us))
        for ticker in self._session.shown:
            self._shown.pop(ticker, None)
            self._shown[ticker] = now
            self._asked.pop(ticker, None)
        self._session.shown.clear()
        if self._session.confirmed_us != before_us:
            self.confirmed_at = now
        self._send_commands()
        return notes

    def _react(self, events: Iterable[BookEvent]) -> list[str]:
        notes = []
        for event in events:
            if isinstance(event, _TOLD) and not self._is_known(event):
                notes.append(f"{NAME}: {event}")
            if isinstance(event, ReconnectNeeded):
                self._open_again("reconnecting")
        return notes

    def _is_known(self, event: BookEvent) -> bool:
        """Whether the venue refuses once more what it has refused: a market is asked for again and again."""
        if not isinstance(event, CommandFailed):
            return False
        refusal = (event.text, event.tickers)
        is_known = refusal in self._refused
        self._refused.add(refusal)
        return is_known

    def _send_commands(self) -> None:
        for command in self._session.commands():
            self._wire.send(self._connection, self._generation, command)

    # --- what is looked after --------------------------------------------------------------------

    def look(self, now: float) -> list[str]:
        """To be called each second: asks for what is to be confirmed, and doubts what nothing confirms."""
        if not self.is_open or not self._session.tickers:
            return []
        if now - self.confirmed_at > self._silence_s:
            self.confirmed_at = now  # it gets as long again to show that it lives
            self._open_again("unconfirmed")
            return [f"{NAME} have been silent for {self._silence_s:g} s: opening the connection again"]
        notes = self._react(self._session.look(now))
        late = [t for t, at in self._asked.items() if now - at > self._silence_s / 2]
        for ticker in late:
            del self._asked[ticker]
        if late:
            self._session.distrust(late, "unconfirmed")
        self._ask_for_confirmation(now)
        if now >= self._ask_again_at:
            self._ask_again_at = now + ASK_AGAIN_S
            suspect = set(self._session.suspect)
            self._session.ask_again(sorted(suspect & self._suspect))
            self._suspect = suspect
        self._send_commands()
        return notes

    def _ask_for_confirmation(self, now: float) -> None:
        untrusted = self.books.untrusted
        due = [
            ticker
            for ticker, at in self._shown.items()
            if now - at >= self._confirm_every_s and ticker not in self._asked and ticker not in untrusted
        ][:CONFIRMED_TOGETHER]
        if due:
            self._asked |= dict.fromkeys(due, now)
            self._session.audit(due)

    def _open_again(self, reason: str) -> None:
        self._session.disconnected(reason)
        self._wire.reconnect(self._connection)

    # --- for people ------------------------------------------------------------------------------

    def row(self, now: float) -> dict[str, Any]:
        """As the page shows the connection."""
        return {
            "name": NAME.lower(),
            "state": "live" if self.is_open else "down",
            "reconnects": max(0, self._generation - 1),
            "data_age_s": round(now - self.confirmed_at, 1) if self._session.tickers else None,
        }
