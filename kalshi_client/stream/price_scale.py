"""Finds out whether the NO sides of books are on the scale that was asked for (protocol 5.5).

We say ``use_yes_price: false`` and take each side in its own outcome. The flag is announced to go: a
venue that no longer obeys it sends books that are whole, follow each other in order and are wrong. A
REST book has its own scale by its name, so some of them are compared with ours now and then.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final, NamedTuple

from kalshi_client.background import Background, Done
from kalshi_client.stream.books import BookSet
from kalshi_client.wire.markets import RestBook
from trading.market import complement_e4

SCALE: Final = "price_scale"  # tag of the reads, and why nothing may be traded
FIRST_S: Final = 2.0  # after the first look
EVERY_S: Final = 60.0
READ_WITHIN_S: Final = 120.0  # one request, after its turn among the reads
MOST_MARKETS: Final = 20  # compared at once
ENOUGH_LEVELS: Final = 10  # that fit one scale and not the other

Read = Callable[[Sequence[str]], Mapping[str, RestBook]]
"""These books as REST has them; runs on a thread of the background."""

Pick = Callable[[Sequence[str], int], Sequence[str]]


class Fit(NamedTuple):
    """Levels of books that speak for one scale and not for the other, counted."""

    same: int = 0
    turned: int = 0

    def joined_by(self, other: Fit) -> Fit:
        return Fit(self.same + other.same, self.turned + other.turned)

    @property
    def is_ours(self) -> bool | None:
        """None while too little speaks for either."""
        if max(self) < ENOUGH_LEVELS or self.same == self.turned:
            return None
        return self.same > self.turned


class PriceScale:
    """The comparisons of some books, of which nobody may trust any after one that speaks against them.

    Where books are thin, the evidence of several comparisons adds up.
    """

    def __init__(
        self, books: BookSet, background: Background, read: Read, *, pick: Pick = random.sample
    ) -> None:
        self.is_off = False
        """As the last comparison found."""
        self._books = books
        self._background = background
        self._read = read
        self._pick = pick
        self._due_at: float | None = None
        self._fit = Fit()  # since it was last known

    def look(self, now: float) -> None:
        """To be called each second: reads some books when it is time."""
        if self._due_at is None:
            self._due_at = now + FIRST_S
        if now < self._due_at:
            return
        untrusted = self._books.untrusted
        whole = [ticker for ticker, book in self._books.books.items() if book.no and ticker not in untrusted]
        if whole:
            self._due_at = now + EVERY_S
            chosen = self._pick(whole, min(MOST_MARKETS, len(whole)))
            self._background.submit((SCALE, ""), self._read, chosen, within_s=READ_WITHIN_S)

    def look_soon(self, now: float) -> None:
        """A connection opened, and what serves it may be another version of the venue."""
        self._due_at, self._fit = now + FIRST_S, Fit()

    def take(self, done: Done) -> bool:
        """Take what was read; whether ``is_off`` changed."""
        if done.error is not None:
            return False  # it is read again in a minute, and nothing speaks against the books
        told = {ticker: book.no for ticker, book in done.result.items()}
        self._fit = self._fit.joined_by(fit(self._ours(told), told))
        is_ours = self._fit.is_ours
        if is_ours is None:
            return False
        self._fit = Fit()
        was_off, self.is_off = self.is_off, not is_ours
        return self.is_off != was_off

    def _ours(self, tickers: Collection[str]) -> dict[str, Collection[int]]:
        books, untrusted = self._books.books, self._books.untrusted
        return {ticker: books[ticker].no for ticker in tickers if ticker in books and ticker not in untrusted}


def fit(ours: Mapping[str, Collection[int]], told: Mapping[str, Collection[int]]) -> Fit:
    """The number of our NO prices (``price_e4`` by ticker) that are those that were told, and of those
    that are the YES prices of these instead."""
    same = turned = 0
    for ticker, prices in ours.items():
        here, there = set(prices), set(told[ticker])
        other = {complement_e4(price_e4) for price_e4 in there}
        same += len(here & there - other)
        turned += len(here & other - there)
    return Fit(same, turned)
