"""A book as the page shows it."""

from __future__ import annotations

from typing import Any

from market_data.shard_books import ShardBooks


def book_state(books: ShardBooks, ticker: str) -> dict[str, Any]:
    """A market's book, whole. Raises KeyError for one that is not held."""
    held, read = books.held.books[ticker], books.read_book(ticker)
    reason, book = books.untradable.get(ticker, ""), held if read is None else read.book
    return {
        "ticker": ticker,
        "tradable": not reason,
        "reason": reason,
        "connection": held.connection if read is None else 0,
        "seq": books.held.seqs.get(held.connection, 0) if read is None else 0,
        "yes": [list(level) for level in book.levels("yes", len(book.yes))],
        "no": [list(level) for level in book.levels("no", len(book.no))],
    }
