"""Prices an order on the book of the venue that executes it, which may not be the book it was decided on.

The order never costs more, brings less or is larger than was decided when it opens a position; one that
closes a position takes its price from the execution book alone, for it has to be filled there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from functools import partial

from trading.actions import OPENING, Intent
from trading.book import Book
from trading.market import BookSide, complement_e4
from trading.others_book import OwnOrder, without_own
from trading.refusals import ExecutionPriceRefusal

Pricing = Callable[[Intent], Intent | ExecutionPriceRefusal]
"""The order as it may be sent, or the reason why it may not."""


def as_decided(intent: Intent) -> Intent:
    """The pricing where the decision was made on the execution venue's own book."""
    return intent


def on_book(book: Book | None, own: Collection[OwnOrder] = ()) -> Pricing:
    """The pricing on the execution venue's book, with our ``own`` orders in it; None: it is not known.

    An opening order goes unchanged where nothing is known. A join that would cross joins the best price
    of its own side instead, which is a better one than was decided. A cross takes no more than others
    offer at its limit. A closing order joins or crosses at the book's own best price.
    """
    return partial(_priced, book=book, own=own)


def _priced(
    intent: Intent, *, book: Book | None, own: Collection[OwnOrder]
) -> Intent | ExecutionPriceRefusal:
    if book is None:
        return intent if intent.action in OPENING else "no_execution_book"
    if book.is_crossed:
        return "crossed_book"
    if intent.style == "join":
        return _joining(intent, book)
    return _taking(intent, without_own(book, own))


def _joining(intent: Intent, book: Book) -> Intent | ExecutionPriceRefusal:
    own_e4, opposite_e4 = _bests(book, intent.side)
    if intent.action in OPENING and not _crosses(intent.side, intent.price_e4, opposite_e4):
        return intent
    return "no_execution_price" if own_e4 is None else replace(intent, price_e4=own_e4)


def _taking(intent: Intent, others: Book) -> Intent | ExecutionPriceRefusal:
    _, opposite_e4 = _bests(others, intent.side)
    limit_e4 = intent.price_e4 if intent.action in OPENING else opposite_e4
    if limit_e4 is None:
        return "no_execution_price"
    offered_e2 = offered_within_e2(others, intent.side, limit_e4)
    if not offered_e2:
        return "no_execution_price"
    return replace(intent, price_e4=limit_e4, count_e2=min(intent.count_e2, offered_e2))


def offered_within_e2(book: Book, side: BookSide, limit_e4: int) -> int:
    """Contracts that an order of this side takes at once at the YES price ``limit_e4`` or better."""
    if side == "bid":
        return sum(count_e2 for price_e4, count_e2 in book.no.items() if complement_e4(price_e4) <= limit_e4)
    return sum(count_e2 for price_e4, count_e2 in book.yes.items() if price_e4 >= limit_e4)


def _bests(book: Book, side: BookSide) -> tuple[int | None, int | None]:
    """Best YES price of the order's own side and of the other."""
    bests = (book.best_yes_bid_e4, book.yes_ask_e4)
    return bests if side == "bid" else (bests[1], bests[0])


def _crosses(side: BookSide, price_e4: int, opposite_e4: int | None) -> bool:
    if opposite_e4 is None:
        return False
    return price_e4 >= opposite_e4 if side == "bid" else price_e4 <= opposite_e4
