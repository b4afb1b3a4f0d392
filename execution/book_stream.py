"""The books of some markets over one connection to the execution venue, and whether each is right now.

Something is at stake in every one of them, so all are asked for again as closely as the audits allow.
Times are monotonic seconds given by the caller.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from kalshi_client.stream.book_connection import ASK_AGAIN_S, BookConnection
from kalshi_client.stream.books import BookSet
from kalshi_client.stream.crossed_books import CrossedBooks
from kalshi_client.stream.inbox import Item
from kalshi_client.stream.link import Link, Wire
from trading.book import Book

NAME: Final = "Connection of the execution books"


class BookStream:
    """One subscription through all generations of its connection."""

    def __init__(self, wire: Wire, connection: int, *, silence_s: float, now: float) -> None:
        self.books = BookSet()
        self._connection = BookConnection(
            Link(NAME, connection, wire), self.books, silence_s=silence_s, now=now
        )
        self._crossed = CrossedBooks(self.books)
        self._ask_again_at = now

    @property
    def confirmed_at(self) -> float:
        """When a message last proved that every trusted book was what the venue said."""
        return self._connection.confirmed_at

    def carry(self, tickers: Iterable[str], now: float) -> None:
        """Carry the books of exactly these."""
        self._connection.carry(tickers, now)
        for ticker in self.books.books.keys() - set(self._connection.session.tickers):
            self.books.remove(ticker)
        self._connection.send_commands()

    def book(self, ticker: str) -> Book | None:
        """The book, if it is known to be right; not to be changed or kept."""
        return None if ticker in self.books.untrusted else self.books.books.get(ticker)

    def take(self, item: Item, now: float) -> list[str]:
        """Take an item of the feed into the books; sentences about what went wrong."""
        return self._connection.take(item, now)

    def open_again(self, reason: str) -> None:
        """Trust no book before the snapshots of a new connection."""
        self._connection.open_again(reason)

    def look(self, now: float) -> list[str]:
        """To be called each second: asks for what is to be confirmed, and doubts what nothing confirms or
        what stays crossed."""
        connection = self._connection
        notes = connection.doubt_unconfirmed(now) + connection.doubt_unanswered(now)
        notes += [connection.doubt_crossed(ticker) for ticker in self._crossed.look().ask]
        if now >= self._ask_again_at:
            self._ask_again_at = now + ASK_AGAIN_S
            connection.ask_again()
        connection.audit(now, closely=self.books.books)
        connection.send_commands()
        return notes

    def row(self, now: float) -> dict[str, Any]:
        """As the page shows the connection."""
        return self._connection.row("execution books", now)
