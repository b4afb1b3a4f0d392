"""Asks one WebSocket connection for the books that are wanted over it.

The half of a ``session.BookSession`` that speaks; the other half listens.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec.structs import replace

from kalshi_client.stream.books import BookSet, TrackedBook
from kalshi_client.stream.membership import NOT_THE_MARKETS, Action, Asked, Membership, narrower
from kalshi_client.stream.sequence import Sequences
from kalshi_client.stream.session_events import CommandUnanswered, SessionEvent
from kalshi_client.stream.subscription import MAX_ATTEMPTS, Subscription
from kalshi_client.wire import commands
from kalshi_client.wire.values import ErrorMessage
from trading.book import Levels

BOOKS: Final = commands.BOOK_CHANNEL
TRADES: Final = "trade"

UNKNOWN_SUBSCRIPTION: Final = 7  # error codes (5.3)
MARKET_LIMIT: Final = 26

_COMMANDS: Final = {
    "add_markets": commands.add_markets,
    "delete_markets": commands.delete_markets,
    "get_snapshot": commands.get_snapshot,
}


class BookSubscription(Subscription):
    """The markets of one connection and the state of their books as far as asking goes."""

    def __init__(
        self, tickers: Iterable[str], books: BookSet, *, connection: int = 0, with_trades: bool = False
    ) -> None:
        self._tickers = dict.fromkeys(tickers)  # a set that keeps the order
        self._books = books
        self._connection = connection
        self._trusted: dict[str, TrackedBook] = {}
        self.shown: dict[str, TrackedBook] = {}
        """The books that a snapshot has told of. Whoever takes them clears it."""
        self.sent_ms: int | None = None
        """When the venue queued the newest change that was taken, by its clock, if it says so."""
        self.confirmed_us = 0
        """When the last message came that had missed nothing before it: until then every trusted
        book of this session was what the venue said. Epoch microseconds, 0 for never."""
        self._taped_trade_seq = 0
        for ticker in self._tickers:
            books.add(ticker)
        super().__init__((BOOKS, TRADES) if with_trades else (BOOKS,))

    def _forget_connection(self) -> None:
        super()._forget_connection()
        self._sequences = Sequences()
        self._membership = Membership()
        # By an audit, and not trusted since; with what it must not be when an audit agrees, if anything.
        self._disproved: dict[str, tuple[Levels, Levels] | None] = {}
        self._failed: set[str] = set()  # an audit on this connection, ever
        self._left_out: dict[str, None] = {}  # refused before the subscription stood
        self._one_too_many: dict[str, None] = {}
        self._book_sid = -1
        self._trade_attempts = 0
        self._distrust(self._tickers, "no_snapshot")

    # --- which markets ---------------------------------------------------------------------------

    @property
    def tickers(self) -> list[str]:
        """The markets of this session, in the order they were added."""
        return list(self._tickers)

    @property
    def suspect(self) -> list[str]:
        """The markets of this session whose book is not whole."""
        return [
            ticker for ticker in self._tickers if ticker not in self._trusted or ticker in self._disproved
        ]

    @property
    def crowded_out(self) -> list[str]:
        """The markets that the venue refused because the subscription has as many as it may (error 26)."""
        return [
            ticker
            for ticker in self._one_too_many
            if ticker in self._tickers and not all(self._membership.has(sid, ticker) for sid in self._sids)
        ]

    def add(self, tickers: Iterable[str]) -> None:
        """Watch more markets, over the same subscription."""
        for ticker in tickers:
            self._tickers[ticker] = None
            self._books.add(ticker)
        self._tell_membership()

    def remove(self, tickers: Iterable[str]) -> None:
        """Watch these no longer. Whoever holds their books may forget them."""
        gone = [ticker for ticker in tickers if ticker in self._tickers]
        self._distrust(gone, "not_watched")
        for ticker in gone:
            del self._tickers[ticker]
            self._disproved.pop(ticker, None)
        self._tell_membership()

    def connected(self) -> list[bytes]:
        """A connection opened. Answers the commands to send on it first."""
        self._books.tape.connected(self._connection)
        if self._tickers:
            return super().connected()
        self._forget_connection()
        return []

    def _subscribe(self, channels: Iterable[str], tickers: Iterable[str] | None = None) -> bytes:
        if tickers is None:
            tickers = [ticker for ticker in self._tickers if ticker not in self._left_out] or self._tickers
        named = list(tickers)
        request_id = self._new_subscribe_id(channels)
        self._membership.subscribing(request_id, named)
        return commands.subscribe(request_id, channels, tickers=named)

    def _subscribe_again(self, channels: Iterable[str]) -> None:
        gone = [channel for channel in channels if channel not in self._sids.values()]
        if self._tickers and gone:
            super()._subscribe_again(gone)
        elif gone:  # naming no market would ask for all of them
            self._subscribe_id = 0

    def _missing_channels(self) -> list[str]:
        return [channel for channel in self._channels if channel not in self._sids.values()]

    def _tell_membership(self) -> None:
        """Bring what the venue sends up to what is wanted."""
        asked = {channel for channels in self._subscribing.values() for channel in channels}
        missing = [channel for channel in self._missing_channels() if channel not in asked]
        # There was nothing to subscribe to, or nothing any more when a subscription ended.
        if self._tickers and missing and not self._broken and (BOOKS in missing or not self._subscribe_id):
            self._commands.append(self._subscribe(missing))
        for sid in self._sids:
            for action, tickers in self._membership.changes(sid, self._tickers):
                self._ask(sid, action, tickers)

    def _ask(self, sid: int, action: Action, tickers: list[str]) -> None:
        request_id = self._new_id()
        self._membership.asked(request_id, Asked(sid, action, tickers))
        self._commands.append(_COMMANDS[action](request_id, sid, tickers))

    # --- asking for books ------------------------------------------------------------------------

    def disconnected(self, reason: str) -> None:
        """The connection is over, or about to be: its books may be wrong."""
        self._books.tape.ended(self._connection, reason)
        self._distrust(self._tickers, reason)

    def distrust(self, tickers: Iterable[str], reason: str) -> None:
        """These books turned out wrong: they change no more before a snapshot, which is asked for."""
        wanted = [ticker for ticker in tickers if ticker in self._tickers]
        self._distrust(wanted, reason)
        self._request_snapshots(wanted)

    def ask_again(self, tickers: Iterable[str]) -> None:
        """Ask once more for books that are overdue, and for markets the venue refused to add."""
        wanted = [ticker for ticker in tickers if ticker in self._tickers]
        if unanswered := self._membership.unanswered(self._book_sid, wanted):
            self._ask(self._book_sid, "add_markets", unanswered)
        self._request_snapshots(wanted)
        self._tell_membership()
        for sid in self._sids:
            for ticker in self._membership.retries(sid):
                self._ask(sid, "add_markets", [ticker])

    def audit(self, tickers: Iterable[str]) -> None:
        """Ask for books to compare them with ours; ``receive`` says when they differ."""
        self._request_snapshots(tickers)

    def _unanswered(self) -> dict[int, str]:
        return super()._unanswered() | self._membership.waiting()

    def _on_overdue(self, request_id: int, asked: str) -> tuple[SessionEvent, ...]:
        if self._lacking(request_id) != [TRADES]:
            return super()._on_overdue(request_id, asked)
        del self._subscribing[request_id]  # books do without trades: no reason to lose the connection
        if self._tickers and self._may_try_again([TRADES]):  # naming no market would ask for all of them
            self._commands.append(self._subscribe([TRADES]))
        return (CommandUnanswered(request_id, asked),)

    def _distrust(self, tickers: Iterable[str], reason: str) -> None:
        wanted = list(tickers)
        for ticker in wanted:
            self._trusted.pop(ticker, None)
        self._books.distrust(wanted, reason)

    def _request_snapshots(self, tickers: Iterable[str]) -> None:
        """All in one command; none before the subscription stands, whose snapshots are on their way."""
        if self._book_sid < 0:
            return
        wanted = [ticker for ticker in tickers if self._membership.has(self._book_sid, ticker)]
        if wanted:
            self._ask(self._book_sid, "get_snapshot", wanted)

    def _distrust_unsent(self) -> None:
        """A book whose changes the venue does not send will be wrong, and nothing would say so."""
        unsent = [ticker for ticker in self._trusted if not self._membership.has(self._book_sid, ticker)]
        self._distrust(unsent, "refused")

    # --- what is refused ---------------------------------------------------------------------------

    def _on_error(self, error: ErrorMessage) -> tuple[SessionEvent, ...]:
        """One market that the venue does not know, or one too many, costs the others nothing."""
        asked = self._membership.refused(error.request_id)
        if error.code == UNKNOWN_SUBSCRIPTION and asked is not None:  # it ended, and we missed that
            return self._on_terminal(replace(error, sid=asked.sid))
        if asked is not None and asked.action != "delete_markets" and error.code not in NOT_THE_MARKETS:
            refused = self._ask_less(asked, error.tickers)
            if error.code == MARKET_LIMIT:
                self._one_too_many |= dict.fromkeys(refused)
        self._distrust_unsent()
        return super()._on_error(error)

    def _subscribe_otherwise(self, error: ErrorMessage, channels: list[str]) -> bool:
        """With fewer markets; the others are added when the subscription stands."""
        named = self._membership.named_by(error.request_id)
        if len(channels) > 1 and not error.tickers:  # each by itself: it may be for one of them only
            self._commands += [self._subscribe([channel], named) for channel in channels]
            return True
        if error.code in NOT_THE_MARKETS:
            return False
        parts, refused = narrower(named, error.tickers)
        self._left_out |= dict.fromkeys(refused)
        fewer = parts[0] if parts else [ticker for ticker in self._tickers if ticker not in self._left_out]
        if not fewer or (not parts and not self._may_try_again(channels)):
            return False
        self._commands.append(self._subscribe(channels, fewer))
        return True

    def _may_try_again(self, channels: Sequence[str]) -> bool:
        if list(channels) != [TRADES]:
            return super()._may_try_again(channels)
        self._trade_attempts += 1
        return self._trade_attempts <= MAX_ATTEMPTS

    def _give_up_on(self, channels: Sequence[str], reason: str) -> tuple[SessionEvent, ...]:
        """Books do without trades, which are asked for again on the next connection."""
        return () if list(channels) == [TRADES] else super()._give_up_on(channels, reason)

    def _ask_less(self, asked: Asked, culprits: Sequence[str]) -> list[str]:
        """Ask for the others; those that are to blame."""
        parts, refused = narrower(asked.tickers, culprits)
        if asked.action == "add_markets":
            self._membership.leave_out(asked.sid, refused)
        for part in parts:
            self._ask(asked.sid, asked.action, part)
        return refused
