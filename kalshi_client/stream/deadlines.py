"""The time that a command of a connection may stay without its answer.

A socket that answers pings is open, and no more: the answer to what was asked of it may be lost for
good. A session has no clock, so it is told the time now and then, and the time of a command runs from
the first one that was told after it was asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

ANSWER_WITHIN_S: Final = 10.0  # an answer comes within milliseconds, or not at all


class Deadlines:
    """The unanswered commands of one connection, by the number of the request."""

    def __init__(self) -> None:
        self._since: dict[int, float] = {}  # monotonic seconds

    def overdue(self, unanswered: Iterable[int], now: float) -> list[int]:
        """The requests among these that have waited too long. Whatever is not named has its answer."""
        self._since = {request_id: self._since.get(request_id, now) for request_id in unanswered}
        return [request_id for request_id, since in self._since.items() if now - since >= ANSWER_WITHIN_S]
