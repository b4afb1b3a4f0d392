"""When to make a read that is made again and again, and never twice at once.

Times are monotonic seconds given by the caller.
"""

from __future__ import annotations

from typing import Final

STATUS_EVERY_S: Final = 10.0
PAUSED_EVERY_S: Final = 2.0  # while something is paused, or the status could not be read


class RepeatedRead:
    """One read, due ``every_s``, or after ``retry_s`` where more is to be known soon."""

    def __init__(self, *, every_s: float, retry_s: float) -> None:
        self.asked_at: float | None = None
        """When the read under way began; None while none is."""
        self._every_s = every_s
        self._retry_s = retry_s
        self._due_at = float("-inf")

    def begins(self, now: float) -> bool:
        """Whether to read now; that read has then begun."""
        if self.asked_at is not None or now < self._due_at:
            return False
        self.asked_at = now
        return True

    def ended(self, now: float, *, again_soon: bool) -> None:
        """The read under way is over, or there is news without one."""
        self.asked_at = None
        self._due_at = now + (self._retry_s if again_soon else self._every_s)

    def hasten(self, now: float) -> None:
        """The next read is due now, once the one under way is over."""
        self._due_at = min(self._due_at, now)


def status_reads() -> RepeatedRead:
    """The reads of a venue's status."""
    return RepeatedRead(every_s=STATUS_EVERY_S, retry_s=PAUSED_EVERY_S)
