"""The price that one contract of each outcome is valued at, on a book that may be thin, one-sided or empty.

The best bid; without one the last bid there was, for an empty book is no proof of a loss; but never more
than the outcome is offered at, for nobody is worth more than its price in the shop.
"""

from __future__ import annotations

from typing import NamedTuple

from trading.book import Book
from trading.market import complement_e4


class OutcomePrices(NamedTuple):
    """One price_e4 of YES and one of NO, each in its own outcome; None for one that is not known."""

    yes_e4: int | None
    no_e4: int | None


UNKNOWN = OutcomePrices(None, None)


def bids_of(book: Book) -> OutcomePrices:
    """Best bid of each outcome; None for a side without any."""
    return OutcomePrices(book.best_yes_bid_e4, book.best_no_bid_e4)


def last_bids(before: OutcomePrices, bids: OutcomePrices) -> OutcomePrices:
    """The newest bid there ever was of each outcome."""
    return OutcomePrices(
        before.yes_e4 if bids.yes_e4 is None else bids.yes_e4,
        before.no_e4 if bids.no_e4 is None else bids.no_e4,
    )


def held_prices(last: OutcomePrices, bids: OutcomePrices) -> OutcomePrices:
    """The value of each outcome, given its last bid and the bids of now."""
    return OutcomePrices(
        _price(bids.yes_e4, last.yes_e4, opposite_bid_e4=bids.no_e4),
        _price(bids.no_e4, last.no_e4, opposite_bid_e4=bids.yes_e4),
    )


def _price(bid_e4: int | None, last_e4: int | None, *, opposite_bid_e4: int | None) -> int | None:
    if bid_e4 is not None or last_e4 is None or opposite_bid_e4 is None:
        return last_e4 if bid_e4 is None else bid_e4
    return min(last_e4, complement_e4(opposite_bid_e4))
