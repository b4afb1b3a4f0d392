"""A listed market with the book that it trades on."""

from __future__ import annotations

from dataclasses import dataclass, field

from simulator.engine.catalogue.listing import ListedMarket
from simulator.engine.matching.order_book import OrderBook


@dataclass(slots=True, eq=False)
class TradedMarket(ListedMarket):
    """Orders and trades name the listed market; its book is the matching's."""

    book: OrderBook = field(default_factory=OrderBook)
