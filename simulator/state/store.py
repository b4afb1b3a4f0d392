"""An exchange is kept between two runs.

One SQLite file in a folder of its own. A thing of a kind is a row that is replaced when it changes;
the rows of a kind stay in the order in which they were first written. What is written together is
there together after a crash, or not at all.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

STATE_FILE: Final = "exchange.db"
KEY_FOLDER: Final = "keys"
_LOCK_FILE: Final = "lock"
_VERSION: Final = 2  # 1 named its events by the hours of UTC
_SCHEMA: Final = (
    "CREATE TABLE thing (number INTEGER PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL,"
    " body BLOB NOT NULL, UNIQUE (kind, key))",
    "CREATE TABLE trade (number INTEGER PRIMARY KEY, body BLOB NOT NULL)",
)
_PUT: Final = (
    "INSERT INTO thing (kind, key, body) VALUES (?, ?, ?)"
    " ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body"
)
_DROP: Final = "DELETE FROM thing WHERE kind = ? AND key = ?"
_READ: Final = "SELECT key, body FROM thing WHERE kind = ? ORDER BY number"
_PUT_TRADE: Final = "INSERT INTO trade VALUES (?, ?)"
_READ_TRADES: Final = "SELECT body FROM trade WHERE number > ? ORDER BY number"
_FORGET_TRADES: Final = "DELETE FROM trade WHERE number <= ?"


class StateError(Exception):
    """The folder cannot be used; the text says why."""


class Row(NamedTuple):
    kind: str
    key: str
    body: Any  # anything JSON can say; None = the thing is gone


class StateStore:
    """The one program that writes a folder."""

    def __init__(self, folder: Path) -> None:
        """Open or create. Raises StateError."""
        try:
            (folder / KEY_FOLDER).mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = os.open(folder / _LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StateError(f"{folder}: {error.strerror}") from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._connection = sqlite3.connect(folder / STATE_FILE, isolation_level=None)
            self._prepare()
        except BlockingIOError:
            os.close(self._lock)
            raise StateError(f"{folder} belongs to an exchange that is running") from None
        except sqlite3.Error as error:
            os.close(self._lock)
            raise StateError(f"{folder / STATE_FILE}: {error}: move the folder away") from error
        self.keys = folder / KEY_FOLDER

    def _prepare(self) -> None:
        # A killed program loses nothing that was committed; only a power failure could take the newest.
        for pragma in ("journal_mode = WAL", "synchronous = NORMAL"):
            self._connection.execute(f"PRAGMA {pragma}")
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if version == 0:
            for statement in (*_SCHEMA, f"PRAGMA user_version = {_VERSION}"):
                self._connection.execute(statement)
        elif version != _VERSION:
            raise sqlite3.DatabaseError(f"has format {version}, this program writes {_VERSION}")
        (found,) = self._connection.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise sqlite3.DatabaseError(f"is damaged ({' '.join(str(found).split())})")

    def write(self, rows: Iterable[Row], trades: Iterable[tuple[int, Any]] = ()) -> None:
        """Commit changes, all of them or none."""
        encode, execute = msgspec.json.encode, self._connection.execute
        execute("BEGIN")
        try:
            for kind, key, body in rows:
                if body is None:
                    execute(_DROP, (kind, key))
                else:
                    execute(_PUT, (kind, key, encode(body)))
            self._connection.executemany(_PUT_TRADE, [(number, encode(body)) for number, body in trades])
            execute("COMMIT")
        except BaseException:
            execute("ROLLBACK")
            raise

    def read(self, kind: str) -> Iterator[tuple[str, Any]]:
        """Keys and bodies of a kind, in the order in which they came to be."""
        for key, body in self._connection.execute(_READ, (kind,)):
            yield key, msgspec.json.decode(body)

    def trades(self, *, after: int) -> Iterator[Any]:
        for (body,) in self._connection.execute(_READ_TRADES, (after,)):
            yield msgspec.json.decode(body)

    def forget_trades(self, *, upto: int) -> None:
        self._connection.execute(_FORGET_TRADES, (upto,))

    def close(self) -> None:
        self._connection.close()
        os.close(self._lock)
