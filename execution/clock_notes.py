"""The execution venue's clock, told to people: that it is another one, or too far off to trade."""

from __future__ import annotations

from typing import Final

from trading.venue_time import UNMEASURED, ClockOffset

WORTH_TELLING_US: Final = 2_000_000


class ClockNotes:
    """The notes that were told, so that each is told once."""

    def __init__(self, limit_us: int) -> None:
        """``limit_us``: ``execution.max_clock_offset_s``."""
        self._limit_us = limit_us
        self._told_us = 0

    def news(self, offset: ClockOffset) -> str:
        """A sentence when the clocks are farther apart, or closer, than was told last; else ""."""
        guess_us = offset.guess_us
        if abs(guess_us - self._told_us) <= WORTH_TELLING_US:
            return ""
        self._told_us = guess_us
        if abs(guess_us) <= WORTH_TELLING_US:
            return "The venue's clock agrees with this machine's again"
        return f"The venue's clock is {offset}: orders expire and are judged by the venue's"

    def refusal(self, offset: ClockOffset) -> str:
        """Why nothing may be sent; "" while the clocks are close enough."""
        return refusal(offset, self._limit_us)


def figures(offset: ClockOffset) -> dict[str, int | None]:
    """For the page: milliseconds that the venue's clock is ahead, and how many the evidence leaves open."""
    is_known = offset != UNMEASURED
    return {
        "offset_ms": offset.guess_us // 1_000 if is_known else None,
        "uncertainty_ms": offset.width_us // 1_000 if is_known else None,
    }


def refusal(offset: ClockOffset, limit_us: int, *, setting: str = "execution.max_clock_offset_s") -> str:
    """Why nothing is done with a venue whose clock is that far off; "" for one that is close enough.

    ``setting``: what the limit is configured by.
    """
    if not offset.is_beyond(limit_us):
        return ""
    allowed = f"{setting} allows {limit_us / 1_000_000:g} s"
    return f"the venue's clock is {offset}, and {allowed}: set this machine's clock, or allow more"
