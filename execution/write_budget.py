"""The writes that the venue allows: how many orders may be asked for, and how many writes made.

The venue bills writes in tokens (protocol 6). Some are always kept for cancels, so that the way out
is never closed by the way in.
"""

from __future__ import annotations

from typing import Final

from kalshi_client.rest.throttle import CANCEL_ORDER, CREATE_ORDER, EndpointCosts, TokenBucket

CANCELS_KEPT: Final = 10  # cancels that can always be paid at once


class WriteBudget:
    """The account's write bucket, and the credits granted out of it. Times are monotonic seconds."""

    def __init__(self, bucket: TokenBucket, costs: EndpointCosts) -> None:
        self._bucket = bucket
        self._create = costs.of(CREATE_ORDER)
        self._cancel = costs.of(CANCEL_ORDER)
        # A bucket that holds one order keeps nothing back, or it could never send one.
        self._kept = min(CANCELS_KEPT * self._cancel, max(0.0, bucket.capacity - self._create))
        self._used = 0

    def take_create(self, now: float) -> bool:
        """Pay for an order, leaving what is kept for cancels."""
        return self._bucket.take(self._create, now, keep=self._kept)

    def can_create(self, now: float) -> bool:
        return self._bucket.tokens(now) >= self._create + self._kept

    def take_cancel(self, now: float) -> bool:
        return self._bucket.take(self._cancel, now)

    def cancel_wait_s(self, now: float) -> float:
        """Seconds until a cancel can be paid."""
        return self._bucket.wait_s(self._cancel, now)

    def refused(self, now: float) -> None:
        """The venue said 429: others spend from the same bucket."""
        self._bucket.drained(now)

    # --- credits ---------------------------------------------------------------------------------

    def asker_is_new(self) -> None:
        """A new Selector counts its credits from zero."""
        self._used = 0

    def asked(self, intents: int) -> None:
        self._used += intents

    def granted(self, now: float) -> int:
        """Credits since the asker was new: those used and those the bucket can pay now."""
        spare = (self._bucket.tokens(now) - self._kept) / self._create
        return self._used + max(0, int(spare))
