"""Keys of an exchange that is kept nowhere lie in a temporary folder, no longer than that exchange lives.

Its process holds a lock on the folder, and the kernel gives the lock up however the process ends. So
the next exchange knows which folders are left over, and removes those of its own user.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

PREFIX: Final = "loopback-exchange-keys-"
_MAKING: Final = f".{PREFIX}"  # until it is locked
_MADE_WITHIN_S: Final = 60.0


@contextlib.contextmanager
def temporary_key_folder() -> Iterator[Path]:
    """A private folder that is gone after the block, or else at the next call of this. Raises OSError."""
    base = Path(tempfile.gettempdir())
    sweep(base, now_s=time.time())
    with _locked_folder(base) as folder:
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _locked_folder(base: Path) -> Iterator[Path]:
    making = Path(tempfile.mkdtemp(prefix=_MAKING, dir=base))
    with _opened(making) as descriptor:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        folder = base / making.name.removeprefix(".")  # only now may a sweeper take it for what it looks like
        making.rename(folder)
        yield folder


def sweep(base: Path, *, now_s: float) -> list[Path]:
    """Remove what exchanges of this user that were killed have left in ``base``; the folders removed."""
    removed = []
    for folder in (*base.glob(f"{PREFIX}*"), *base.glob(f"{_MAKING}*")):
        # One that vanishes meanwhile is another sweeper's, and one that is no folder nobody's.
        with contextlib.suppress(OSError), _opened(folder) as descriptor:
            found = os.fstat(descriptor)
            is_young = folder.name.startswith(".") and now_s - found.st_mtime < _MADE_WITHIN_S
            if found.st_uid == os.getuid() and not is_young:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
                removed.append(folder)
    return removed


@contextlib.contextmanager
def _opened(folder: Path) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
