"""The maintenance that a venue has announced in its schedule, as the explanation of what it does not do.

Whether it takes orders is its status's word alone; a venue in maintenance may not answer at all, and then
only what was read before says why. Times are monotonic seconds given by the caller unless the name says
otherwise.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from kalshi_client.repeated_read import RepeatedRead
from kalshi_client.wire.exchange import ExchangeSchedule
from trading.venue_time import VenueTimeUs

READ_EVERY_S: Final = 3_600.0  # it is announced days ahead
RETRY_S: Final = 60.0


class AnnouncedMaintenance:
    """The newest schedule of one venue, and when to read it again."""

    def __init__(self) -> None:
        self._schedule: ExchangeSchedule | None = None
        self._reads = RepeatedRead(every_s=READ_EVERY_S, retry_s=RETRY_S)

    def next_read(self, now: float) -> bool:
        """Whether to read the schedule now; that read has then begun."""
        return self._reads.begins(now)

    def learn(self, schedule: ExchangeSchedule, now: float) -> None:
        """Take in the schedule that was asked for."""
        self._schedule = schedule
        self._reads.ended(now, again_soon=False)

    def read_failed(self, now: float) -> None:
        """The read came to nothing: what was known still holds."""
        self._reads.ended(now, again_soon=True)

    def explanation(self, venue_us: VenueTimeUs) -> str:
        """The end of a sentence about a venue that is away or pauses; "" where nothing was announced."""
        windows = () if self._schedule is None else self._schedule.maintenance
        now_in = (each.last_us for each in windows if each.first_us <= venue_us < each.last_us)
        ends_us = max(now_in, default=None)
        if ends_us is None:
            return ""
        ends = datetime.fromtimestamp(ends_us / 1_000_000, UTC)
        return f"; its announced maintenance ends at {ends:%Y-%m-%d %H:%M} UTC"
