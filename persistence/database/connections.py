"""Connections to the database, whichever server has it: ours in the state folder or one that was named."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812  a class that bears a lower-case name
from psycopg2.extensions import cursor as Cursor  # noqa: N812  likewise

from persistence.database.binaries import OLDEST_MAJOR
from persistence.database.faults import DatabaseRefused, database_faults, described, shown

__all__ = ["Connection", "Cursor", "Database", "connect", "transaction"]

CONNECT_WITHIN_S: Final = 5
STATEMENT_WITHIN_S: Final = 60.0
_SILENT_S: Final = 10  # after so long without a word from the other side its machine counts as gone
_OF_A_NETWORK: Final[dict[str, Any]] = {
    "keepalives_idle": _SILENT_S,
    "keepalives_interval": _SILENT_S // 3,
    "keepalives_count": 3,
    "tcp_user_timeout": _SILENT_S * 1_000,
}


@dataclass(frozen=True, slots=True)
class Database:
    """One database; its text never has the password."""

    dsn: str = field(repr=False)

    def __str__(self) -> str:
        return described(self.dsn)

    def connect(
        self, *, name: str, synchronous: bool = True, statement_s: float = STATEMENT_WITHIN_S
    ) -> Connection:
        """A connection of its own; see ``connect``."""
        return connect(self.dsn, name=name, synchronous=synchronous, statement_s=statement_s)


def connect(
    dsn: str, *, name: str, synchronous: bool = True, statement_s: float = STATEMENT_WITHIN_S
) -> Connection:
    """A connection in UTC that the server lists as ``rl-trader <name>``.

    Not ``synchronous``: a commit survives the program, and a crash of the server may take the newest ones.
    A statement that takes longer than ``statement_s`` fails. Raises DatabaseDown, DatabaseRefused.
    """
    place = described(dsn)
    with database_faults(place):
        made: Connection = psycopg2.connect(
            dsn, connect_timeout=CONNECT_WITHIN_S, application_name=f"rl-trader {name}", **_OF_A_NETWORK
        )
    try:
        if made.server_version < OLDEST_MAJOR * 10_000:
            version = made.server_version // 10_000
            raise DatabaseRefused(
                f"{place}: it is PostgreSQL {version}, and {OLDEST_MAJOR} is needed at least"
            )
        _set_up(made, synchronous=synchronous, statement_s=statement_s)
    except BaseException:
        made.close()
        raise
    return made


def _set_up(connection: Connection, *, synchronous: bool, statement_s: float) -> None:
    # As statements, not as start-up options: what pools connections often refuses those.
    with transaction(connection) as cursor:
        cursor.execute(
            "SET timezone = 'UTC'; SET client_encoding = 'UTF8'; SET synchronous_commit = %s; SET"
            " statement_timeout = %s; SET lock_timeout = %s; SET idle_in_transaction_session_timeout = %s",
            ("on" if synchronous else "off", *(round(statement_s * 1_000),) * 3),
        )


@contextmanager
def transaction(connection: Connection) -> Iterator[Cursor]:
    """One transaction, committed at the end of the block and undone where it fails.

    Raises DatabaseDown, DatabaseRefused, and PersistenceError for what the server did not accept.
    """
    with database_faults(_place_of(connection)):
        try:
            with connection.cursor() as cursor:
                yield cursor
            connection.commit()
        except BaseException:
            if not connection.closed:
                connection.rollback()
            raise


def _place_of(connection: Connection) -> str:
    return "database" if connection.closed else shown(connection.info.dsn_parameters)
