"""The users of the embedded server across processes; one alone may start or stop it.

Two locks that end with their processes: each user shares the first, and the second is held alone while the
server is started or stopped. So the last user stops it, and a command never stops it under a session.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from persistence.database.faults import DatabaseDown
from persistence.faults import naming

CHANGE_WITHIN_S: Final = 150.0  # longer than a start with a long recovery
_LOOK_S: Final = 0.01


class ServerUsers:
    """The users of the server in one folder, as one of them sees it."""

    def __init__(self, home: Path) -> None:
        self._users = home / "users.lock"
        self._change = home / "change.lock"
        self._shared = -1

    def are_known(self) -> bool:
        """Whether anybody has ever used it or begun to."""
        return self._change.exists()

    @contextmanager
    def changing(self, within_s: float = CHANGE_WITHIN_S) -> Iterator[int]:
        """Nobody else starts or stops the server inside the block. Raises DatabaseDown after ``within_s``.

        The descriptor is that of the lock: a program that is given it keeps the lock until it ends too.
        """
        ends_at = time.monotonic() + within_s
        descriptor = _open(self._change)
        try:
            while not _take(descriptor, fcntl.LOCK_EX):
                if time.monotonic() >= ends_at:
                    raise DatabaseDown(f"{self._change.parent}: the database is being started or stopped")
                time.sleep(_LOOK_S)
            yield descriptor
        finally:
            os.close(descriptor)

    def join(self) -> None:
        """Be one of its users, until ``leave`` or the end of this process. Harmless when repeated."""
        if self._shared < 0:
            self._shared = _open(self._users)
            fcntl.flock(self._shared, fcntl.LOCK_SH)

    def leave(self) -> None:
        """Harmless when repeated."""
        if self._shared >= 0:
            os.close(self._shared)
            self._shared = -1

    def others(self) -> bool:
        """Whether another user has it; to be asked inside ``changing``."""
        descriptor = self._shared if self._shared >= 0 else _open(self._users)
        try:
            if not _take(descriptor, fcntl.LOCK_EX):
                # The system has given our share up for the question.
                if self._shared >= 0:
                    fcntl.flock(descriptor, fcntl.LOCK_SH)
                return True
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            return False
        finally:
            if self._shared < 0:
                os.close(descriptor)


def _open(path: Path) -> int:
    with naming(path):
        return os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)


def _take(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
