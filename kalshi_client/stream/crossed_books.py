"""Finds crossed books that are to be asked for again, and those that are crossed in the venue's own words.

Bids that would trade with each other stand in no book of a venue. Seen once they may be half of a match;
seen again the book is asked for; if it is crossed in the venue's own words too, it is not asked for again
and again.
"""

from __future__ import annotations

from typing import NamedTuple

from kalshi_client.stream.books import BookSet


class CrossedLook(NamedTuple):
    """The findings of one look."""

    ask: list[str]
    """Markets whose books are to be asked for, now that they have been crossed for two looks."""
    stay: set[str]
    """The books that were asked for and are crossed all the same."""
    over: set[str]
    """The books that were asked for and are crossed no more."""


class CrossedBooks:
    """The crossed books of one set, looked at once a second."""

    def __init__(self, books: BookSet) -> None:
        self._books = books
        self._seen: set[str] = set()  # at the last look
        self._asked: set[str] = set()  # asked for because of it, and not seen uncrossed since

    def look(self) -> CrossedLook:
        """To be called each second."""
        crossed = self._crossed()
        stands, self._seen = crossed & self._seen, crossed
        ask = sorted(stands - self._asked)
        stay = stands & self._asked
        over = self._asked - crossed - self._books.untrusted.keys()
        self._asked -= over
        self._asked.update(ask)
        return CrossedLook(ask, stay, over)

    def _crossed(self) -> set[str]:
        untrusted = self._books.untrusted
        return {t for t, book in self._books.books.items() if book.is_crossed and t not in untrusted}
