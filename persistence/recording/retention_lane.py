"""Has what is older than it has to be kept go while a session runs: old chunks of its own account.

It has no files: a step now and then drops what has become old since the last one.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from persistence.database.connections import Connection
from persistence.database.faults import DatabaseDown
from persistence.faults import PersistenceError
from persistence.lane import IDLE, Progress
from persistence.raw_archive import drop_raw
from persistence.recording.retention import OwnRecords, drop_chunks, first_kept_us, scope_of

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
        self._note = ""  # of the last try

    def step(self, connection: Connection) -> Progress:
        """Drop what is old, once an hour. Raises DatabaseDown; what stays is told until the next try."""
        now_us = self._now_us()
        if now_us >= self._next_us:
            self._next_us = now_us + EVERY_US  # first: what the server cuts off is not tried again at once
            self._note = self._drop(connection, first_kept_us(now_us, self._days))
        return IDLE._replace(note=self._note)

    def _drop(self, connection: Connection, before_us: int) -> str:
        """Drop each kind, whatever becomes of the other; a sentence about those that stay."""
        faults = []
        for drop in (self._drop_raw, partial(self._drop_chunks, connection)):
            try:
                drop(before_us)
            except DatabaseDown:
                raise
            except PersistenceError as error:
                faults.append(str(error))
        return f"what is older than {self._days} days stays: {'; '.join(faults)}" if faults else ""

    def _drop_raw(self, before_us: int) -> None:
        drop_raw(self._folder, before_us)

    def _drop_chunks(self, connection: Connection, before_us: int) -> None:
        is_shared = self._is_shared
        scope = (
            scope_of(self._folder.parent, [self._folder.name])
            if is_shared
            else OwnRecords([self._folder.name])
        )
        drop_chunks(connection, scope, before_us)

    def waiting(self) -> int:
        """Nothing waits in files."""
        return 0

    def flush(self) -> None: ...

    @property
    def is_flushed(self) -> bool:
        return True

    def close(self) -> None: ...
