"""A SQLite file that one process owns and others may read.

Write-ahead logging lets readers see every committed transaction and nothing else, and never makes
the writer wait. A lock file beside the database keeps a second writer out and is released by the
kernel, however the first one ends.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

BUSY_TIMEOUT = 5.0  # seconds; only recovery after a crash ever makes anybody wait

Synchronous = Literal["FULL", "NORMAL"]
"""FULL: a commit is on the disk when it returns. NORMAL: it survives the process, and a power
failure may take the newest ones."""


class PersistenceError(Exception):
    """A file cannot be written or read as asked; the text says which file and what to do."""


class WriterConflict(PersistenceError):
    """Another process writes this file."""


def make_private_folder(folder: Path) -> None:
    """Create a folder and its missing parents for this user alone, durable on return.

    Folders that exist keep their mode.
    """
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for created in reversed(missing):
        created.mkdir(mode=0o700, exist_ok=True)
        _sync_folder(created.parent)


def _sync_folder(folder: Path) -> None:
    # A new name is on the disk only once the folder that holds it is.
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class SingleWriterFile:
    """The one writing connection to a SQLite file, in autocommit mode.

    Creates the folder (private), the file (mode 0600) and its tables where they are missing.
    Raises WriterConflict while another process has it open for writing.
    """

    connection: sqlite3.Connection

    def __init__(self, path: Path, *, synchronous: Synchronous, version: int, schema: Sequence[str]) -> None:
        make_private_folder(path.parent)
        self._lock = _lock(path)
        try:
            self.connection = _open_writer(path, synchronous=synchronous, version=version, schema=schema)
        except BaseException:
            os.close(self._lock)
            raise

    def close(self) -> None:
        """Give the file up to the next writer. Harmless when repeated."""
        self.connection.close()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


def _lock(path: Path) -> int:
    lock_path = path.with_name(path.name + ".lock")
    descriptor = os.open(lock_path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise WriterConflict(f"{path} is being written by another process: stop that one first") from error
    return descriptor


def _open_writer(
    path: Path, *, synchronous: Synchronous, version: int, schema: Sequence[str]
) -> sqlite3.Connection:
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))  # SQLite alone would let the umask decide
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        connection.execute("PRAGMA fullfsync = ON")  # macOS: else fsync stops at the drive's cache
        _create_tables(connection, path, version=version, schema=schema)
    except BaseException as error:
        connection.close()
        if isinstance(error, sqlite3.Error):
            raise PersistenceError(f"{path} cannot be opened: {error}") from error
        raise
    _sync_folder(path.parent)
    return connection


def _create_tables(
    connection: sqlite3.Connection, path: Path, *, version: int, schema: Sequence[str]
) -> None:
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    if found not in (0, version):
        raise PersistenceError(f"{path} has format {found}, this program writes {version}: move it away")
    if found == 0:
        connection.execute("BEGIN IMMEDIATE")
        for statement in schema:
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {version}")
        connection.execute("COMMIT")


def open_reader(path: Path, *, version: int) -> sqlite3.Connection:
    """A connection that can change nothing, for any process and any time.

    Raises PersistenceError when there is no such file yet.
    """
    try:
        connection = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=BUSY_TIMEOUT, isolation_level=None
        )
        (found,) = connection.execute("PRAGMA user_version").fetchone()
    except sqlite3.Error as error:
        raise PersistenceError(f"{path} cannot be read: {error}") from error
    if found != version:
        connection.close()
        # Format 0 is a file whose writer has not committed its tables yet.
        raise PersistenceError(f"{path} has format {found} and this program reads {version}")
    return connection
