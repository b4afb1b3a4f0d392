"""The named timers of an actor: which are pending, and which have run out.

Thespian cannot cancel a wakeup, so each carries a number and only the newest of its name counts. A
timer whose wakeup is late goes off with the next message: no actor's liveness hangs on one wakeup.
"""

from __future__ import annotations

from typing import Final

OVERDUE_S: Final = 0.25


class Timers:
    """One pending timer per name; times are the caller's monotonic seconds."""

    def __init__(self) -> None:
        self._pending: dict[str, tuple[int, float]] = {}
        self._last_number = 0

    def set(self, name: str, due: float) -> int:
        """The number its wakeup must carry; an earlier timer of that name is dropped."""
        self._last_number += 1
        self._pending[name] = (self._last_number, due)
        return self._last_number

    def take(self, name: str, number: int) -> bool:
        """Whether this wakeup is the one waited for; it is no longer pending then."""
        if self._pending.get(name, (0, 0.0))[0] != number:
            return False
        del self._pending[name]
        return True

    def take_overdue(self, now: float) -> list[str]:
        """The names of those that should have gone off well before ``now``; no longer pending."""
        late = [name for name, (_, due) in self._pending.items() if due + OVERDUE_S < now]
        for name in late:
            del self._pending[name]
        return late
