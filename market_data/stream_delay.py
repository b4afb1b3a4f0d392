"""Learns from the times in a venue's messages how late they come, and tells it to the clock that signs."""

from __future__ import annotations

from typing import Any, Final

from kalshi_client.signing_clock import SigningClock
from kalshi_client.venue_clock import VenueClock
from trading.latency import LatencyRecord

CLOCK_WINDOW_US: Final = 600_000_000  # ten minutes: a clock drifts a millisecond in that time
CLOCK_EVERY_S: Final = 1.0  # so often the clock that requests are signed with hears the stream


class StreamDelay:
    """The delay of the messages of all connections of a shard."""

    def __init__(self, clock: SigningClock) -> None:
        self.clock = clock
        self._clock_heard_at = float("-inf")
        self._delays = VenueClock(CLOCK_WINDOW_US)
        self._lags = LatencyRecord()

    def heard(self, sent_ms: int, now: float, now_us: int) -> None:
        """A message came ``now`` (monotonic seconds) that the venue sent at ``sent_ms`` of its clock."""
        self._lags.add(self._delays.observe(sent_ms, now_us) / 1000)
        if now - self._clock_heard_at >= CLOCK_EVERY_S:
            self._clock_heard_at = now
            self.clock.heard(sent_ms)

    def report(self) -> dict[str, Any]:
        """As the page shows it."""
        offset_us = self._delays.offset_us
        return {
            "feed_lag_ms": self._lags.summary(),
            "clock_offset_ms": None if offset_us is None else offset_us // 1000,
        }
