"""The earliest time at which a MarketWatcher speaks next. Times are monotonic seconds.

A message costs both ends about a millisecond, and a timer as much as a message.
"""

from __future__ import annotations

from typing import Final

BATCH_GAP_S: Final = 0.02  # no two batches closer than this, which keeps messaging in its budget
# A large shard always has something to show: half as many batches are a fifth less work for its watcher.
LARGE_SHARD: Final = 5_000  # markets
LARGE_BATCH_GAP_S: Final = 0.04
SHARD_PERIOD_S: Final = 1.0  # OrderManager's view of marks is at most this old
SHARD_GAP_S: Final = 0.1
DENSE_PER_S: Final = 4_000  # changes a second from which on the feed gets undivided attention


class BatchPacing:
    """Batches for the Selector: at once after a quiet moment, else a gap apart."""

    def __init__(self) -> None:
        self.gap_s = BATCH_GAP_S
        self.batch_no = 0
        self._sent_at = float("-inf")
        self._timer_ends: float | None = None

    def for_markets(self, count: int) -> None:
        """The shard has so many markets from now on."""
        self.gap_s = LARGE_BATCH_GAP_S if count > LARGE_SHARD else BATCH_GAP_S

    def wait_s(self, now: float) -> float:
        """Seconds until the next batch may leave; not positive when it may."""
        return self._sent_at + self.gap_s - now

    def sent(self, now: float) -> int:
        """A batch leaves; its number."""
        self._sent_at = now
        self.batch_no += 1
        return self.batch_no

    def timer_rang(self) -> None:
        self._timer_ends = None

    def needs_timer(self, wait_s: float, now: float) -> bool:
        """Whether a timer of ``wait_s`` has to be set: one that runs and ends in time will do."""
        ends = now + wait_s
        if self._timer_ends is not None and self._timer_ends <= ends + self.gap_s / 4:
            return False
        self._timer_ends = ends
        return True


class ReportPacing:
    """Reports for OrderManager: each second, and soon after what may be traded has changed."""

    def __init__(self) -> None:
        self._told_at = float("-inf")
        self._told_version = -1

    def start_over(self) -> None:
        """Somebody new listens."""
        self._told_at = float("-inf")

    def wait_s(self, now: float, version: int) -> float | None:
        """Seconds until the next report is due; None when only time can make it due."""
        age_s = now - self._told_at
        if version != self._told_version:
            return max(0.0, SHARD_GAP_S - age_s)
        return 0.0 if age_s >= SHARD_PERIOD_S * 0.9 else None

    def told(self, now: float, version: int) -> None:
        self._told_at, self._told_version = now, version


class ChangeRate:
    """The number of changes of books a second."""

    def __init__(self, now: float) -> None:
        self._at = now
        self._deltas = 0
        self.per_s = 0.0

    def look(self, deltas: int, now: float) -> None:
        """To be called each second; ``deltas``: since the beginning."""
        self.per_s = (deltas - self._deltas) / max(now - self._at, 1e-3)
        self._at, self._deltas = now, deltas

    @property
    def is_dense(self) -> bool:
        return self.per_s >= DENSE_PER_S
