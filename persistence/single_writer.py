"""A SQLite file that one process owns and others may read.

Write-ahead logging lets readers see every committed transaction and nothing else, and never makes
the writer wait. A lock file beside the database keeps a second writer out and is released by the
kernel, however the first one ends.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Final, Literal

from persistence.disk_room import Reserve, is_low
from persistence.faults import DiskFull, FileUnusable, NotMadeYet, naming
from persistence.files_beside import lock_for_writing

BUSY_TIMEOUT: Final = 5.0  # seconds; only recovery after a crash ever makes anybody wait
CHECK_S: Final = 3.0  # of a file's structure; a larger file is checked as it is read
_FOLD_WITHIN_MS: Final = 200
_PAGES_WHEN_FULL: Final = 50  # of the log before it is folded in, once the reserve is gone
_MAGIC: Final = b"SQLite format 3\0"
_STEPS: Final = 10_000  # of SQLite's machine between two looks at the clock

Synchronous = Literal["FULL", "NORMAL"]
"""FULL: a commit is on the disk when it returns. NORMAL: it survives the process, and a power
failure may take the newest ones."""


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

    def __init__(
        self,
        path: Path,
        *,
        synchronous: Synchronous,
        version: int,
        schema: Sequence[str],
        reserve_bytes: int = 0,
    ) -> None:
        """``reserve_bytes`` are kept free on the disk, for ``make_room``."""
        self._path = path
        self.reserve = Reserve(path.with_name(f"{path.name}.reserve"), reserve_bytes)
        self._wants_reserve = reserve_bytes > 0
        with naming(path):
            make_private_folder(path.parent)
            self._lock = lock_for_writing(path)
        opening = partial(_open_writer, path, synchronous=synchronous, version=version, schema=schema)
        try:
            self.connection = self._open(opening)
            self.keep_room()
        except BaseException:
            os.close(self._lock)
            raise

    def _open(self, opening: Callable[[], sqlite3.Connection]) -> sqlite3.Connection:
        try:
            with naming(self._path):
                return opening()
        except DiskFull:
            self.reserve.release()  # of an earlier writer: what it held, this one may need
            with naming(self._path):
                return opening()

    @property
    def has_room(self) -> bool:
        """Whether the reserve is there. It is for ending in order, not for going on."""
        return self.reserve.is_held or not self._wants_reserve

    def keep_room(self) -> None:
        """Take the reserve if it is not held and the disk is not low."""
        if not self.has_room and (self.reserve.is_there() or not is_low(self._path.parent)):
            with naming(self._path):
                self.reserve.hold()

    def make_room(self) -> bool:
        """Give the reserve up for what must still be written; whether there was one."""
        if not self.reserve.is_held:
            return False
        self.reserve.release()
        # Folded into the file, the log begins anew in the room that it has already.
        self.connection.execute(f"PRAGMA wal_autocheckpoint = {_PAGES_WHEN_FULL}")
        with suppress(sqlite3.Error):
            self.connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        return True

    def close(self) -> None:
        """Give the file up to the next writer. Harmless when repeated."""
        self.reserve.release()  # before the log is folded in, which may need the room
        with suppress(sqlite3.Error):  # closed already, or no room; the next writer folds it in
            # Here, because somebody who reads keeps the end of this connection from doing it.
            self.connection.execute(f"PRAGMA busy_timeout = {_FOLD_WITHIN_MS}")
            self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        self.connection.close()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


def _open_writer(
    path: Path, *, synchronous: Synchronous, version: int, schema: Sequence[str]
) -> sqlite3.Connection:
    if not os.path.lexists(path):
        _make(path, version=version, schema=schema)
    require_file(path)
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT, isolation_level=None)
    try:
        _require_format(connection, path, version=version)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        connection.execute("PRAGMA fullfsync = ON")  # macOS: else fsync stops at the drive's cache
    except BaseException:
        connection.close()
        raise
    return connection


def _make(path: Path, *, version: int, schema: Sequence[str]) -> None:
    """Whole or not at all: a file without its tables is a damaged one, not one that is being made."""
    making = path.with_name(f"{path.name}.new")
    making.unlink(missing_ok=True)
    os.close(os.open(making, os.O_CREAT | os.O_EXCL, 0o600))  # SQLite alone would let the umask decide
    with closing(sqlite3.connect(making, isolation_level=None)) as connection:
        connection.execute("PRAGMA fullfsync = ON")
        connection.execute("BEGIN IMMEDIATE")
        for statement in (*schema, f"PRAGMA user_version = {version}"):
            connection.execute(statement)
        connection.execute("COMMIT")
    making.rename(path)
    _sync_folder(path.parent)


def require_file(path: Path) -> None:
    """Raises FileUnusable for what SQLite would take for a database to be made, or would wait for."""
    found = path.stat()
    if stat.S_ISDIR(found.st_mode):
        raise FileUnusable(path, "is a folder", to_do="move it away")
    if not stat.S_ISREG(found.st_mode):
        raise FileUnusable(path, "is not a file", to_do="move it away")
    if found.st_size == 0:
        raise FileUnusable(path, "is empty")
    with path.open("rb") as file:
        # The log beside it may hold a whole first page, and SQLite would go on as if nothing had happened.
        if file.read(len(_MAGIC)) != _MAGIC:
            raise FileUnusable(path, "is damaged (it does not begin like a database)")


def _require_format(connection: sqlite3.Connection, path: Path, *, version: int) -> None:
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    if found != version:
        what = f"has format {found}, and this program reads and writes {version}"
        raise FileUnusable(path, what, to_do="run the version of this program that wrote it, or move it away")


def open_reader(path: Path, *, version: int) -> sqlite3.Connection:
    """A connection that can change nothing, for any process and any time.

    Raises NotMadeYet when there is no such file yet, and FileUnusable.
    """
    with naming(path):
        require_file(path)
        connection = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=BUSY_TIMEOUT, isolation_level=None
        )
        try:
            _require_format(connection, path, version=version)
        except BaseException:
            connection.close()
            raise
    return connection


@contextmanager
def checked_reader(path: Path, *, version: int) -> Iterator[sqlite3.Connection | None]:
    """A reader of a file that nobody writes now and whose structure is whole; None where there is no file.

    Raises WriterConflict, FileUnusable.
    """
    try:
        with naming(path):
            if os.path.lexists(path):
                os.close(lock_for_writing(path))
            connection = open_reader(path, version=version)
    except NotMadeYet:
        yield None
        return
    with naming(path), closing(connection):
        _check_structure(connection, path)
        yield connection


def _check_structure(connection: sqlite3.Connection, path: Path) -> None:
    ends_at = time.monotonic() + CHECK_S
    connection.set_progress_handler(lambda: time.monotonic() > ends_at, _STEPS)
    try:
        (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            raise
    else:
        if found != "ok":
            raise FileUnusable(path, f"is damaged ({' '.join(str(found).split())})")
    finally:
        connection.set_progress_handler(None, _STEPS)
