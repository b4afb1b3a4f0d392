"""Room on the disk: so much to begin with, so little to stop at, and a reserve for what must be written then.

A full disk is met while orders rest. The reserve is a file that only takes up room; given up, it lets
the end of the session be recorded: the halt, the cancels, the last fills.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Final

NEEDED_BYTES: Final = 2_000_000  # to begin: the reserves, new ledgers with their logs, and some lines
LOW_BYTES: Final = 250_000  # trading ends while there is still so much
RESERVE_BYTES: Final = 512 * 1024  # of one ledger: a thousand events, each in a commit of its own
_NEEDED_FILES: Final = 50  # names that a file system with a fixed number of them must still have
_FULL: Final = (errno.ENOSPC, errno.EDQUOT)


class Reserve:
    """A file of a given size, or none."""

    def __init__(self, path: Path, size: int) -> None:
        self._path = path
        self._size = size
        self.is_held = False

    def hold(self) -> None:
        """Take the room up if it is there. Raises OSError for anything but a full disk."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _allocate(descriptor, self._size)
            self.is_held = True
        except OSError as error:
            self.release()
            if error.errno not in _FULL:
                raise
        finally:
            os.close(descriptor)

    def is_there(self) -> bool:
        """Whether its file is, from an earlier process perhaps."""
        return self._path.exists()

    def release(self) -> None:
        """Give the room up. Harmless when repeated."""
        self._path.unlink(missing_ok=True)
        self.is_held = False


def _allocate(descriptor: int, size: int) -> None:
    """Room, not only a length: a file without blocks keeps nothing free."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, 0, size)
        return
    with os.fdopen(os.dup(descriptor), "wb") as file:
        file.write(os.urandom(size))


def trouble_at_start(folder: Path) -> str:
    """Why there is too little room to begin in a folder, which may not exist yet; empty when it suffices."""
    free, names = _free(folder)
    if free < NEEDED_BYTES:
        amounts = f"{_megabytes(free)} are free on its disk, and {_megabytes(NEEDED_BYTES)} are needed"
        return f"{folder}: {amounts}: make room, or --set state_dir=PATH"
    if names < _NEEDED_FILES:
        amounts = f"its disk can take {names} more files, and {_NEEDED_FILES} are needed"
        return f"{folder}: {amounts}: remove some, or --set state_dir=PATH"
    return ""


def _megabytes(count: int) -> str:
    return f"{count / 1_000_000:.1f} MB"


def is_low(folder: Path) -> bool:
    """Whether what is free is too little to go on trading."""
    return _free(folder)[0] < LOW_BYTES


def _free(folder: Path) -> tuple[int, int]:
    """Bytes and names that this user may still take on the disk of a folder."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    found = os.statvfs(folder)
    names = found.f_favail if found.f_files else _NEEDED_FILES  # some file systems do not count them
    return found.f_bavail * found.f_frsize, names
