"""Ends the write-ahead logs of an account's files, so that each file at rest is one file.

SQLite folds a log in when the last connection ends, but not when that one only reads; and a killed process
folds in nothing. Such a log has megabytes, and readers of a later day would leave new ones behind.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from persistence.faults import PersistenceError
from persistence.files_beside import LOG, lock_for_writing
from persistence.single_writer import require_file


def fold_logs(folder: Path) -> None:
    """Fold in the log of each file below a folder that nobody has open for writing.

    Never raises: a file that cannot be folded is left as it is, for whoever opens it to name.
    """
    for log in [*folder.glob(f"*.db{LOG}"), *folder.glob(f"*/*.db{LOG}")]:
        with suppress(PersistenceError, OSError, sqlite3.Error):
            _fold(log.with_name(log.name.removesuffix(LOG)))


def _fold(path: Path) -> None:
    require_file(path)
    lock = lock_for_writing(path)
    try:
        with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            # Without a log of its own a reader makes none; the next writer turns it on again.
            connection.execute("PRAGMA journal_mode = DELETE").fetchone()
    finally:
        os.close(lock)
