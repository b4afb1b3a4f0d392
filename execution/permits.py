"""The permits without which OrderManager sends nothing.

Three permits, each of which runs out by itself when its giver falls silent: the Supervisor's lease,
the private stream's word that it is live and reconciled, and the watcher's word on the market
(``watched_shards``), who knows a market by the data venue's ticker. Times are monotonic seconds given by
the caller.
"""

from __future__ import annotations

from typing import Final

from execution.watched_shards import NEVER_S, WatchedShards
from trading.held_prices import UNKNOWN, OutcomePrices
from trading.market_map import MarketMap

STREAM_VALID_S: Final = 3.0


class HeldPermits:
    """The permits that the latest messages give."""

    def __init__(self, names: MarketMap) -> None:
        self._names = names
        self.state = "starting"
        self.state_reason = ""
        self._lease_until = float("-inf")
        self._stream_until = float("-inf")
        self.shards = WatchedShards()

    def grant_lease(self, valid_s: float, state: str, reason: str, *, now: float) -> None:
        self._lease_until = now + valid_s
        self.state, self.state_reason = state, reason

    def hear_stream(self, *, live: bool, now: float) -> None:
        self._stream_until = now + STREAM_VALID_S if live else float("-inf")

    def lease_valid(self, now: float) -> bool:
        return now < self._lease_until

    def stream_reconciled(self, now: float) -> bool:
        return now < self._stream_until

    def untradable(self, execution_ticker: str, now: float) -> str | None:
        """Why the data venue's book of this market may not be traded on; None when it may."""
        ticker = self._names.to_data(execution_ticker)
        return "not_watched" if ticker is None else self.shards.untradable(ticker, now)

    def mark(self, execution_ticker: str) -> OutcomePrices:
        """The value of each outcome by the data venue's book."""
        ticker = self._names.to_data(execution_ticker)
        return UNKNOWN if ticker is None else self.shards.mark(ticker)

    def confirmed_at(self, execution_ticker: str) -> float:
        """When that book was last known to be right."""
        ticker = self._names.to_data(execution_ticker)
        return NEVER_S if ticker is None else self.shards.confirmed_at(ticker)
