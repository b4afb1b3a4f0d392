"""The books that follow the messages of one connection.

A book is followed from its snapshot on, until something ends that trust. A followed book is trusted
unless an audit disproved it: then it is followed and not trusted until an audit agrees; the second time,
until its changes come as well.
"""

from __future__ import annotations

from collections.abc import Iterable

from kalshi_client.stream.books import BookSet, TrackedBook
from kalshi_client.stream.session_events import AuditFailed, Counters, ImpossibleChange
from kalshi_client.wire.values import BookDelta, BookSnapshot
from trading.book import Levels


class FollowedBooks:
    """Writes the books of one connection into a set. Finds what cannot be right, and leaves to the caller
    what follows from that."""

    def __init__(self, books: BookSet, connection: int, counters: Counters) -> None:
        self.followed: dict[str, TrackedBook] = {}
        self.shown: dict[str, TrackedBook] = {}
        """The books that a snapshot has told of. Whoever takes them clears it."""
        self._books = books
        self._connection = connection
        self._counters = counters
        self.start_over()

    def start_over(self) -> None:
        """A connection opened: what audits found on the last one says nothing of it."""
        # By an audit, and not trusted since; with what it must not be when an audit agrees, if anything.
        self._disproved: dict[str, tuple[Levels, Levels] | None] = {}
        self._failed: set[str] = set()  # an audit on this connection, ever

    def distrust(self, tickers: Iterable[str], reason: str) -> None:
        """These follow no more before their next snapshots."""
        untrusted = list(tickers)
        for ticker in untrusted:
            self.followed.pop(ticker, None)
        self._books.distrust(untrusted, reason)

    def forget(self, tickers: Iterable[str]) -> None:
        """They are not watched any more."""
        gone = list(tickers)
        self.distrust(gone, "not_watched")
        for ticker in gone:
            self._disproved.pop(ticker, None)

    def is_whole(self, ticker: str) -> bool:
        """Whether it follows, and no audit disproved it."""
        return ticker in self.followed and ticker not in self._disproved

    def not_disproved(self, tickers: Iterable[str]) -> list[str]:
        """The books among these that no audit has disproved."""
        return [ticker for ticker in tickers if ticker not in self._disproved]

    def change(self, change: BookDelta, received_us: int) -> ImpossibleChange | None:
        """Apply a change to its book, if that is followed."""
        book = self.followed.get(change.ticker)
        if book is None:
            self._counters.unbased += 1
            return None
        if not book.apply(change.side, change.price_e4, change.delta_e2):
            return ImpossibleChange(change.ticker)
        self._books.tape.changed(book.market, change.side, change.price_e4, change.delta_e2)
        self._books.deltas += 1
        self._books.changed.setdefault(change.ticker, received_us)
        return None

    def show(self, snapshot: BookSnapshot, received_us: int) -> AuditFailed | None:
        """Take a book as the venue says it is, and compare it with ours if that is followed."""
        ticker = snapshot.ticker
        failed = self._compare(snapshot) if ticker in self.followed else None
        book = self._books.confirm(
            ticker, snapshot.yes, snapshot.no, received_us=received_us, connection=self._connection
        )
        if book is not None:
            self.followed[ticker] = self.shown[ticker] = book
        if ticker in self._disproved:
            self._books.distrust([ticker], "audit")
        return failed

    def _compare(self, snapshot: BookSnapshot) -> AuditFailed | None:
        """A book that is not what the venue says it is may be one whose changes are not sent to us."""
        ticker = snapshot.ticker
        book = self.followed[ticker]
        self._counters.audits += 1
        if (book.yes, book.no) == (snapshot.yes, snapshot.no):
            if (book.yes, book.no) != self._disproved.get(ticker):
                self._disproved.pop(ticker, None)
            return None
        self._counters.audits_failed += 1
        is_known = ticker in self._disproved
        self._disproved[ticker] = (dict(snapshot.yes), dict(snapshot.no)) if ticker in self._failed else None
        self._failed.add(ticker)
        return None if is_known else AuditFailed(ticker)
