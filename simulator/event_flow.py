"""What does the order flow know of one event?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from simulator.listing import EventKind, ListedMarket


class Opening(NamedTuple):
    """An event whose markets begin to trade."""

    ticker: str
    kind: EventKind
    markets: Sequence[ListedMarket]  # in the order of its listing
    life_s: float  # schedule seconds from now to the close
