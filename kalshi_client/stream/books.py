"""Which books are held, which of them are whole, and which changed?

A book is *trusted* from its snapshot on, until something makes it doubtful; a doubtful book keeps
the first reason for it and is left alone until its own next snapshot.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from trading.book import Book, Levels


class TrackedBook(Book):
    """A book that knows whose messages are in it."""

    __slots__ = ("connection",)

    def __init__(self) -> None:
        super().__init__()
        self.connection = 0


class BookSet:
    """The books of any number of connections. Sessions write it, one reader reads it."""

    def __init__(self, tickers: Iterable[str] = ()) -> None:
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
            self.books[ticker] = TrackedBook()
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
                self.changed.pop(ticker, None)

    def confirm(self, ticker: str, yes: Levels, no: Levels, *, received_us: int) -> TrackedBook | None:
        """Take a snapshot. None when nobody holds this book."""
        book = self.books.get(ticker)
        if book is None:
            return None
        book.replace(yes, no)
        if self.untrusted.pop(ticker, None) is not None:
            self.trust_version += 1
        self.changed.setdefault(ticker, received_us)
        return book

    def lines(self) -> Iterator[str]:
        """Every level of every book, as ``trading.book.books_hash`` wants them."""
        for ticker, book in self.books.items():
            yield from book.lines(ticker)
