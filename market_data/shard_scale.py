"""Stops all trading of a shard while the NO sides of its books come on another scale than was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from kalshi_client.background import Background, Done
from kalshi_client.signing_clock import SigningClock
from kalshi_client.stream.price_scale import SCALE, PriceScale
from kalshi_client.wire.markets import RestBook
from market_data.shard_books import ShardBooks
from settings.venue_access import VenueAccess, rest_for


class ShardScale:
    """The comparisons of one shard's books with those of its venue's REST."""

    def __init__(
        self, data: VenueAccess, books: ShardBooks, background: Background, clock: SigningClock
    ) -> None:
        self._books = books
        self._scale = PriceScale(books.held, background, partial(read_books, data, clock))

    def look(self, now: float) -> None:
        """To be called each second: reads some books when it is time."""
        self._scale.look(now)

    def look_soon(self, now: float) -> None:
        """A connection to the books opened."""
        self._scale.look_soon(now)

    def take(self, done: Done) -> str:
        """Take what was read; a sentence when it changes what may be traded, else ""."""
        if not self._scale.take(done):
            return ""
        is_off = self._scale.is_off
        self._books.blocks.stop(SCALE, SCALE if is_off else "")
        if is_off:
            return "The venue sends NO sides on the YES scale, whatever we ask for: the books are not traded"
        return "The NO sides of the books are on their own scale again: trading goes on"


def read_books(data: VenueAccess, clock: SigningClock, tickers: Sequence[str]) -> dict[str, RestBook]:
    """These books as REST has them. Raises errors.RequestFailed or KeyFileError."""
    rest = rest_for(data, clock)
    try:
        return rest.orderbooks(tickers)
    finally:
        rest.close()
