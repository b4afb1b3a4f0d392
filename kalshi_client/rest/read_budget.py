"""The budget of reads: whether one may be sent now, and otherwise when (protocol 6).

Signed reads draw from the account's bucket, which other programs may draw from as well; unsigned
ones cost nothing and are paced out of politeness. The thread that reads is the one that waits,
and whoever asked first goes first.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from kalshi_client.errors import RateLimited
from kalshi_client.rest.throttle import EndpointCosts, TokenBucket
from kalshi_client.wire.records import BucketLimit

BASIC_READS: Final = BucketLimit(refill_per_s=200, capacity=600)  # no account has less
LEARN_AGAIN_S: Final = 60.0
MOST_REFUSALS: Final = 6  # of one read; the waits double, and add up to seconds
UNSIGNED_PER_S: Final = 10.0  # polite to any venue; one that allows more is configured to


@dataclass(frozen=True, slots=True)
class Pacing:
    """The spreading of reads. ``most_wait_s`` is the longest that one read is held back.

    An address says nothing about pace: what listens on this machine may pass every read on to a real venue.
    """

    unsigned_per_s: float = UNSIGNED_PER_S
    most_wait_s: float = 60.0
    monotonic_s: Callable[[], float] = time.monotonic
    wait: Callable[[float], object] | None = None  # None: until then or until the client is closed


class ReadBudget:
    """The two buckets of one client. Safe to use from several threads."""

    def __init__(self, pacing: Pacing, wait: Callable[[float], object]) -> None:
        self._pacing = pacing
        self._now = pacing.monotonic_s
        self._wait = pacing.wait or wait
        self._lock = threading.Lock()
        self._signed = TokenBucket(BASIC_READS.capacity, BASIC_READS.refill_per_s)
        self._unsigned = TokenBucket(max(1.0, pacing.unsigned_per_s), pacing.unsigned_per_s)
        self._costs = EndpointCosts()
        self._is_in_doubt = True  # the limits are assumed, or the venue has contradicted them
        self._learn_from_s: float | None = None  # not before

    def take(self, endpoint: tuple[str, str], *, signed: bool) -> None:
        """Wait for this read's turn. Raises RateLimited, taking nothing, if that is too far off."""
        with self._lock:
            bucket, now = self._bucket(signed=signed), self._now()
            # A venue that bills more than its own bucket holds could never be asked.
            cost = min(self._cost(endpoint, signed=signed), bucket.capacity)
            wait_s = bucket.wait_s(cost, now)
            if wait_s > self._pacing.most_wait_s:
                detail = f"other reads of this client have the tokens of the next {wait_s:.0f} s"
                raise RateLimited(" ".join(endpoint), 0, "read_budget_spent", detail)
            bucket.reserve(cost, now)
        if wait_s > 0:
            self._wait(wait_s)

    def refused(self, endpoint: tuple[str, str], *, signed: bool, times: int, after_s: float = 0.0) -> bool:
        """The venue said 429, ``times`` times to this read: wait for the refill, and longer each time.

        ``after_s`` is how long it asked us to stay away. False, without waiting, if that is too long.
        """
        with self._lock:
            bucket, now = self._bucket(signed=signed), self._now()
            bucket.drained(now)
            self._is_in_doubt = self._is_in_doubt or signed
            refill_s = self._cost(endpoint, signed=signed) / bucket.refill_per_s
        if after_s > self._pacing.most_wait_s:
            return False
        # The first wait is that of the next ``take``; what others draw meanwhile asks for more.
        wait_s = max(after_s, refill_s * 2 ** (times - 2) if times > 1 else 0.0)
        if wait_s > 0:
            self._wait(wait_s)
        return True

    def should_learn(self, endpoint: tuple[str, str]) -> bool:
        """Whether the account's limits would make a difference to this read now. Said once a minute."""
        with self._lock:
            now = self._now()
            waits = self._signed.wait_s(min(self._costs.of(endpoint), self._signed.capacity), now) > 0
            if not (waits and self._is_in_doubt):
                return False
            if self._learn_from_s is not None and now < self._learn_from_s:
                return False
            self._learn_from_s = now + LEARN_AGAIN_S
            return True

    def learn(self, limit: BucketLimit) -> None:
        """Take in the account's budget. Only the tokens left are known to be there: the rest refills."""
        with self._lock:
            self._signed.resize(limit.capacity, limit.refill_per_s, self._now())
            self._is_in_doubt = False

    def learn_costs(self, costs: EndpointCosts) -> None:
        with self._lock:
            self._costs = costs

    def _bucket(self, *, signed: bool) -> TokenBucket:
        return self._signed if signed else self._unsigned

    def _cost(self, endpoint: tuple[str, str], *, signed: bool) -> int:
        return self._costs.of(endpoint) if signed else 1
