"""The books of markets in which something is at stake, read while no stream tells of them.

A book that is read is as old as its read, and nobody says what it was in between: what is held can be
valued by it and sold, and nothing else. It begins ``risk.silence_s`` after the stream's book was last whole,
and ends with the stream's next snapshot. Values in, values out: times are monotonic seconds unless the name
says otherwise.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final, NamedTuple

from kalshi_client.wire.markets import RestBook
from trading.book import Book
from trading.tape import TapeRecorder

READ_EVERY_S: Final = 5.0
BELIEVED_S: Final = 3 * READ_EVERY_S  # two reads in a row may fail
# Ten requests of a hundred: 100 tokens in five seconds, a tenth of the smallest budget (protocol 6).
MOST_TOGETHER: Final = 1_000


class ReadBook(NamedTuple):
    """A book as the venue's REST answered, and when."""

    book: Book
    read_us: int


class ReadBooks:
    """The books to read, and the books that were read and are believed."""

    def __init__(self, *, silence_s: float) -> None:
        self.books: dict[str, ReadBook] = {}
        self._silence_s = silence_s
        self._untold_since: dict[str, float] = {}  # when the stream's book was first seen untrusted
        self._read_at: dict[str, float] = {}  # the longest ago first
        self._is_reading = False
        self._not_before = float("-inf")

    def look(self, at_stake: Collection[str], untrusted: Collection[str], now: float) -> list[str]:
        """The books that are believed no more, for the stream tells them again, nothing is at stake, or their
        read is too old. ``untrusted``: those that no stream tells now. To be called each second."""
        wanted = [ticker for ticker in at_stake if ticker in untrusted]
        self._untold_since = {ticker: self._untold_since.get(ticker, now) for ticker in wanted}
        gone = [
            ticker
            for ticker in self.books
            if ticker not in self._untold_since or now - self._read_at[ticker] > BELIEVED_S
        ]
        for ticker in gone:
            del self.books[ticker], self._read_at[ticker]
        return gone

    def due(self, now: float) -> list[str]:
        """The books to read now; that read has then begun, and none else does before its end."""
        if self._is_reading or now < self._not_before:
            return []
        due = [t for t, since in self._untold_since.items() if now - since > self._silence_s]
        due.sort(key=lambda ticker: self._read_at.get(ticker, float("-inf")))
        self._is_reading = bool(due)
        return due[:MOST_TOGETHER]

    def failed(self, now: float) -> None:
        """The read came to nothing: what was read before is believed for as long as it is."""
        self._is_reading, self._not_before = False, now + READ_EVERY_S

    def take(self, found: Mapping[str, RestBook], now: float, now_us: int) -> list[str]:
        """Take in what was read; the books that are new or other than before."""
        self._is_reading, self._not_before = False, now + READ_EVERY_S
        changed = []
        for ticker, told in found.items():
            if ticker not in self._untold_since:
                continue  # the stream tells it again, or nothing is at stake any more
            before, book = self.books.get(ticker), Book()
            book.replace(told.yes, told.no)
            if before is None or (before.book.yes, before.book.no) != (book.yes, book.no):
                changed.append(ticker)
            self.books[ticker] = ReadBook(book, now_us)
            self._read_at.pop(ticker, None)
            self._read_at[ticker] = now
        return changed


class ShownReads:
    """The books that were read and are shown in the place of untrusted ones, as the tape is told of them."""

    def __init__(self, tape: TapeRecorder) -> None:
        self.books: Mapping[str, ReadBook] = {}
        self.version = 0
        """Rises with every change."""
        self._tape = tape
        self._told: dict[str, ReadBook] = {}  # that the tape knows

    def show(self, books: Mapping[str, ReadBook]) -> None:
        """These, and no others."""
        self.books = books
        self.version += 1
        for ticker, read in books.items():
            if self._told.get(ticker) is not read:
                self._tape.read(ticker, read.read_us, read.book.yes, read.book.no)
        for ticker in self._told:
            if ticker not in books:
                self._tape.unread(ticker)
        self._told = dict(books)

    def tell_again(self) -> None:
        """Write all of them to the tape once more."""
        self._told = {}
        self.show(self.books)
