"""What does a shard know of its markets: which books are live, which changed, which may be sent?

A book is *live* from its snapshot on, until something makes it suspect; a suspect book keeps its
reason and is not tradable until its own next snapshot. A market that changed is *due* when its
throttle has passed. Values in, values out: the actor around it owns sockets and clocks.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping

from trading.book import Book, Levels
from trading.market import Side
from trading.observation import Observation, WatchedMarket, observe


class ShardBooks:
    """The books of one shard; times are monotonic seconds given by the caller."""

    def __init__(self, closes_us: Mapping[str, int], *, throttle_s: float) -> None:
        tickers = list(closes_us)
        self.tickers = tickers
        self._closes_us = dict(closes_us)
        self.books: dict[str, Book] = {ticker: Book() for ticker in tickers}
        self.untradable: dict[str, str] = dict.fromkeys(tickers, "no_snapshot")
        self.source: dict[str, tuple[int, int]] = dict.fromkeys(tickers, (0, 0))
        self.deltas = 0
        self._throttle_s = throttle_s
        self._changed: dict[str, None] = {}  # a set that keeps the order of change
        self._next_at: dict[str, float] = dict.fromkeys(tickers, float("-inf"))

    def confirm(self, ticker: str, yes: Levels, no: Levels, *, source: tuple[int, int]) -> bool:
        """Take a snapshot; whether the ticker is one of ours."""
        book = self.books.get(ticker)
        if book is None:
            return False
        book.replace(yes, no)
        self.source[ticker] = source
        self.untradable.pop(ticker, None)
        self._changed[ticker] = None
        return True

    def change(
        self, ticker: str, side: Side, price_e4: int, delta_e2: int, *, source: tuple[int, int]
    ) -> bool:
        """Apply a delta to a live book; False when it cannot be true and the book needs a snapshot."""
        if ticker in self.untradable or ticker not in self.books:
            return True  # its snapshot is on the way and will contain this change
        self.deltas += 1
        if not self.books[ticker].apply(side, price_e4, delta_e2):
            self.suspect((ticker,), "negative_level")
            return False
        self.source[ticker] = source
        self._changed[ticker] = None
        return True

    def suspect(self, tickers: Iterable[str], reason: str) -> None:
        """From now on these books may be wrong."""
        for ticker in tickers:
            self.untradable[ticker] = reason
            self._changed.pop(ticker, None)

    @property
    def live(self) -> int:
        return len(self.tickers) - len(self.untradable)

    @property
    def has_changes(self) -> bool:
        return bool(self._changed)

    def take_due(self, now: float, *, limit: int) -> list[str]:
        """Changed markets whose throttle has passed, longest waiting first; they are due once."""
        due = []
        for ticker in self._changed:
            if self._next_at[ticker] <= now:
                due.append(ticker)
                if len(due) == limit:
                    break
        for ticker in due:
            del self._changed[ticker]
            self._next_at[ticker] = now + self._throttle_s
        return due

    def observe(self, tickers: Iterable[str], observed_us: int) -> Observation:
        """The newest state of these markets."""
        return observe(
            [
                WatchedMarket(ticker, self.books[ticker], *self.source[ticker], self._closes_us[ticker])
                for ticker in tickers
            ],
            observed_us,
        )

    def marks(self) -> bytes:
        """Best YES and NO bid of every market as int32 pairs, 0 for none or for a suspect book."""
        values: list[int] = []
        for ticker in self.tickers:
            if ticker in self.untradable:
                values += (0, 0)
            else:
                book = self.books[ticker]
                values += (book.best_yes_bid_e4 or 0, book.best_no_bid_e4 or 0)
        return struct.pack(f"<{len(values)}i", *values)

    def lines(self) -> Iterator[str]:
        """Every level of every book, as the hash of all books wants them."""
        for ticker in self.tickers:
            yield from self.books[ticker].lines(ticker)
