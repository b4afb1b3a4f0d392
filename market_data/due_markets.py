"""Markets that changed and are to be shown, each no more often than its throttle allows.

A market that changed is *ready* at once, or *held back* while it was shown less than a throttle ago. Times
are monotonic seconds.
"""

from __future__ import annotations

from collections.abc import Callable

Shown = Callable[[str], bool]
"""Whether a market may be shown now; if not, its return counts as a change."""


class DueMarkets:
    """The changes of a shard that no observation has shown yet."""

    def __init__(self, throttle_s: float) -> None:
        self._throttle_s = throttle_s
        # Changed and not shown, with the time of the first change (epoch microseconds):
        self._ready: dict[str, int] = {}  # the longest waiting first
        self._held_back: dict[str, int] = {}  # inside their throttle
        # Shown less than a throttle ago, with the end of it, the soonest first.
        self._throttled: dict[str, float] = {}

    def forget(self, ticker: str) -> None:
        """The market is not watched any more."""
        for known in (self._ready, self._held_back, self._throttled):
            known.pop(ticker, None)

    def sort(self, changed: dict[str, int], now: float) -> None:
        """Take the changes over; what changed is ready or held back, and a throttle that is over holds back
        nothing."""
        throttled = self._throttled
        while throttled:
            ticker, end = next(iter(throttled.items()))
            if end > now:
                break
            del throttled[ticker]
            if ticker in self._held_back:
                self._ready.setdefault(ticker, self._held_back.pop(ticker))
        for ticker, changed_us in changed.items():
            waiting = self._held_back if ticker in throttled else self._ready
            waiting.setdefault(ticker, changed_us)
        changed.clear()

    def take(self, now: float, is_shown: Shown, *, limit: int) -> dict[str, int]:
        """Markets that may be shown, the longest waiting first, with the time of their first change; they are
        due once."""
        due: dict[str, int] = {}
        while self._ready and len(due) < limit:
            ticker = next(iter(self._ready))
            changed_us = self._ready.pop(ticker)
            if is_shown(ticker):
                due[ticker] = changed_us
                self._throttled[ticker] = now + self._throttle_s
        return due

    def in_s(self, now: float, is_shown: Shown) -> float | None:
        """Seconds until something may be shown; None while nothing waits."""
        for ticker in [*self._ready]:
            if is_shown(ticker):
                return 0.0
            del self._ready[ticker]
        waiting = (t for t in self._throttled if t in self._held_back and is_shown(t))
        ticker_next = next(waiting, None)
        return None if ticker_next is None else self._throttled[ticker_next] - now
