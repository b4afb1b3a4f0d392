"""The rows that a session left in the tables, streamed out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, Final, Literal, NamedTuple

from persistence.database.connections import Connection, Cursor, transaction
from persistence.database.named_queries import queries
from persistence.sessions.listing import ListedSession

TABLES: Final = ("orders", "fills", "positions", "decisions", "settlements", "balances")
_ROWS_TOGETHER: Final = 20_000

ColumnKind = Literal["int16", "int32", "int64", "bool", "text", "int64s"]
_KINDS: Final[dict[int, ColumnKind]] = {
    16: "bool",
    20: "int64",
    21: "int16",
    23: "int32",
    25: "text",
    1016: "int64s",
}
"""By the number that PostgreSQL has for a type."""


class Column(NamedTuple):
    name: str
    kind: ColumnKind


class HeldBefore(NamedTuple):
    """A market's holding when the session first moved it, with the way and the time of its opening."""

    ticker: str
    position_e2: int
    cost_e6: int
    cause: str
    at_us: int


class MoveRow(NamedTuple):
    """A market after a fill or a settlement; the fill's terms, of a fill."""

    ticker: str
    at_us: int
    position_e2: int
    cost_e6: int
    realised_change_e6: int
    fees_change_e6: int
    cause: str
    side: str | None
    price_e4: int | None
    count_e2: int | None


class SessionRows:
    """The rows of one session. All methods raise as ``transaction``."""

    def __init__(self, connection: Connection, session: ListedSession) -> None:
        self._connection = connection
        self._asked = {"account": session.account, "session": session.session}

    def write_csv(self, table: str, file: BinaryIO) -> int:
        """With the names of the columns first; how many rows."""
        with transaction(self._connection) as cursor:
            query = cursor.mogrify(queries("export")[table], self._asked).decode()
            cursor.copy_expert(f"COPY ({query}) TO STDOUT (FORMAT csv, HEADER)", file)
            return cursor.rowcount

    def pages(self, table: str) -> Iterator[tuple[list[Column], list[tuple[Any, ...]]]]:
        """The columns, and the rows a part at a time; at least one part, which may have none."""
        with transaction(self._connection), self._connection.cursor(name="export") as cursor:
            cursor.execute(queries("export")[table], self._asked)
            rows = cursor.fetchmany(_ROWS_TOGETHER)
            columns = _columns(cursor)
            yield columns, rows
            while rows := cursor.fetchmany(_ROWS_TOGETHER):
                yield columns, rows

    def columns(self, table: str) -> list[str]:
        """The names of its columns."""
        with transaction(self._connection) as cursor:
            cursor.execute(f"{queries('export')[table]} LIMIT 0", self._asked)
            return [each.name for each in cursor.description or ()]

    def ledgers(self) -> list[int]:
        """The outboxes whose events moved positions in it; more than one where the file was replaced."""
        return [outbox_id for (outbox_id,) in self._rows("ledgers")]

    def held_before(self, outbox_id: int) -> list[HeldBefore]:
        return [HeldBefore(*row) for row in self._rows("held_before", outbox_id=outbox_id)]

    def moves(self, outbox_id: int) -> list[MoveRow]:
        """In the order of the ledger."""
        return [MoveRow(*row) for row in self._rows("moves", outbox_id=outbox_id)]

    def _rows(self, query: str, **more: Any) -> list[Any]:
        with transaction(self._connection) as cursor:
            cursor.execute(queries("export")[query], {**self._asked, **more})
            return cursor.fetchall()


def _columns(cursor: Cursor) -> list[Column]:
    described: Sequence[Any] = cursor.description or ()
    return [Column(each.name, _KINDS[each.type_code]) for each in described]
