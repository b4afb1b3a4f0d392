"""Why a session that is over never decided on a market, by what it was told of it."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches
from typing import Final

from web.why_facts import Listing

MOST_NAMED: Final = 3
_ALIKE: Final = 0.75  # of 1; a letter or a digit that is wrong, or one that is missing
_TRADED: Final = "active"


def nearest(ticker: str, known: Collection[str]) -> tuple[str, ...]:
    """Names that may have been meant."""
    return tuple(get_close_matches(ticker, sorted(known), n=MOST_NAMED, cutoff=_ALIKE))


def listing_words(listing: Listing) -> str:
    """Why it was never decided on."""
    if listing.status is None:
        if listing.is_watched:
            return "watched, and not listed by the execution venue, so no order could go there"
        meant = f"; perhaps {' or '.join(listing.nearest)} is meant" if listing.nearest else ""
        unread = "" if listing.is_watched is False else _UNREAD
        return f"no such market was ever listed to this session{meant}{unread}"
    if listing.status != _TRADED:
        return f"listed, not traded by the execution venue: its status was {listing.status}"
    if listing.is_watched:
        return "listed and watched, and its book never changed while the session decided"
    if listing.is_watched is None:
        return f"listed by the execution venue, never decided on{_UNREAD}"
    return "listed by the execution venue, never watched: not among the chosen (markets.count, markets.rank)"


_UNREAD: Final = "; whether it was watched is in the database, which was not asked"
