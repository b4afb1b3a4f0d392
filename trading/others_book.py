"""The book of a market without our own orders in it.

A thin book may show little else: what we hold would then be worth what we bid for more of it.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from trading.book import Book
from trading.market import BookSide, complement_e4


class OwnOrder(NamedTuple):
    """The remaining part of an order of ours."""

    side: BookSide
    price_e4: int  # YES price
    left_e2: int


def without_own(book: Book, own: Collection[OwnOrder]) -> Book:
    """The book as the others' orders make it; the very same one where nothing of ours rests.

    An order that the book does not show yet, or shows no more, takes nothing from the others.
    """
    if not own:
        return book
    others = Book()
    yes, no = dict(book.yes), dict(book.no)
    for side, price_e4, left_e2 in own:
        levels, at_e4 = (yes, price_e4) if side == "bid" else (no, complement_e4(price_e4))
        if at_e4 in levels:
            levels[at_e4] -= left_e2
    others.replace(yes, no)
    return others
