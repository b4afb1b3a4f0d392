"""Records older than they have to be kept, and their removal.

A world that this program minted (an account of a loopback exchange or of a stand-in) goes as a whole once
nothing has happened in it for that long. Of every other account only chunks go: old ones of the tape, and in
a minted world of the decisions too. The ledger of an account at a real venue is never dropped, no row of
an account that was not named, and nothing that sessions of another state folder recorded of it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from psycopg2.sql import SQL, Identifier

from persistence.account_files import SESSIONS, is_minted
from persistence.database.connections import Connection, Cursor, transaction
from persistence.database.named_queries import queries
from persistence.faults import NotMadeYet, PersistenceError
from persistence.ledger.rows import outbox_number
from persistence.outbox import OutboxReader

DAY_US: Final = 86_400_000_000
_NEVER_US: Final = 2**63
CHUNKS: Final = {"tape_chunk": "tape", "decision_chunk": "decisions"}


class MintedAccount(NamedTuple):
    """A minted account in the database; ``newest_us`` is when something last happened in it."""

    account: str
    newest_us: int
    sessions: int
    orders: int
    fills: int


class OwnRecords(NamedTuple):
    """The records that one state folder may drop."""

    accounts: list[str]
    recorders: list[int] | None = None
    """The outboxes of the Recorders that wrote its sessions; None: all of the database is this folder's."""

    def without(self, accounts: Collection[str]) -> OwnRecords:
        """The same without these accounts."""
        return self._replace(accounts=[account for account in self.accounts if account not in accounts])


class OldChunks(NamedTuple):
    """Of one account that stays."""

    account: str
    table: str
    chunks: int
    bytes: int


def first_kept_us(now_us: int, days: int) -> int:
    """The beginning (UTC) of the first day that is kept."""
    return now_us // DAY_US * DAY_US - days * DAY_US


def recorded_accounts(connection: Connection) -> list[str]:
    """All that the database has anything of."""
    with transaction(connection) as cursor:
        cursor.execute(queries("retention")["accounts"])
        return sorted(account for (account,) in cursor.fetchall())


def minted_worlds(connection: Connection, accounts: Collection[str]) -> list[MintedAccount]:
    """The minted accounts among these, whatever their age."""
    with transaction(connection) as cursor:
        minted = [account for account in accounts if is_minted(account)]
        cursor.execute(queries("retention")["worlds"], {"accounts": minted})
        return [MintedAccount(*row) for row in cursor.fetchall()]


def scope_of(state_dir: Path, accounts: Collection[str]) -> OwnRecords:
    """The records of these accounts in a database that other state folders may share. Raises FileUnusable."""
    recorders = []
    for account in accounts:
        with suppress(NotMadeYet), closing(OutboxReader(state_dir / account / SESSIONS)) as reader:
            recorders.append(outbox_number(reader.outbox_id))
    return OwnRecords(list(accounts), recorders)


def old_chunks(connection: Connection, scope: OwnRecords, before_us: int) -> list[OldChunks]:
    """Chunks in the scope that began before then and may go."""
    found = []
    for table in CHUNKS:
        with transaction(connection) as cursor:
            query = SQL(queries("retention")["chunks"]).format(table=Identifier(table))
            cursor.execute(query, _asked(table, scope, before_us))
            found += [OldChunks(account, table, *rest) for account, *rest in cursor.fetchall()]
    return found


def drop_world(connection: Connection, account: str) -> None:
    """Every row of a minted account, in one transaction."""
    if not is_minted(account):
        raise ValueError(f"{account} is not of this program")
    with transaction(connection) as cursor:
        # Whoever writes into the account holds its cursors: wait for that, so that nothing comes behind it.
        cursor.execute(queries("retention")["lock_account"], {"account": account})
        cursor.execute(queries("retention")["tables_of_accounts"])
        for (table,) in cursor.fetchall():
            query = SQL(queries("retention")["delete_account"]).format(table=Identifier(table))
            cursor.execute(query, {"account": account})


def drop_chunks(
    connection: Connection, scope: OwnRecords, before_us: int, *, tables: Collection[str] = tuple(CHUNKS)
) -> None:
    """Drop the rows of ``old_chunks`` in these tables; a day that nobody else has chunks of goes at once."""
    for table in tables:
        asked = _asked(table, scope, before_us)
        for day in _old_days(connection, table, before_us):
            _drop_day(connection, table, day, asked)
        with transaction(connection) as cursor:
            query = SQL(queries("retention")["delete_chunks"]).format(table=Identifier(table))
            cursor.execute(query, asked)
    if "tape_chunk" in tables:
        with transaction(connection) as cursor:
            cursor.execute(queries("retention")["delete_texts"], _asked("tape_chunk", scope, before_us))


def _asked(table: str, scope: OwnRecords, before_us: int) -> dict[str, Any]:
    """The parameters of the queries: of real venues only old tapes go."""
    may_go = [account for account in scope.accounts if table == "tape_chunk" or is_minted(account)]
    return {"accounts": may_go, "recorders": scope.recorders, "before_us": before_us}


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


def _drop_day(connection: Connection, table: str, day: str, asked: dict[str, Any]) -> None:
    """Drop a partition unless somebody else has chunks in it, or the database refuses."""

    def run(cursor: Cursor, query: str) -> None:
        names = {"table": Identifier(table), "day": Identifier(day)}
        cursor.execute(SQL(queries("retention")[query]).format(**names), asked)

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
