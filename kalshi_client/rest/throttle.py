"""A token bucket: whether a request may be sent now, and otherwise when.

Kalshi bills requests in tokens from one bucket for reads and one for writes (protocol 6).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from kalshi_client.environment import REST_PREFIX

DEFAULT_COST: Final = 10  # tokens
CREATE_ORDER: Final = ("POST", "/portfolio/events/orders")
CANCEL_ORDER: Final = ("DELETE", "/portfolio/events/orders/{order_id}")
CANCEL_ALL: Final = ("DELETE", "/portfolio/events/orders")
CREATE_BATCH: Final = ("POST", "/portfolio/events/orders/batched")  # for each order of it
CANCEL_BATCH: Final = ("DELETE", "/portfolio/events/orders/batched")  # for each order of it
READ_ORDER: Final = ("GET", "/portfolio/orders/{order_id}")

PUBLISHED_COSTS: Final = {CANCEL_ORDER: 2, CANCEL_ALL: 2, CANCEL_BATCH: 2, READ_ORDER: 2}


class TokenBucket:
    """A bucket that starts full and refills continuously. Time is any monotonic seconds."""

    def __init__(self, capacity: float, refill_per_s: float) -> None:
        self._fit(capacity, refill_per_s)
        self._tokens = capacity
        self._at: float | None = None

    def tokens(self, now: float) -> float:
        """The tokens in the bucket at ``now``. A clock that went back adds nothing."""
        if self._at is None:
            self._at = now
        elapsed = now - self._at
        if elapsed > 0:
            self._tokens = min(self.capacity, self._tokens + elapsed * self.refill_per_s)
            self._at = now
        return self._tokens

    def take(self, cost: float, now: float, *, keep: float = 0) -> bool:
        """Take ``cost`` tokens if at least ``keep`` stay behind, for cancels; else take nothing."""
        if self.tokens(now) < cost + keep:
            return False
        self._tokens -= cost
        return True

    def reserve(self, cost: float, now: float) -> None:
        """Take ``cost`` tokens that may not be there yet: whoever comes next waits for these as well."""
        self.tokens(now)
        self._tokens -= cost

    def wait_s(self, cost: float, now: float, *, keep: float = 0) -> float:
        """Seconds until ``take`` can succeed; infinite for more than the bucket holds."""
        if cost + keep > self.capacity:
            return float("inf")
        return max(0.0, (cost + keep - self.tokens(now)) / self.refill_per_s)

    def drained(self, now: float) -> None:
        """The venue said 429: whatever we counted, its bucket is empty (other programs share it)."""
        self._tokens = min(0.0, self.tokens(now))  # what is reserved stays reserved

    def resize(self, capacity: float, refill_per_s: float, now: float) -> None:
        """The bucket is another one than was thought: what was left of it is all that is there for sure."""
        left = self.tokens(now)
        self._fit(capacity, refill_per_s)
        self._tokens = min(left, capacity)

    def _fit(self, capacity: float, refill_per_s: float) -> None:
        if capacity <= 0 or refill_per_s <= 0:
            raise ValueError("a bucket needs a positive capacity and refill")
        self.capacity = capacity
        self.refill_per_s = refill_per_s


class EndpointCosts:
    """Tokens by endpoint: the published defaults, overridden by what the account is told."""

    def __init__(self, default: int = DEFAULT_COST, rows: Iterable[tuple[str, str, int]] = ()) -> None:
        self._default = default
        self._costs = dict(PUBLISHED_COSTS)
        for method, path, cost in rows:
            self._costs[method.upper(), path.removeprefix(REST_PREFIX)] = cost

    def of(self, endpoint: tuple[str, str]) -> int:
        """Tokens of one request; ``endpoint`` is a method and a path template."""
        return self._costs.get(endpoint, self._default)
