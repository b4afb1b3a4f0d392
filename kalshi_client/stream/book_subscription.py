"""Which books are wanted over one WebSocket connection, and what must be asked for to have them?

The half of a ``session.BookSession`` that speaks; the other half listens.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from kalshi_client.stream.books import BookSet, TrackedBook
from kalshi_client.stream.membership import Membership
from kalshi_client.stream.sequence import Sequences
from kalshi_client.stream.subscription import Subscription
from kalshi_client.wire import commands

BOOKS: Final = commands.BOOK_CHANNEL
TRADES: Final = "trade"

_CHANGES: Final = {"add_markets": commands.add_markets, "delete_markets": commands.delete_markets}


class BookSubscription(Subscription):
    """The markets of one connection and the state of their books as far as asking goes."""

    def __init__(
        self, tickers: Iterable[str], books: BookSet, *, connection: int = 0, with_trades: bool = False
    ) -> None:
        self._tickers = dict.fromkeys(tickers)  # a set that keeps the order
        self._books = books
        self._connection = connection
        self._trusted: dict[str, TrackedBook] = {}
        self.sent_ms: int | None = None
        """When the venue queued the newest change that was taken, by its clock, if it says so."""
        self.confirmed_us = 0
        """When the last message came that had missed nothing before it: until then every trusted
        book of this session was what the venue said. Epoch microseconds, 0 for never."""
        for ticker in self._tickers:
            books.add(ticker)
        super().__init__((BOOKS, TRADES) if with_trades else (BOOKS,))

    def _forget_connection(self) -> None:
        super()._forget_connection()
        self._sequences = Sequences()
        self._membership = Membership()
        self._book_sid = -1
        self._distrust(self._tickers, "no_snapshot")

    # --- which markets ---------------------------------------------------------------------------

    @property
    def tickers(self) -> list[str]:
        """The markets of this session, in the order they were added."""
        return list(self._tickers)

    @property
    def suspect(self) -> list[str]:
        """Those of them whose book is not whole."""
        return [ticker for ticker in self._tickers if ticker not in self._trusted]

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
        self._tell_membership()

    def connected(self) -> list[bytes]:
        """A connection opened. Answers the commands to send on it first."""
        if self._tickers:
            return super().connected()
        self._forget_connection()
        return []

    def _subscribe(self, channels: Iterable[str]) -> bytes:
        self._subscribe_id = self._new_id()
        self._membership.subscribing(self._subscribe_id, self._tickers)
        return commands.subscribe(self._subscribe_id, channels, tickers=self._tickers)

    def _tell_membership(self) -> None:
        """Bring what the venue sends up to what is wanted."""
        if not self._subscribe_id and self._tickers:  # there was nothing to subscribe to
            self._commands.append(self._subscribe(self._channels))
        for sid in self._sids:
            for action, tickers in self._membership.changes(sid, self._tickers):
                request_id = self._new_id()
                self._membership.asked(request_id, sid, action, tickers)
                self._commands.append(_CHANGES[action](request_id, sid, tickers))

    # --- asking for books ------------------------------------------------------------------------

    def disconnected(self, reason: str) -> None:
        """The connection is over, or about to be: its books may be wrong."""
        self._distrust(self._tickers, reason)

    def distrust(self, tickers: Iterable[str], reason: str) -> None:
        """These books turned out wrong: they change no more before a snapshot, which is asked for."""
        wanted = [ticker for ticker in tickers if ticker in self._tickers]
        self._distrust(wanted, reason)
        self._request_snapshots(wanted)

    def ask_again(self, tickers: Iterable[str]) -> None:
        """Ask once more for books that are overdue, and for markets the venue refused to add."""
        self._request_snapshots(ticker for ticker in tickers if ticker in self._tickers)
        self._tell_membership()

    def audit(self, ticker: str) -> None:
        """Ask for a book to compare it with ours; ``receive`` says when they differ."""
        self._request_snapshots([ticker])

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
            self._commands.append(commands.get_snapshot(self._new_id(), self._book_sid, wanted))
