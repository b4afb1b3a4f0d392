"""The books held, which of them are whole, and which have changed.

A book is *trusted* from its snapshot on, until something ends that trust; an untrusted book keeps
the first reason for it and is left alone until its own next snapshot.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from trading.book import Book, Levels
from trading.tape import NoTape, TapeRecorder


class TrackedBook(Book):
    """A book that knows whose messages are in it, and which market it is on the tape."""

    __slots__ = ("connection", "market")

    def __init__(self, market: int) -> None:
        super().__init__()
        self.connection = 0
        self.market = market


class BookSet:
    """The books of any number of connections. Sessions write it, one reader reads it.

    What changes in it is written to ``tape``, if there is one.
    """

    def __init__(self, tickers: Iterable[str] = (), *, tape: TapeRecorder | None = None) -> None:
        self.tape = tape or NoTape()
        self.books: dict[str, TrackedBook] = {}
        self.untrusted: dict[str, str] = {}
        """Reason by ticker. What is not in here is whole."""
        self.changed: dict[str, int] = {}
        """When (epoch microseconds) the first change came that nobody took yet, by ticker; the
        longest waiting first. Whoever takes a change deletes it."""
        self.seqs: dict[int, int] = {}
        """The newest message of each connection: every one up to it is in the connection's books."""
        self.trade_seqs: dict[int, int] = {}
        """The newest message of each connection's public trades."""
        self.confirmed_us: dict[int, int] = {}
        """When, by connection, a message last proved that its books had missed nothing."""
        self.deltas = 0
        self.trust_version = 0
        """Rises with every change of ``untrusted``."""
        for ticker in tickers:
            self.add(ticker)

    def __len__(self) -> int:
        return len(self.books)

    def add(self, ticker: str) -> None:
        """Hold one more book, which is not known yet."""
        if ticker not in self.books:
            self.books[ticker] = TrackedBook(self.tape.text(ticker))
            self.untrusted[ticker] = "no_snapshot"
            self.trust_version += 1

    def remove(self, ticker: str) -> None:
        """Forget a book."""
        if self.books.pop(ticker, None) is not None:
            self.trust_version += 1
        self.untrusted.pop(ticker, None)
        self.changed.pop(ticker, None)

    def distrust(self, tickers: Iterable[str], reason: str) -> None:
        """From now on these books may be wrong."""
        for ticker in tickers:
            if ticker in self.books:
                if ticker not in self.untrusted:
                    self.untrusted[ticker] = reason
                    self.trust_version += 1
                    self.tape.distrusted(self.books[ticker].market, reason)
                self.changed.pop(ticker, None)

    def confirm(
        self, ticker: str, yes: Levels, no: Levels, *, received_us: int, connection: int = 0
    ) -> TrackedBook | None:
        """Take a snapshot that came over this connection. None when nobody holds this book."""
        book = self.books.get(ticker)
        if book is None:
            return None
        before = (book.yes, book.no, book.connection)
        book.replace(yes, no)
        book.connection = connection
        was_untrusted = self.untrusted.pop(ticker, None) is not None
        if was_untrusted:
            self.trust_version += 1
        # An audit that agrees, as nearly all do, tells the tape nothing.
        is_news = was_untrusted or before != (book.yes, book.no, connection)
        if is_news or book.market in self.tape.left_out:
            self.tape.showed(book.market, connection, book.yes, book.no)
        self.changed.setdefault(ticker, received_us)
        return book

    def lines(self) -> Iterator[str]:
        """Every level of every book, as ``trading.book.books_hash`` wants them."""
        for ticker, book in self.books.items():
            yield from book.lines(ticker)
