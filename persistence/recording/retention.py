"""Records older than they have to be kept, and their removal.

A world that this program minted (an account of a loopback exchange or of a stand-in) goes as a whole once
nothing has happened in it for that long. Of every other account only chunks go: old ones of the tape, and in
a minted world of the decisions too. The ledger of an account at a real venue is never dropped, and no row of
an account that was not named.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

from psycopg2.sql import SQL, Identifier

from persistence.account_files import is_minted
from persistence.database.connections import Connection, Cursor, transaction
from persistence.database.named_queries import queries
from persistence.faults import PersistenceError

DAY_US: Final = 86_400_000_000
_NEVER_US: Final = 2**63
CHUNKS: Final = {"tape_chunk": "tape", "decision_chunk": "decisions"}


class World(NamedTuple):
    """A minted account in the database; ``newest_us`` is when something last happened in it."""

    account: str
    newest_us: int
    sessions: int
    orders: int
    fills: int


class OldChunks(NamedTuple):
    """Of one account that stays."""

    account: str
    table: str
    chunks: int
    bytes: int


def recorded_accounts(connection: Connection) -> list[str]:
    """All that the database has anything of."""
    with transaction(connection) as cursor:
        cursor.execute(queries("retention")["accounts"])
        return sorted(account for (account,) in cursor.fetchall())


def minted_worlds(connection: Connection, accounts: Collection[str]) -> list[World]:
    """The minted accounts among these, whatever their age."""
    with transaction(connection) as cursor:
        minted = [account for account in accounts if is_minted(account)]
        cursor.execute(queries("retention")["worlds"], {"accounts": minted})
        return [World(*row) for row in cursor.fetchall()]


def old_chunks(connection: Connection, accounts: Collection[str], before_us: int) -> list[OldChunks]:
    """Chunks of the accounts that began before then and may go."""
    found = []
    for table in CHUNKS:
        with transaction(connection) as cursor:
            query = SQL(queries("retention")["chunks"]).format(table=Identifier(table))
            cursor.execute(query, {"accounts": _may_go(table, accounts), "before_us": before_us})
            found += [OldChunks(account, table, *rest) for account, *rest in cursor.fetchall()]
    return found


def drop_world(connection: Connection, account: str) -> None:
    """Every row of a minted account, in one transaction."""
    if not is_minted(account):
        raise ValueError(f"{account} is not of this program")
    with transaction(connection) as cursor:
        cursor.execute(queries("retention")["tables_of_accounts"])
        for (table,) in cursor.fetchall():
            query = SQL(queries("retention")["delete_account"]).format(table=Identifier(table))
            cursor.execute(query, {"account": account})


def drop_chunks(connection: Connection, accounts: Collection[str], before_us: int) -> None:
    """Drop the rows of ``old_chunks``; a day that nobody else has chunks of goes at once."""
    for table in CHUNKS:
        of_whom = _may_go(table, accounts)
        asked = {"accounts": of_whom, "before_us": before_us}
        for day in _old_days(connection, table, before_us):
            _drop_day(connection, table, day, of_whom)
        with transaction(connection) as cursor:
            cursor.execute(SQL(queries("retention")["delete_chunks"]).format(table=Identifier(table)), asked)
    with transaction(connection) as cursor:
        cursor.execute(
            queries("retention")["delete_texts"], {"accounts": list(accounts), "before_us": before_us}
        )


def _may_go(table: str, accounts: Collection[str]) -> list[str]:
    """The accounts whose old chunks of this table are not kept."""
    return [account for account in accounts if table == "tape_chunk" or is_minted(account)]


def _old_days(connection: Connection, table: str, before_us: int) -> Sequence[str]:
    """The partitions of days that ended before then."""
    with transaction(connection) as cursor:
        cursor.execute(queries("retention")["days"], {"table": table})
        names = [name for (name,) in cursor.fetchall()]
    return [name for name in names if _end_us(name, table) <= before_us]


def _end_us(name: str, table: str) -> int:
    """When the day of a partition ends; of the one for all other days, never."""
    try:
        day = datetime.strptime(name.removeprefix(f"{table}_"), "%Y%m%d").replace(tzinfo=UTC)
    except ValueError:
        return _NEVER_US
    return round(day.timestamp()) * 1_000_000 + DAY_US


def _drop_day(connection: Connection, table: str, day: str, accounts: list[str]) -> None:
    """Drop a partition unless another account has chunks in it, or the database refuses."""

    def run(cursor: Cursor, query: str) -> None:
        names = {"table": Identifier(table), "day": Identifier(day)}
        cursor.execute(SQL(queries("retention")[query]).format(**names), {"accounts": accounts})

    try:
        with transaction(connection) as cursor:
            run(cursor, "lock_days")
            run(cursor, "has_others")
            if cursor.fetchone() == (False,):
                run(cursor, "drop_day")
    except PersistenceError:
        if connection.closed:
            raise
        # No right to drop tables, or somebody writes for long: the rows are deleted instead.
