"""Faults of the files that everything depends on: which of them pass, and which only a person can mend.

SQLite and the system tell a fault by a number; here it becomes a type, and a text that names the file
and what to do about it.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_FULL_ERRNOS: Final = (errno.ENOSPC, errno.EDQUOT)
_PASSING_ERRNOS: Final = (errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN, errno.EINTR)
# The shared memory beside a database is a file too, and grows.
_FULL_CODES: Final = (sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_SHMMAP)
_DAMAGED: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT)
_CLOSED_TO_US: Final = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM)
_PRIMARY: Final = 0xFF  # the lower byte of an extended code
_NO_ROOM_BYTES: Final = 65_536  # a file that cannot be opened with less than this free has met a full disk


class PersistenceError(Exception):
    """A file cannot be written or read as asked; the text says which file and what to do."""


class WriterConflict(PersistenceError):
    """Another process writes this file."""


class NotMadeYet(PersistenceError):
    """There is no such file so far."""


class DiskFull(PersistenceError):
    """There is no room for what is to be written."""


class FileUnusable(PersistenceError):
    """The file will be as bad after any number of restarts: a person has to act."""

    def __init__(self, path: Path, what: str, *, to_do: str = "") -> None:
        put_back = f"put a copy of it back, or move it away with its -wal and -shm files ({path.name}*)"
        super().__init__(f"{path} {what}: {to_do or put_back}; then start again")


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Faults inside the block are raised as what they mean for this file."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise fault_of(path, error) from error


def fault_of(path: Path, error: sqlite3.Error | OSError) -> PersistenceError:
    """The meaning of an error of SQLite or of the system for a file."""
    if isinstance(error, OSError):
        return _fault_of_system(path, error)
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    primary = code & _PRIMARY
    if primary == sqlite3.SQLITE_FULL or code in _FULL_CODES:
        return _full(path)
    if primary in _CLOSED_TO_US:
        return (
            _full(path)
            if _has_no_room(path)
            else FileUnusable(path, f"cannot be opened ({error})", to_do=_MAY)
        )
    if primary in _DAMAGED or "no such" in str(error):
        return FileUnusable(path, f"is damaged ({error})")
    return PersistenceError(f"{path}: {error}")


_MAY: Final = "let this user read and write it and its folder"


def _fault_of_system(path: Path, error: OSError) -> PersistenceError:
    if error.errno in _FULL_ERRNOS:
        return _full(path)
    if isinstance(error, FileNotFoundError):
        return NotMadeYet(f"{path} is not there")
    if isinstance(error, IsADirectoryError):
        return FileUnusable(path, "is a folder", to_do="move it away")
    if error.errno in _PASSING_ERRNOS:
        return PersistenceError(f"{path}: {error.strerror}")
    return FileUnusable(path, f"cannot be opened ({error.strerror})", to_do=_MAY)


def _full(path: Path) -> DiskFull:
    return DiskFull(f"there is no room left on the disk of {path}: make room")


def _has_no_room(path: Path) -> bool:
    try:
        found = os.statvfs(path.parent)
    except OSError:
        return False
    return found.f_bavail * found.f_frsize < _NO_ROOM_BYTES
