"""The budget of requests of an account (protocol 6)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

DEFAULT_COST: Final = 10
CREATE_BATCH: Final = ("POST", "/portfolio/events/orders/batched")
CANCEL_BATCH: Final = ("DELETE", "/portfolio/events/orders/batched")
ENDPOINT_COSTS: Final = {  # (method, route below the REST prefix) → tokens; of a batch, for each order
    ("DELETE", "/portfolio/events/orders/{order_id}"): 2,
    ("DELETE", "/portfolio/events/orders"): 2,
    CANCEL_BATCH: 2,
    ("GET", "/portfolio/orders/{order_id}"): 2,
}
UNSCOPED: Final = 0  # the write bucket of shard 0 and of everything that names no shard


class Limit(NamedTuple):
    refill_per_s: int
    capacity: int


class Tier(NamedTuple):
    name: str
    read: Limit
    write: Limit


def _tier(name: str, read: int, write: int, *, read_s: int, write_s: int) -> Tier:
    return Tier(name, Limit(read, read * read_s), Limit(write, write * write_s))


TIERS: Final = {
    tier.name: tier
    for tier in (
        _tier("basic", 200, 100, read_s=3, write_s=1),
        _tier("advanced", 300, 300, read_s=3, write_s=3),
        _tier("expert", 600, 600, read_s=1, write_s=3),
        _tier("premier", 1_200, 1_200, read_s=1, write_s=3),
        _tier("paragon", 2_400, 2_400, read_s=1, write_s=3),
        _tier("prime", 4_800, 4_800, read_s=1, write_s=3),
        _tier("prestige", 12_000, 9_600, read_s=1, write_s=3),
        _tier("unlimited", 1_000_000_000, 1_000_000_000, read_s=1, write_s=1),
    )
}


@dataclass(slots=True)
class TokenBucket:
    """Refills continuously; full at the start. Times are monotonic seconds."""

    limit: Limit
    tokens: float  # at the last look
    _at_s: float

    @staticmethod
    def full(limit: Limit, now_s: float) -> TokenBucket:
        return TokenBucket(limit, limit.capacity, now_s)

    def holds(self, cost: int, now_s: float) -> bool:
        refilled = self.tokens + (now_s - self._at_s) * self.limit.refill_per_s
        self.tokens = min(self.limit.capacity, refilled)
        self._at_s = now_s
        return cost <= self.tokens

    def take(self, cost: int, now_s: float) -> bool:
        """Whether the request may pass; a refused one costs nothing."""
        if not self.holds(cost, now_s):
            return False
        self.tokens -= cost
        return True


class Budget:
    """The buckets of one account: one for reads, and for writes one of every shard (protocol 3.5)."""

    def __init__(self, tier: Tier, shards: Iterable[int], now_s: float) -> None:
        self.read = TokenBucket.full(tier.read, now_s)
        self.write = {shard: TokenBucket.full(tier.write, now_s) for shard in {UNSCOPED, *shards}}

    def take_read(self, cost: int, now_s: float) -> bool:
        return self.read.take(cost, now_s)

    def take_write(self, cost: int, now_s: float, *, shard: int | None) -> bool:
        """Bill one shard's bucket, or every one when None: the request is routed by ticker.

        A shard that does not exist is billed like none in particular.
        """
        if shard is None:
            buckets = list(self.write.values())
        else:
            buckets = [self.write.get(shard, self.write[UNSCOPED])]
        if not all(bucket.holds(cost, now_s) for bucket in buckets):
            return False
        return all(bucket.take(cost, now_s) for bucket in buckets)
