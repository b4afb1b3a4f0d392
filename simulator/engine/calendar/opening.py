"""The beginning of an event's trading."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from simulator.engine.catalogue.listing import EventKind
from simulator.engine.matching.traded_market import TradedMarket


class Opening(NamedTuple):
    """An event whose markets begin to trade."""

    ticker: str
    kind: EventKind
    markets: Sequence[TradedMarket]  # in the order of its listing
    life_s: float  # schedule seconds from now to the close
