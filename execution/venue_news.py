"""Hears at the execution venue which of its markets changed, so that their terms are read again at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from kalshi_client.stream.inbox import Item
from kalshi_client.stream.link import Link, Wire
from kalshi_client.stream.news_connection import NewsConnection
from kalshi_client.wire.news import (
    EventFeesUpdated,
    MarketActivated,
    MarketChanged,
    MarketCloseUpdated,
    MarketDeactivated,
    MarketDetermined,
    MarketGridUpdated,
    MarketSettled,
)
from trading.market import Market

NAME: Final = "Execution news"
_TERMS: Final = (
    *(MarketActivated, MarketDeactivated, MarketCloseUpdated, MarketDetermined, MarketSettled),
    *(MarketGridUpdated, MarketChanged),
)


class VenueNews:
    """The news of one execution venue; times are monotonic seconds."""

    def __init__(self, wire: Wire, connection: int, *, now: float) -> None:
        self._connection = NewsConnection(Link(NAME, connection, wire), now=now)
        self._tickers: set[str] = set()
        self._events: set[str] = set()  # whose fees changed

    def take(self, item: Item, now: float) -> list[str]:
        """Take an item of the feed; sentences about what went wrong."""
        notes = self._connection.take(item, now)
        for event in self._connection.told:
            if isinstance(event, EventFeesUpdated):
                self._events.add(event.event_ticker)
            elif isinstance(event, _TERMS):
                self._tickers.add(event.ticker)
        self._connection.told.clear()
        return notes

    def look(self, now: float) -> list[str]:
        """To be called each second: sentences about what the venue has not answered."""
        return self._connection.look(now)

    def open_again(self) -> None:
        """Replace the connection by a new one, after which all markets are outdated."""
        self._connection.open_again()

    def take_outdated(self, markets: Mapping[str, Market]) -> list[str]:
        """The markets whose terms have changed, since the last call: all, after a loss, and again and
        again while nothing can be heard."""
        missed, self._connection.missed = self._connection.missed, False
        if not (missed or self._tickers or self._events):
            return []
        outdated = [
            ticker
            for ticker, market in markets.items()
            if missed or ticker in self._tickers or market.event_ticker in self._events
        ]
        self._tickers.clear()
        self._events.clear()
        return outdated

    def row(self, now: float) -> dict[str, Any]:
        """As the page shows the connection."""
        return self._connection.row(NAME.lower(), now)
