"""Finds crossed books, has them asked for again, and distrusts those that stay crossed.

Bids that would trade with each other stand in no book of a venue. Seen once they may be half of a match;
seen again the book is asked for; if it is crossed in the venue's own words too, it is not traded while it
is, and not asked for again and again.
"""

from __future__ import annotations

from market_data.shard_books import ShardBooks


class CrossedBooks:
    """The crossed books of one shard, looked at once a second."""

    def __init__(self, books: ShardBooks) -> None:
        self._books = books
        self._seen: set[str] = set()  # at the last look
        self._asked: set[str] = set()  # asked for because of it, and not seen uncrossed since

    def look(self, now_us: int) -> list[str]:
        """The markets whose books are to be asked for, now that they have been crossed for two looks."""
        crossed = self._books.crossed()
        stands, self._seen = crossed & self._seen, crossed
        suspects = sorted(stands - self._asked)
        for ticker in stands & self._asked:
            self._books.block_crossed(ticker)
        for ticker in self._asked - crossed - self._books.held.untrusted.keys():
            self._asked.discard(ticker)
            self._books.unblock_crossed(ticker, at_us=now_us)
        self._asked.update(suspects)
        return suspects
