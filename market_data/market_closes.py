"""When the markets of a shard close, by the venue's clock: no message marks the moment (protocol 7.4)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from trading.venue_time import BEFORE_ALL, VenueTimeUs


class Looked(NamedTuple):
    """The findings of a look; empty while nothing can have changed since the last one."""

    passed: list[str]
    """Markets whose time has come."""
    put_off: list[str]
    """Markets that were marked as closed by time, and whose close is yet to come."""


class MarketCloses:
    """The closing times of the markets that are held."""

    def __init__(self) -> None:
        self.at_us: dict[str, VenueTimeUs] = {}
        self._next_us = BEFORE_ALL  # nothing closes before
        self._by_time: dict[str, None] = {}  # closed because their time has come, not by a word of the venue

    def hold(self, ticker: str, close_us: VenueTimeUs) -> None:
        """The market closes at this time, whatever was known of it before."""
        self.at_us[ticker] = close_us
        self.look_again()

    def forget(self, ticker: str) -> None:
        self.at_us.pop(ticker, None)
        self._by_time.pop(ticker, None)

    def in_order_of(self, tickers: Iterable[str]) -> None:
        """Keep the order of these, which are all that are held."""
        self.at_us = {ticker: self.at_us[ticker] for ticker in tickers}

    def look_again(self) -> None:
        """The next look is at all of them."""
        self._next_us = BEFORE_ALL

    def closed_by_time(self, ticker: str) -> None:
        self._by_time[ticker] = None

    def told(self, ticker: str) -> None:
        """The venue itself has said how the market stands."""
        self._by_time.pop(ticker, None)

    def look(self, venue_us: VenueTimeUs) -> Looked:
        """The markets that have closed by now, and those that have not after all."""
        if venue_us < self._next_us:
            return Looked([], [])
        passed = [ticker for ticker, close_us in self.at_us.items() if close_us <= venue_us]
        still_open = (close_us for close_us in self.at_us.values() if close_us > venue_us)
        self._next_us = min(still_open, default=venue_us)
        return Looked(passed, [ticker for ticker in self._by_time if self.at_us[ticker] > venue_us])
