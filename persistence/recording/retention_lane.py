"""Has what is older than it has to be kept go while a session runs: old chunks of its own account.

It has no files: a step now and then drops what has become old since the last one.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from persistence.database.connections import Connection
from persistence.database.faults import DatabaseRefused
from persistence.lane import IDLE, Progress
from persistence.recording.retention import DAY_US, drop_chunks

NAME: Final = "retention"
EVERY_US: Final = 3_600_000_000


class RetentionLane:
    """Whole worlds stay, and every other account: ``sessions --prune`` drops those."""

    name = NAME

    def __init__(
        self, account: str, *, days: int, now_us: Callable[[], int] = lambda: time.time_ns() // 1000
    ) -> None:
        self._account = account
        self._days = days
        self._now_us = now_us
        self._next_us = 0

    def step(self, connection: Connection) -> Progress:
        """Drop what is old, once an hour. Raises as ``transaction``, but for rights that are missing."""
        now_us = self._now_us()
        if now_us < self._next_us:
            return IDLE
        self._next_us = now_us + EVERY_US
        try:
            drop_chunks(connection, [self._account], now_us // DAY_US * DAY_US - self._days * DAY_US)
        except DatabaseRefused as error:
            return Progress(0, 0, note=f"what is older than {self._days} days stays: {error}")
        return IDLE

    def waiting(self) -> int:
        """Nothing waits in files."""
        return 0

    def flush(self) -> None: ...

    @property
    def is_flushed(self) -> bool:
        return True

    def close(self) -> None: ...
