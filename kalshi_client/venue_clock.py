"""The lead of the venue's clock over ours, and the lateness of its feed (protocol 5.3, ``sending_ts_ms``).

A message that took ``delay`` was received at ``sent - offset + delay`` by our clock, so what one
message shows is only the sum of two unknowns. Delays jitter and the offset does not: the fastest
message of a window shows the offset, up to its own delay, and every other message shows how much
longer it took. There is no clock here: the caller says when each message was received.
"""

from __future__ import annotations

from collections import deque
from typing import Final

SLOTS: Final = 64  # a window is forgotten in as many steps, so that any rate of messages fits


class VenueClock:
    """Offset and lag by the fastest message of the last ``window_us``.

    The window is a choice: longer meets more lucky messages, shorter follows a drifting clock
    sooner. ``least_delay_us`` is what even the fastest message takes, if the caller knows it (half
    of the shortest ping, say); without it the offset is too small, and each lag too short, by that.
    """

    def __init__(self, window_us: int, *, least_delay_us: int = 0) -> None:
        if window_us <= 0 or least_delay_us < 0:
            raise ValueError("a window is positive and a delay not negative")
        self._slot_us = -(-window_us // SLOTS)
        self._least_delay_us = least_delay_us
        self._newest = 0  # slot
        # (slot, transit) ascending in both: the first is the fastest, the others outlive it.
        self._fastest: deque[tuple[int, int]] = deque()

    def observe(self, sending_ts_ms: int, received_us: int) -> int:
        """Take a message in. Answers its lag in microseconds: never less than ``least_delay_us``.

        ``received_us`` may come out of order, as from several connections. A clock set back by
        more than the window starts over; one set forward shows as lag until the window is past.
        """
        transit_us = received_us - sending_ts_ms * 1_000
        self._keep(received_us // self._slot_us, transit_us)
        return transit_us - self._fastest[0][1] + self._least_delay_us

    @property
    def offset_us(self) -> int | None:
        """Venue minus local; None before the first message.

        Never more than the true offset, if ``least_delay_us`` is not more than the true delay;
        less by what the fastest message took beyond it, and up to a millisecond of rounding.
        """
        return self._least_delay_us - self._fastest[0][1] if self._fastest else None

    def _keep(self, slot: int, transit_us: int) -> None:
        fastest = self._fastest
        if slot < self._newest - SLOTS:
            fastest.clear()
        elif slot < self._newest:
            slot = self._newest
        self._newest = slot
        while fastest and fastest[0][0] < slot - SLOTS:
            fastest.popleft()
        while fastest and fastest[-1][1] >= transit_us:
            fastest.pop()
        if not fastest or fastest[-1][0] < slot:  # else its slot has a faster one
            fastest.append((slot, transit_us))
