"""Brings the tables of a database to the version of this program.

The steps are numbered SQL files. Each is one transaction under a lock of the database, so of many programs
that start at once one takes it and the others find it done; a program that dies in the middle leaves nothing.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from persistence.database.connections import Connection, Cursor, transaction
from persistence.database.faults import DatabaseNewer, DatabaseRefused

FOLDER: Final = Path(__file__).parent / "migrations"
_NAME: Final = re.compile(r"([0-9]{4})_([a-z0-9_]+)\.sql")
_CREATED: Final = re.compile(r"^CREATE TABLE (\w+)", re.MULTILINE)
_LOCK: Final = 7_465_128_311  # any number that nobody else takes as an advisory lock of the database
_TABLE: Final = (
    "CREATE TABLE IF NOT EXISTS schema_migration"
    " (number int PRIMARY KEY, name text NOT NULL, sha256 text NOT NULL, applied_us bigint NOT NULL)"
)


@dataclass(frozen=True, slots=True)
class Migration:
    number: int
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()

    def __str__(self) -> str:
        return f"{self.number:04}_{self.name}"


def migrations_in(folder: Path = FOLDER) -> list[Migration]:
    """The files of a folder in order. Raises ValueError unless they are numbered 0001, 0002, …"""
    found: list[Migration] = []
    for path in sorted(folder.glob("*.sql")):
        match = _NAME.fullmatch(path.name)
        if match is None or int(match[1]) != len(found) + 1:
            raise ValueError(f"{path}: expected {len(found) + 1:04}_NAME.sql")
        found.append(Migration(int(match[1]), match[2], path.read_text(encoding="utf-8")))
    return found


def pending(connection: Connection, migrations: Sequence[Migration]) -> list[Migration]:
    """The migrations not applied yet; changes nothing. Raises DatabaseNewer, DatabaseRefused."""
    with transaction(connection) as cursor:
        return _pending(cursor, migrations)


def migrate(connection: Connection, migrations: Sequence[Migration]) -> list[Migration]:
    """Apply those not applied yet; the ones that this call did.

    Raises DatabaseNewer when the database has more than these, DatabaseRefused when it has others, lacks a
    table of them or takes no changes, DatabaseDown while another program takes too long over it.
    """
    applied = []
    for _ in pending(connection, migrations):
        with transaction(connection) as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
            cursor.execute(_TABLE)
            left = _pending(cursor, migrations)
            if not left:
                break
            _apply(cursor, left[0])
        applied.append(left[0])
    with transaction(connection) as cursor:
        _look_for_missing(cursor, migrations)
    return applied


def _apply(cursor: Cursor, migration: Migration) -> None:
    cursor.execute(migration.sql)
    row = (migration.number, migration.name, migration.sha256, time.time_ns() // 1_000)
    cursor.execute("INSERT INTO schema_migration VALUES (%s, %s, %s, %s)", row)


def _look_for_missing(cursor: Cursor, migrations: Sequence[Migration]) -> None:
    """Raises DatabaseRefused for a table that was made, and dropped by somebody."""
    made = [name for migration in migrations for name in _CREATED.findall(migration.sql)]
    cursor.execute("SELECT name FROM unnest(%s::text[]) AS name WHERE to_regclass(name) IS NULL", (made,))
    if missing := [name for (name,) in cursor.fetchall()]:
        raise DatabaseRefused(
            f"the database has no table {', '.join(missing)} any more: restore a copy of it, or drop all of"
            " its tables (DROP SCHEMA public CASCADE; CREATE SCHEMA public): they are made again and filled"
            " from the ledgers of the state folder, but tapes that had left it are lost"
        )


def _pending(cursor: Cursor, migrations: Sequence[Migration]) -> list[Migration]:
    applied = _applied(cursor)
    newest = max(applied, default=0)
    if newest > len(migrations):
        raise DatabaseNewer(
            f"the database has the tables of a newer version ({newest:04}_{applied[newest][0]}):"
            " run that version of this program, or set database.dsn to another database"
        )
    for migration in migrations[:newest]:
        if applied.get(migration.number) != (migration.name, migration.sha256):
            raise DatabaseRefused(
                f"the database was made with another {migration} than this program has: run the version"
                " that made it, or set database.dsn to another database"
            )
    return list(migrations[newest:])


def _applied(cursor: Cursor) -> Mapping[int, tuple[str, str]]:
    cursor.execute("SELECT to_regclass('schema_migration') IS NOT NULL")
    if cursor.fetchone() != (True,):
        return {}
    cursor.execute("SELECT number, name, sha256 FROM schema_migration")
    return {number: (name, sha256) for number, name, sha256 in cursor.fetchall()}
