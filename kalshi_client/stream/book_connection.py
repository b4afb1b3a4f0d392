"""One connection that carries books: takes its frames, and doubts its books where they may be wrong.

An unchanged book is not old: it is confirmed by every message that comes in its turn, and by the books that
are asked for where nothing else comes (``audits``). Times are monotonic seconds given by the caller.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final, Protocol

from kalshi_client.stream.audits import AUDIT_EVERY_S, Audits
from kalshi_client.stream.books import BookSet
from kalshi_client.stream.fault_notes import note
from kalshi_client.stream.inbox import Connected, Disconnected, Frames, Item, Overflowed
from kalshi_client.stream.link import Link
from kalshi_client.stream.session import BookSession
from kalshi_client.stream.session_events import (
    AuditFailed,
    BookEvent,
    CommandFailed,
    GapFound,
    ImpossibleChange,
    ReconnectNeeded,
    SubscriptionLost,
    TradesMissed,
)
from kalshi_client.wire.public import TradeMessage
from kalshi_client.wire.values import Subscribed

ASK_AGAIN_S: Final = 5.0  # a snapshot comes within milliseconds, or not at all
NAMED: Final = 5  # markets in a sentence
_COUNTED: Final = {
    GapFound: "gap",
    ImpossibleChange: "negative_level",
    AuditFailed: "audit",
    SubscriptionLost: "subscription_lost",
}


class ConnectionListener(Protocol):
    """Hears what comes over the connections beside the books."""

    def traded(self, trade: TradeMessage) -> None: ...

    def trades_heard(self, tickers: Iterable[str]) -> None:
        """From now on every public trade of these is heard; some may have been missed before."""

    def confirmed(self, sent_ms: int, now: float) -> None:
        """The message that confirmed the books now was sent at ``sent_ms`` of the venue's clock."""


