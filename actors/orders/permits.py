"""May OrderManager send now, and if not, who says so?

Three permits, each of which runs out by itself when its giver falls silent: the Supervisor's lease,
the private stream's word that it is live and reconciled, and the watcher's word on the market.
Times are monotonic seconds given by the caller.
"""

from __future__ import annotations

import struct
from typing import Final

from actors.messages import FactsCommitted, LeaseGranted, ShardObserved

STREAM_VALID_S: Final = 3.0
SHARD_VALID_S: Final = 3.0


class HeldPermits:
    """What the latest messages allow."""

    def __init__(self) -> None:
        self.state = "starting"
        self.state_reason = ""
        self._lease_until = float("-inf")
        self._stream_until = float("-inf")
        self._shard_until: dict[int, float] = {}
        self._tickers: dict[int, set[str]] = {}  # by shard
        self._shard_of: dict[str, int] = {}
        self._untradable: dict[int, dict[str, str]] = {}
        self._marks: dict[str, tuple[int, int]] = {}

    def grant_lease(self, message: LeaseGranted, now: float) -> None:
        self._lease_until = now + message.valid_s
        self.state, self.state_reason = message.state, message.reason

    def hear_stream(self, message: FactsCommitted, now: float) -> None:
        self._stream_until = now + STREAM_VALID_S if message.live else float("-inf")

    def hear_shard(self, message: ShardObserved, now: float) -> None:
        self._shard_until[message.shard] = now + SHARD_VALID_S
        self._untradable[message.shard] = message.untradable
        for ticker in self._tickers.get(message.shard, set()).difference(message.tickers):
            if self._shard_of[ticker] == message.shard:  # another may watch it by now
                del self._shard_of[ticker]
        self._tickers[message.shard] = set(message.tickers)
        values = struct.unpack(f"<{2 * len(message.tickers)}i", message.marks)
        for index, ticker in enumerate(message.tickers):
            self._shard_of[ticker] = message.shard
            if ticker not in message.untradable:  # a suspect book has no prices, the holding has a value
                self._marks[ticker] = (values[2 * index], values[2 * index + 1])

    def lease_valid(self, now: float) -> bool:
        return now < self._lease_until

    def stream_reconciled(self, now: float) -> bool:
        return now < self._stream_until

    def untradable(self, ticker: str, now: float) -> str | None:
        """Why this market's book may not be traded on; None when it may."""
        shard = self._shard_of.get(ticker)
        if shard is None:
            return "not_watched"
        if now >= self._shard_until[shard]:
            return "watcher_silent"
        return self._untradable[shard].get(ticker)

    def mark(self, ticker: str) -> tuple[int | None, int | None] | None:
        """Last known best YES and NO bid; None before its book was first live."""
        if ticker not in self._marks:
            return None
        yes_bid_e4, no_bid_e4 = self._marks[ticker]
        return yes_bid_e4 or None, no_bid_e4 or None
