"""Has what is older than it has to be kept go while a session runs: old chunks of its own account.

It has no files: a step now and then drops what has become old since the last one.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from persistence.database.connections import Connection
from persistence.database.faults import DatabaseRefused
from persistence.lane import IDLE, Progress
from persistence.raw_archive import drop_raw
from persistence.recording.retention import DAY_US, Scope, drop_chunks, scope_of

NAME: Final = "retention"
EVERY_US: Final = 3_600_000_000


class RetentionLane:
    """Whole worlds stay, and every other account: ``sessions --prune`` drops those."""

    name = NAME

    def __init__(
        self,
        folder: Path,
        *,
        days: int,
        is_shared: bool,
        now_us: Callable[[], int] = lambda: time.time_ns() // 1000,
    ) -> None:
        """``folder``: of the account. ``is_shared``: other state folders may record into the database too."""
        self._folder = folder
        self._is_shared = is_shared
        self._days = days
        self._now_us = now_us
        self._next_us = 0

    def step(self, connection: Connection) -> Progress:
        """Drop what is old, once an hour. Raises as ``transaction``, but for rights that are missing."""
        now_us = self._now_us()
        if now_us < self._next_us:
            return IDLE
        self._next_us = now_us + EVERY_US
        before_us = now_us // DAY_US * DAY_US - self._days * DAY_US
        drop_raw(self._folder, before_us)
        try:
            drop_chunks(connection, self._scope(), before_us)
        except DatabaseRefused as error:
            return Progress(0, 0, note=f"what is older than {self._days} days stays: {error}")
        return IDLE

    def _scope(self) -> Scope:
        if self._is_shared:
            return scope_of(self._folder.parent, [self._folder.name])
        return Scope([self._folder.name])

    def waiting(self) -> int:
        """Nothing waits in files."""
        return 0

    def flush(self) -> None: ...

    @property
    def is_flushed(self) -> bool:
        return True

    def close(self) -> None: ...
