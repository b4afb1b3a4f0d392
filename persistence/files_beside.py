"""The lock, the log and the shared memory that lie beside a SQLite file.

The lock keeps a second writer out and is released by the kernel, however the first one ends; SQLite keeps the
other two.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Final

from persistence.faults import WriterConflict, naming

LOCK: Final = ".lock"
LOG: Final = "-wal"
_SHARED: Final = "-shm"


def lock_for_writing(path: Path) -> int:
    """The descriptor that holds a file's lock until it is closed. Raises WriterConflict, OSError."""
    descriptor = os.open(_beside(path, LOCK), os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise WriterConflict(f"{path} is being written by another process: stop that one first") from error
    return descriptor


def is_being_written(path: Path) -> bool:
    """Whether a process has the file open for writing."""
    with naming(path):
        try:
            descriptor = os.open(_beside(path, LOCK), os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
    return False


def remove_file(path: Path) -> None:
    """Take a file that nobody writes off the disk, with all beside it. Raises a PersistenceError."""
    with naming(path):
        for each in (path, *(_beside(path, end) for end in (LOG, _SHARED, LOCK))):
            each.unlink(missing_ok=True)


def _beside(path: Path, end: str) -> Path:
    return path.with_name(path.name + end)
