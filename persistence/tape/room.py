"""The amount of tape that the disk can take: the part that waits for the database, and the free space.

A database that is down, or slow, lets the files of the tape grow; nothing of the ledgers may ever lack room
for them. docs/database.md names the marks.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, NamedTuple

from trading.tape_shedding import Shedding

MOST_BYTES: Final = 4_000_000_000  # of files that wait: a day at 5,000 changes a second


class Watermarks(NamedTuple):
    """From which share of ``MOST_BYTES``, or below how many free bytes, so much is left out."""

    how: Shedding
    used: float
    free_bytes: int


MARKS: Final = (
    Watermarks(Shedding.ALL, 1.0, 50_000_000),
    Watermarks(Shedding.CHANGES, 0.9, 200_000_000),
    Watermarks(Shedding.MARKETS, 0.5, 500_000_000),
)


class Room(NamedTuple):
    """Of one account's tape."""

    waiting_bytes: int
    free_bytes: int

    @property
    def shedding(self) -> Shedding:
        """The amount to be left out."""
        used = self.waiting_bytes / MOST_BYTES
        return next(
            (mark.how for mark in MARKS if used >= mark.used or self.free_bytes < mark.free_bytes),
            Shedding.NOTHING,
        )


def room_for(folder: Path) -> Room:
    """The room for the files of a folder that is there. Raises OSError."""
    with os.scandir(folder) as files:
        waiting = sum(file.stat(follow_symlinks=False).st_size for file in files)
    found = os.statvfs(folder)
    return Room(waiting, found.f_bavail * found.f_frsize)
