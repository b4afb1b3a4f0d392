"""May another message of this kind go to this peer, or is the last one still unanswered?

One unanswered message per (peer, kind) keeps an overloaded or hung peer from filling the sender's 20
transmit slots, and makes the sender keep the newest state instead of a queue.
"""

from __future__ import annotations

from typing import Final

RETAKE_S: Final = 2.0  # an answer this late will not come: the peer dropped it, or has been replaced


class Credits:
    """Which offers are unanswered; times are the caller's monotonic seconds."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, str], tuple[int, float]] = {}
        self._last_number = 0

    def is_free(self, peer: str, kind: str, now: float) -> bool:
        """Whether ``take`` may be called."""
        taken = self._open.get((peer, kind))
        return taken is None or now - taken[1] > RETAKE_S

    def take(self, peer: str, kind: str, now: float) -> int:
        """The number the answer must carry; numbers never repeat."""
        self._last_number += 1
        self._open[peer, kind] = (self._last_number, now)
        return self._last_number

    def release(self, peer: str, kind: str, number: int) -> bool:
        """Whether ``number`` answers the open offer; answers to retaken ones do not count."""
        taken = self._open.get((peer, kind))
        if taken is None or taken[0] != number:
            return False
        del self._open[peer, kind]
        return True

    def forget(self, peer: str) -> None:
        """The peer has been replaced: whoever would answer is gone."""
        for key in [key for key in self._open if key[0] == peer]:
            del self._open[key]
