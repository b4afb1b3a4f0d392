"""Estimates how far the venue's clock is from this machine's, by all that was told of it.

A time that the venue showed at some moment between sending and receiving bounds the offset from both
sides. A ``Date`` header leaves a second open, but the bounds of several answers overlap in less, as
they fall into different parts of their seconds. There is no clock here: every time is an argument.
"""

from __future__ import annotations

from typing import Final

from trading.venue_time import UNMEASURED, ClockOffset

SECOND_US: Final = 1_000_000
SLACK_US: Final = 10_000  # the machines of one venue agree within this, until they show that they do not
MOST_APART_US: Final = 500_000  # evidence that misses what is known by more shows that a clock was set
DRIFT_PPM: Final = 100  # two clocks that nobody sets part no faster
ONE_WAY_US: Final = SECOND_US  # a message that shows a new offset took less than this


def shown_between(venue_us: int, *, grain_us: int, sent_us: int, received_us: int) -> ClockOffset | None:
    """The offsets that explain a time cut off to ``grain_us`` and shown between two local times.

    None when there is none: this machine's clock was set back meanwhile.
    """
    least_us = venue_us - received_us - SLACK_US
    most_us = venue_us + grain_us - sent_us + SLACK_US
    return ClockOffset(least_us, most_us) if least_us <= most_us else None


class OffsetEstimate:
    """The offsets that all evidence allows, which age as clocks drift.

    A venue answers from several machines, whose clocks may differ a little: evidence that just misses what
    is known widens it, and all evidence after it. Evidence that misses it by far means that a clock was
    set: what is known is then forgotten.
    """

    def __init__(self) -> None:
        self.starts = 0  # from the first evidence, and from each time that a clock was set
        self._known: ClockOffset | None = None
        self._apart_us = 0  # how far the venue's machines have shown to differ
        self._at_us = 0  # local

    def offset(self, now_us: int) -> ClockOffset:
        """The best estimate now; ``UNMEASURED`` before any evidence."""
        if self._known is None:
            return UNMEASURED
        return self._known.widened(abs(now_us - self._at_us) * DRIFT_PPM // 1_000_000)

    def take(self, evidence: ClockOffset, *, now_us: int) -> None:
        """Take in what one answer allows."""
        if self._known is None:
            self._start(evidence, now_us=now_us)
            return
        known, told = self.offset(now_us), evidence.widened(self._apart_us)
        missed_us = known.distance_us(told)
        if missed_us > MOST_APART_US:
            self._start(evidence, now_us=now_us)
            return
        self._apart_us += missed_us
        self._known, self._at_us = known.narrowed(told) or known.joined(told), now_us

    def _start(self, evidence: ClockOffset, *, now_us: int) -> None:
        self.starts += 1
        self._known, self._at_us, self._apart_us = evidence, now_us, 0

    def take_least(self, least_us: int, *, now_us: int) -> None:
        """Take in a message that shows the offset from below alone: nobody knows when it was sent."""
        if self._known is None:
            return
        known = self.offset(now_us)
        most_us = known.most_us if least_us <= known.most_us else least_us + ONE_WAY_US
        self.take(ClockOffset(least_us, most_us), now_us=now_us)
