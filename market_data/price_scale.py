"""Are the NO sides of a shard's books on the scale that they are taken to be on? (protocol 5.5)

We say ``use_yes_price: false`` and take each side in its own outcome. The flag is announced to go: a
venue that no longer obeys it sends books that are whole, follow each other in order and are wrong. A
REST book has its own scale by its name, so some of them are compared with ours now and then.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from kalshi_client.background import Background, Done
from kalshi_client.signing_clock import SigningClock
from kalshi_client.wire.markets import RestBook
from market_data.shard_books import ShardBooks
from settings.venue_access import VenueAccess, rest_for
from trading.market import complement_e4

SCALE: Final = "price_scale"  # tag of the reads, and why nothing may be traded
FIRST_S: Final = 2.0  # after the first look
EVERY_S: Final = 60.0
READ_WITHIN_S: Final = 120.0  # one request, after its turn among the reads
MOST_MARKETS: Final = 20  # compared at once
ENOUGH_LEVELS: Final = 10  # that fit one scale and not the other

Pick = Callable[[Sequence[str], int], Sequence[str]]


class PriceScale:
    """The comparisons of one shard, whose books nobody trades on after one that speaks against them."""

    def __init__(
        self,
        data: VenueAccess,
        books: ShardBooks,
        background: Background,
        clock: SigningClock,
        *,
        pick: Pick = random.sample,
    ) -> None:
        self._data = data
        self._clock = clock
        self._books = books
        self._background = background
        self._pick = pick
        self._due_at: float | None = None
        self._is_off = False  # as the last comparison found

    def look(self, now: float) -> None:
        """To be called each second: reads some books when it is time."""
        if self._due_at is None:
            self._due_at = now + FIRST_S
        if now < self._due_at:
            return
        untrusted = self._books.held.untrusted
        whole = [
            ticker for ticker, book in self._books.held.books.items() if book.no and ticker not in untrusted
        ]
        if whole:
            self._due_at = now + EVERY_S
            chosen = self._pick(whole, min(MOST_MARKETS, len(whole)))
            args = (self._data, self._clock, chosen)
            self._background.submit((SCALE, ""), read_books, *args, within_s=READ_WITHIN_S)

    def take(self, done: Done) -> str:
        """Take what was read; a sentence when it changes what may be traded, else ""."""
        if done.error is not None:
            return ""  # it is read again in a minute, and nothing speaks against the books
        is_ours = fits(self._ours(done.result), {ticker: book.no for ticker, book in done.result.items()})
        if is_ours is None or is_ours == (not self._is_off):
            return ""
        self._is_off = not is_ours
        self._books.blocks.stop(SCALE, SCALE if self._is_off else "")
        if is_ours:
            return "The NO sides of the books are on their own scale again: trading goes on"
        return "The venue sends NO sides on the YES scale, whatever we ask for: these books are not traded"

    def _ours(self, tickers: Collection[str]) -> dict[str, Collection[int]]:
        held = self._books.held
        return {t: held.books[t].no for t in tickers if t in held.books and t not in held.untrusted}


def fits(ours: Mapping[str, Collection[int]], told: Mapping[str, Collection[int]]) -> bool | None:
    """Whether our NO prices (``price_e4`` by ticker) are those that were told; False when they are the
    YES prices of these instead, None when that cannot be said."""
    same = turned = 0
    for ticker, prices in ours.items():
        here, there = set(prices), set(told[ticker])
        other = {complement_e4(price_e4) for price_e4 in there}
        same += len(here & there - other)
        turned += len(here & other - there)
    if max(same, turned) < ENOUGH_LEVELS or same == turned:
        return None
    return same > turned


def read_books(data: VenueAccess, clock: SigningClock, tickers: Sequence[str]) -> dict[str, RestBook]:
    """These books as REST has them. Raises errors.RequestFailed or KeyFileError."""
    rest = rest_for(data, clock)
    try:
        return rest.orderbooks(tickers)
    finally:
        rest.close()
