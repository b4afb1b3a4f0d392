"""Times by the venue's clock beside times by this machine's clock, and the one way from one to the other.

Epoch microseconds of two clocks look alike and may lie minutes apart. Whatever the venue says or
checks is by its clock: the close of a market, the time of a fill, an order's expiration, the freshness
of a read. Such a time has the type ``VenueTimeUs``, or ``venue`` in its name; every other time is by
this machine's clock. The two meet through a ``ClockOffset`` and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NewType

VenueTimeUs = NewType("VenueTimeUs", int)
"""Epoch microseconds by the venue's clock."""

BEFORE_ALL: Final = VenueTimeUs(0)

# The venue takes no request whose signed time is farther than this from its own (protocol 1.3).
SIGNATURE_VALID_US: Final = 60_000_000


@dataclass(frozen=True, slots=True)
class ClockOffset:
    """The lead of the venue's clock over this machine's: from ``least_us`` to ``most_us``, both included.

    Negative for a venue whose clock is behind. The evidence allows every offset in between.
    """

    least_us: int
    most_us: int

    def __post_init__(self) -> None:
        if self.least_us > self.most_us:
            raise ValueError(f"no offset is at least {self.least_us} and at most {self.most_us} µs")

    @property
    def guess_us(self) -> int:
        """The smallest offset that the evidence allows: 0 while the two clocks may be right together."""
        return min(max(0, self.least_us), self.most_us)

    @property
    def width_us(self) -> int:
        """The width that the evidence leaves open."""
        return self.most_us - self.least_us

    def to_venue_us(self, local_us: int) -> VenueTimeUs:
        """The best guess of the venue's clock at that moment."""
        return VenueTimeUs(local_us + self.guess_us)

    def to_local_us(self, venue_us: VenueTimeUs) -> int:
        """The best guess of this machine's clock at that moment."""
        return venue_us - self.guess_us

    def earliest_venue_us(self, local_us: int) -> VenueTimeUs:
        """The venue's clock shows this or more at that moment."""
        return VenueTimeUs(local_us + self.least_us)

    def latest_venue_us(self, local_us: int) -> VenueTimeUs:
        """The venue's clock shows this or less at that moment."""
        return VenueTimeUs(local_us + self.most_us)

    def is_beyond(self, limit_us: int) -> bool:
        """Whether the clocks are farther apart than that, whichever offset is the true one."""
        return abs(self.guess_us) > limit_us

    def __str__(self) -> str:
        """For people: ``600.0 s ahead of this machine's``."""
        seconds, tenth = divmod((abs(self.guess_us) + 50_000) // 100_000, 10)
        return f"{seconds:,}.{tenth} s {'behind' if self.guess_us < 0 else 'ahead of'} this machine's"

    def widened(self, by_us: int) -> ClockOffset:
        """The same, with so much more left open on either side."""
        return ClockOffset(self.least_us - by_us, self.most_us + by_us)

    def narrowed(self, other: ClockOffset) -> ClockOffset | None:
        """The offsets that both allow; None when they contradict each other."""
        least_us, most_us = max(self.least_us, other.least_us), min(self.most_us, other.most_us)
        return ClockOffset(least_us, most_us) if least_us <= most_us else None

    def joined(self, other: ClockOffset) -> ClockOffset:
        """All that either allows, and whatever lies between."""
        return ClockOffset(min(self.least_us, other.least_us), max(self.most_us, other.most_us))

    def distance_us(self, other: ClockOffset) -> int:
        """The distance between the two; 0 when some offset is allowed by both."""
        return max(0, self.least_us - other.most_us, other.least_us - self.most_us)


TOGETHER: Final = ClockOffset(0, 0)
"""Of two clocks that are one."""

UNMEASURED: Final = ClockOffset(-SIGNATURE_VALID_US, SIGNATURE_VALID_US)
"""Before the venue has told its time. One that takes what we sign is within this."""
