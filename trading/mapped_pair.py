"""Says why two markets that a market map joins look unrelated, by what both venues tell of them.

It is a doubt and no proof, so it forbids nothing: a person has written the map, and may know better.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from trading.venue_time import VenueTimeUs

CLOSE_APART_US: Final = 86_400_000_000  # one market closes at nearly one time at both venues
LEAST_LETTERS: Final = 3
LONGEST_SHOWN: Final = 60  # characters of a title
_WORD: Final = re.compile(r"[^\W\d_]+")
# Words of nearly every question: two titles that share no others are about different things.
_EVERYWHERE: Final = frozenset(
    _WORD.findall(
        "above after and any are before below between for from has have how least less more most not off "
        "than that the this total what when where which who will win with would "
        "day month week year today tomorrow noon midnight "
        "est edt cst cdt mst mdt pst pdt utc gmt "
        "jan feb mar apr may jun jul aug sep oct nov dec "
        "january february march april june july august september october november december"
    )
)


class MarketFacts(NamedTuple):
    """A venue's facts of a market."""

    title: str
    close_us: VenueTimeUs


def why_unrelated(data: MarketFacts, execution: MarketFacts) -> str:
    """The reason to doubt that both are one market; empty where there is none, or too little is told."""
    apart_us = abs(data.close_us - execution.close_us)
    if apart_us > CLOSE_APART_US:
        return f"they close {apart_us / CLOSE_APART_US:.1f} days apart"
    of_data, of_execution = _words(data.title), _words(execution.title)
    if of_data and of_execution and not of_data & of_execution:
        return f"{_cut(data.title)!r} and {_cut(execution.title)!r} have no word in common"
    return ""


def _words(title: str) -> set[str]:
    """The words that say the subject of a question; numbers and dates are not among them."""
    found = (word.casefold() for word in _WORD.findall(title))
    return {word for word in found if len(word) >= LEAST_LETTERS and word not in _EVERYWHERE}


def _cut(title: str) -> str:
    return title if len(title) <= LONGEST_SHOWN else f"{title[:LONGEST_SHOWN]}…"
