"""Whether a venue's books hardly change, judged by the count of their changes alone."""

from __future__ import annotations

from collections import deque
from typing import Final

QUIET_FOR_S: Final = 300.0
CHANGES_PER_MIN: Final = 1.0  # fewer are a quiet venue
MARK_EVERY_S: Final = 5.0


class QuietVenue:
    """Looks back over ``QUIET_FOR_S``; times are monotonic seconds."""

    def __init__(self) -> None:
        self._marks: deque[tuple[float, int]] = deque()  # (time, changes until then), oldest first

    def look(self, changes: int | None, now_s: float) -> bool:
        """Whether it has been quiet for so long; ``changes`` are all so far, None while no book is live.

        A count that falls is a new count: what came before says nothing about it.
        """
        if changes is None:
            self._marks.clear()
            return False
        if self._marks and changes < self._marks[-1][1]:
            self._marks.clear()
        if not self._marks or now_s - self._marks[-1][0] >= MARK_EVERY_S:
            self._marks.append((now_s, changes))
        # The last mark that is old enough stays: the time since it is the time that is looked back over.
        while len(self._marks) > 1 and now_s - self._marks[1][0] >= QUIET_FOR_S:
            self._marks.popleft()
        began_s, before = self._marks[0]
        return now_s - began_s >= QUIET_FOR_S and changes - before < CHANGES_PER_MIN * QUIET_FOR_S / 60
