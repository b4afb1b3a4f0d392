"""The book of one market: everything that rests there now.

A book holds the bids of both outcomes, each priced in its own outcome; asks are derived from the
other side (protocol 5.5). Sizes live in a dict by price with the best price kept beside it: the
fastest plain-Python form measured, and the only one that does not grow on the 0.0001 grid.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from trading.market import ONE_DOLLAR_E4, Side, complement_e4

Levels = Mapping[int, int] | Iterable[tuple[int, int]]
"""Sizes (``count_e2``) by price (``price_e4``)."""


class Book:
    """Bids of one market, changed in place. Only its methods may change the levels.

    Losing the best level costs one pass over the side; every other change is constant time.
    """

    __slots__ = ("best_no_bid_e4", "best_yes_bid_e4", "no", "yes")

    yes: dict[int, int]
    no: dict[int, int]
    best_yes_bid_e4: int | None
    best_no_bid_e4: int | None

    def __init__(self) -> None:
        self.replace((), ())

    def replace(self, yes: Levels, no: Levels) -> None:
        """Become the snapshot; an empty side is an empty collection."""
        self.yes = {price_e4: count_e2 for price_e4, count_e2 in dict(yes).items() if count_e2 > 0}
        self.no = {price_e4: count_e2 for price_e4, count_e2 in dict(no).items() if count_e2 > 0}
        self.find_best()

    def find_best(self) -> None:
        """Look for the best prices anew, for levels that were not changed by ``apply``."""
        self.best_yes_bid_e4 = max(self.yes, default=None)
        self.best_no_bid_e4 = max(self.no, default=None)

    def apply(self, side: Side, price_e4: int, delta_e2: int) -> bool:
        """Change the size at one price of that side's own outcome.

        False when the level would become negative: the book is unchanged, and it has missed
        something, so ask for a snapshot.
        """
        # Both sides written out: a shared helper costs a fifth of the whole call.
        if side == "yes":
            levels = self.yes
            count_e2 = levels.get(price_e4, 0) + delta_e2
            if count_e2 > 0:
                levels[price_e4] = count_e2
                if self.best_yes_bid_e4 is None or price_e4 > self.best_yes_bid_e4:
                    self.best_yes_bid_e4 = price_e4
            elif count_e2 == 0:
                levels.pop(price_e4, None)
                if price_e4 == self.best_yes_bid_e4:
                    self.best_yes_bid_e4 = max(levels, default=None)
        else:
            levels = self.no
            count_e2 = levels.get(price_e4, 0) + delta_e2
            if count_e2 > 0:
                levels[price_e4] = count_e2
                if self.best_no_bid_e4 is None or price_e4 > self.best_no_bid_e4:
                    self.best_no_bid_e4 = price_e4
            elif count_e2 == 0:
                levels.pop(price_e4, None)
                if price_e4 == self.best_no_bid_e4:
                    self.best_no_bid_e4 = max(levels, default=None)
        return count_e2 >= 0

    @property
    def yes_ask_e4(self) -> int | None:
        """Lowest price at which YES is offered: what the best NO bidder leaves of the dollar."""
        return None if self.best_no_bid_e4 is None else complement_e4(self.best_no_bid_e4)

    @property
    def is_crossed(self) -> bool:
        """Whether the two best bids would trade with each other, which no venue lets stand."""
        if self.best_yes_bid_e4 is None or self.best_no_bid_e4 is None:
            return False
        return self.best_yes_bid_e4 + self.best_no_bid_e4 >= ONE_DOLLAR_E4

    def levels(self, side: Side, limit: int) -> list[tuple[int, int]]:
        """The ``limit`` best (price_e4, count_e2) of a side, best first."""
        levels = self.yes if side == "yes" else self.no
        return [(price_e4, levels[price_e4]) for price_e4 in sorted(levels, reverse=True)[:limit]]

    def lines(self, ticker: str) -> list[str]:
        """The book as ``books_hash`` wants it, in no particular order."""
        return [f"{ticker},yes,{price_e4},{count_e2}" for price_e4, count_e2 in self.yes.items()] + [
            f"{ticker},no,{price_e4},{count_e2}" for price_e4, count_e2 in self.no.items()
        ]


def books_hash(lines: Iterable[str]) -> str:
    """One fingerprint of many books: equal exactly when every level of every book is equal.

    SHA-256 of the sorted lines ``ticker,side,price_e4,count_e2`` joined by newlines; the exchange
    computes the same over its own books.
    """
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()
