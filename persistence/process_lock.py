"""The lock that gives a state directory to one session.

A record lock (POSIX ``fcntl``): it ends with its process, however that ends, and the actors forked from
that process never have it. Who has it can be asked without taking it, so a question never stands in the
way of a start. The process that has it must not open the file again: closing it would give the lock up.
"""

from __future__ import annotations

import fcntl
import os
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_FROM_START: Final = os.SEEK_SET
_IS_MAC: Final = sys.platform == "darwin"
# struct flock: on Linux type, whence, start, length, pid; on macOS start, length, pid, type, whence.
_LAYOUT: Final = "@qqihh" if _IS_MAC else "@hhqqi0q"


class PlaceTaken(Exception):
    """Another process has the lock."""


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock on ``path``. Raises PlaceTaken, or OSError when the file cannot be written."""
    with path.open("w", encoding="utf-8") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise PlaceTaken from error
        yield


def holder(path: Path) -> int | None:
    """The pid of the other process that has the lock, 0 when it cannot be seen from here; None for nobody.

    Raises OSError when the file may not be read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        found = fcntl.fcntl(descriptor, fcntl.F_GETLK, _question())
    finally:
        os.close(descriptor)
    kind, pid = _answer(found)
    return None if kind == fcntl.F_UNLCK else max(pid, 0)


def _question() -> bytes:
    if _IS_MAC:
        return struct.pack(_LAYOUT, 0, 0, 0, fcntl.F_WRLCK, _FROM_START)
    return struct.pack(_LAYOUT, fcntl.F_WRLCK, _FROM_START, 0, 0, 0)


def _answer(found: bytes) -> tuple[int, int]:
    """Kind of the lock in the way, and the pid of its holder."""
    fields = struct.unpack(_LAYOUT, found)
    return (fields[3], fields[2]) if _IS_MAC else (fields[0], fields[4])
