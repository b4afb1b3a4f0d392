"""Since when nothing that happens to the account can be missed, by the venue's clock.

The stream tells what happens from its subscription on; a read tells what happened before, but only one
that is as fresh as the subscription: what fell between the two would be told by neither.
"""

from __future__ import annotations

from trading.venue_time import BEFORE_ALL, ClockOffset, VenueTimeUs

Stretch = tuple[int, int]
"""Number of the stretch of the stream without a loss, and of the estimate of the venue's clock."""


class Listening:
    """The stretch that is listened to now."""

    def __init__(self) -> None:
        self._stretch: Stretch = (0, 0)
        self._since_us: VenueTimeUs = BEFORE_ALL

    def go_on(self, stretch: Stretch, clock: ClockOffset, *, now_us: int) -> None:
        """The subscription holds now (local time); a stretch that is new began no later than this."""
        if stretch != self._stretch:
            self._stretch, self._since_us = stretch, clock.latest_venue_us(now_us)

    def wait_us(self, clock: ClockOffset, *, now_us: int) -> int:
        """The time until a read that begins is as fresh as the subscription for certain; 0 when it is now."""
        return max(0, self._since_us - clock.earliest_venue_us(now_us))

    def is_covered_by(self, fresh_as_of_us: VenueTimeUs, stretch: Stretch) -> bool:
        """Whether reads so fresh leave no gap before this stretch. Reads lag the engine (protocol 3.1)."""
        return stretch == self._stretch and fresh_as_of_us >= self._since_us
