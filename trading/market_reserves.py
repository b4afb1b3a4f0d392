"""The reserve of each market with orders of ours, worked out once it is asked for: facts come in bursts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection


class MarketReserves:
    """``reserve_of``: the cash that the orders of a market may still take now, in money_e6."""

    def __init__(self, reserve_of: Callable[[str], int]) -> None:
        self._reserve_of = reserve_of
        self._known: dict[str, tuple[int, int]] = {}  # by ticker: shard, money_e6
        self._by_shard: defaultdict[int, int] = defaultdict(int)  # money_e6
        self._stale: dict[str, int] = {}  # shards of markets of which it is to be worked out

    def __contains__(self, ticker: str) -> bool:
        return ticker in self._known or ticker in self._stale

    def is_stale(self, ticker: str, shard: int) -> None:
        """Something about the market has changed, or its shard has."""
        self._stale[ticker] = shard

    def tickers(self) -> dict[str, int]:
        """The shards of all markets that ever had one."""
        return {ticker: shard for ticker, (shard, _) in self._known.items()} | self._stale

    def of_market(self, ticker: str) -> int:
        """0 for a market that never had an order."""
        self._work_out()
        return self._known.get(ticker, (0, 0))[1]

    def of_shard(self, shard: int | None) -> int:
        """Of all markets of the shard; of all shards when none is named."""
        self._work_out()
        return sum(self._by_shard.values()) if shard is None else self._by_shard.get(shard, 0)

    def shards(self) -> Collection[int]:
        """Shards with a reserve."""
        self._work_out()
        return {shard for shard, reserve_e6 in self._by_shard.items() if reserve_e6}

    def _work_out(self) -> None:
        if not self._stale:
            return
        stale, self._stale = self._stale, {}
        for ticker, shard in stale.items():
            old_shard, old_e6 = self._known.get(ticker, (shard, 0))
            reserve_e6 = self._reserve_of(ticker)
            self._known[ticker] = (shard, reserve_e6)
            self._by_shard[old_shard] -= old_e6
            self._by_shard[shard] += reserve_e6
