"""Which markets are traded, and which MarketWatcher watches which of them?"""

from __future__ import annotations

from collections.abc import Sequence


class ShardPlan:
    """The chosen markets, spread over a fixed number of shards."""

    def __init__(self, shards: int, *, count: int) -> None:
        self._count = count
        self.chosen: list[str] = []
        self.closes_us: dict[str, int] = {}  # epoch microseconds, by ticker
        self.shards: list[list[str]] = [[] for _ in range(shards)]

    def choose(self, ranked: Sequence[str], *, closes_us: Sequence[int]) -> bool:
        """Take the first ``count`` of the markets, best first; whether that changed anything."""
        chosen = list(ranked[: self._count])
        self.closes_us = dict(zip(ranked, closes_us, strict=True))
        if set(chosen) == set(self.chosen):
            return False
        self.chosen = chosen
        self.shards = assign_shards(chosen, self.shards)
        return True

    def shard_of(self, ticker: str) -> int | None:
        """The number of the shard it is in, if it is traded."""
        return next((number for number, shard in enumerate(self.shards) if ticker in shard), None)


def assign_shards(tickers: Sequence[str], previous: Sequence[Sequence[str]]) -> list[list[str]]:
    """As many shards as ``previous`` had, the busiest markets (first in ``tickers``) spread evenly.

    A market stays where it was, as moving it costs a subscription; new ones go to the shortest shard.
    """
    shard_of = {ticker: number for number, shard in enumerate(previous) for ticker in shard}
    shards: list[list[str]] = [[] for _ in previous]
    for ticker in tickers:
        if ticker in shard_of:
            shards[shard_of[ticker]].append(ticker)
    for ticker in tickers:
        if ticker not in shard_of:
            min(shards, key=len).append(ticker)
    return shards