class BookConnection:
    """The session of one connection, its audits, and which of its books are trusted no more.

    With a ``listener``, public trades are subscribed to as well.
    """

    def __init__(
        self,
        link: Link,
        books: BookSet,
        *,
        silence_s: float,
        now: float,
        listener: ConnectionListener | None = None,
    ) -> None:
        with_trades = listener is not None
        self.link = link
        self.session = BookSession((), books, connection=link.number, with_trades=with_trades)
        self.audits = Audits(silence_s=silence_s, round_at=now + link.number % AUDIT_EVERY_S)
        self.confirmed_at = now
        """When a message last proved that every trusted book was what the venue said."""
        self.resyncs: Counter[str] = Counter()  # by reason
        self._listener = listener
        self._silence_s = silence_s
        self._overdue: set[str] = set()  # untrusted at the last look already
        self._refused: dict[str, str] = {}  # on this connection: the venue's words by market, "" for none

    def carry(self, tickers: Iterable[str], now: float) -> None:
        """Carry the books of exactly these; ``send_commands`` asks for them."""
        before, wanted = dict.fromkeys(self.session.tickers), dict.fromkeys(tickers)
        if gone := [ticker for ticker in before if ticker not in wanted]:
            self.session.remove(gone)
            self.audits.keep(self.session.tickers)
            for ticker in gone:
                self._refused.pop(ticker, None)
        if new := [ticker for ticker in wanted if ticker not in before]:
            if not before:  # a connection that had nothing to tell gets as long as a new one to tell it
                self.confirmed_at = now
            self.session.add(new)
            self._hear_trades(new)

    def send_commands(self) -> None:
        if commands := self.session.commands():
            self.link.send(commands)

    # --- what arrives ----------------------------------------------------------------------------

    def take(self, item: Item, now: float) -> list[str]:
        """Take an item of the feed into the books; sentences about what went wrong."""
        match item:
            case Frames(generation=generation, received_us=received_us, data=data):
                if generation == self.link.heard_generation:
                    return self._take_frames(data, received_us, now)
            case Connected(generation=generation):
                self.confirmed_at = now
                self.audits.start_over()
                self._refused.clear()
                notes = self.link.opened(generation)
                self.link.send(self.session.connected())
                return notes
            case Disconnected(reason=reason):
                self.distrust_all("disconnected")
                return self.link.ended(reason)
            case Overflowed():
                self.distrust_all("overflow")
                return [f"{self.link.name} fell behind: it opens again with new books"]
        return []

    def _take_frames(self, data: Sequence[bytes], received_us: int, now: float) -> list[str]:
        session, listener = self.session, self._listener
        before_us = session.confirmed_us
        notes: list[str] = []
        for event in session.receive(data, received_us):
            if type(event) is TradeMessage:
                if listener is not None:
                    listener.traded(event)
            elif said := self._react(event):
                notes.append(said)
        if session.shown:
            self.audits.show(session.shown, now)
            session.shown.clear()
        if session.confirmed_us != before_us:
            self.confirmed_at = now
            if listener is not None and session.sent_ms is not None:
                listener.confirmed(session.sent_ms, now)
        self.send_commands()
        return notes

    def _react(self, event: BookEvent) -> str:
        """A sentence for people; "" when the event needs none."""
        match event:
            case GapFound() | ImpossibleChange() | AuditFailed() | SubscriptionLost():
                self.resyncs[_COUNTED[type(event)]] += 1
            case Subscribed(channel="trade") | TradesMissed():
                self._hear_trades(self.session.tickers)
            case ReconnectNeeded():
                self.open_again("reconnecting")
            case CommandFailed() if self._is_known(event):
                return ""
        return note(self.link.name, event)

    def _is_known(self, refusal: CommandFailed) -> bool:
        """Whether the venue refuses once more what it has refused: a market is asked for again and again."""
        carried = set(self.session.tickers)
        refused = [ticker for ticker in refusal.tickers if ticker in carried] or [""]
        is_known = all(self._refused.get(ticker) == refusal.text for ticker in refused)
        self._refused |= dict.fromkeys(refused, refusal.text)
        return is_known

    def _hear_trades(self, tickers: Iterable[str]) -> None:
        if self._listener is not None:
            self._listener.trades_heard(tickers)

    # --- what is doubted -------------------------------------------------------------------------

    def distrust_all(self, reason: str) -> None:
        """Trust none of its books before their next snapshots."""
        self.resyncs[reason] += 1
        self.session.disconnected(reason)

    def open_again(self, reason: str) -> None:
        """Doubt its books and replace the connection by a new one."""
        self.distrust_all(reason)
        self.link.open_again()

    def doubt_crossed(self, ticker: str) -> str:
        """Trust a book that stays crossed no more before its next snapshot; a sentence about it."""
        self.resyncs["crossed"] += 1
        self.session.resync([ticker], "crossed")
        return f"Book of {ticker} stays crossed: asking for it again"

    def doubt_unconfirmed(self, now: float) -> list[str]:
        """Open it again when nothing has confirmed its books for too long."""
        if not self.link.is_open or now - self.confirmed_at <= self._silence_s or not self.session.tickers:
            return []
        self.confirmed_at = now  # it gets as long again to show that it lives
        self.open_again("unconfirmed")
        return [f"{self.link.name} has been silent for {self._silence_s:g} s: opening it again"]

    def doubt_unanswered(self, now: float) -> list[str]:
        """Doubt what is owed for too long: changes that come meanwhile are at least as old as the answer."""
        if not self.link.is_open:
            return []
        notes = [said for event in self.session.look(now) if (said := self._react(event))]
        if unknown := self.audits.unanswered(now):
            self.resyncs["unconfirmed"] += 1
            self.session.resync(unknown, "unconfirmed")
            notes.append(f"No answer about {_some(unknown)}: not traded on until the venue shows them again")
        return notes

    # --- what is asked for -----------------------------------------------------------------------

    def audit(self, now: float, *, closely: Collection[str]) -> None:
        """Ask for the books whose turn it is; ``closely``: where something is at stake."""
        if self.link.is_open:
            self.session.audit(self.audits.due(now, closely=closely))

    def ask_again(self) -> None:
        """Ask for the books that were untrusted at the last call too: a command or its answer got lost."""
        untrusted = set(self.session.untrusted)
        if self.link.is_open:
            self.session.ask_again(sorted(untrusted & self._overdue))
        self._overdue = untrusted

    # --- for people ------------------------------------------------------------------------------

    def row(self, name: str, now: float) -> dict[str, Any]:
        """As the page shows it; without markets its data has no age."""
        return self.link.row(name, age_s=now - self.confirmed_at if self.session.tickers else None)


def _some(tickers: Sequence[str]) -> str:
    more = f" and {len(tickers) - NAMED:,} more" if len(tickers) > NAMED else ""
    return ", ".join(tickers[:NAMED]) + more
