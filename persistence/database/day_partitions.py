"""Partitions of a table by the day (UTC) of a time, made ahead of the rows that belong there."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from persistence.database.connections import Connection, transaction
from persistence.database.faults import DatabaseDown
from persistence.database.named_queries import queries
from persistence.faults import PersistenceError

DAY_US: Final = 86_400_000_000


class DayPartitions:
    """Of one table, which has a default partition for whatever has no day of its own.

    The name of a partition is that of its table with the day, as in ``tape_chunk_20261201``.
    """

    def __init__(self, table: str) -> None:
        self._table = table
        self._settled: set[int] = set()  # days that are there, or cannot be had

    def provide(self, connection: Connection, at_us: int) -> None:
        """See to it that the day of this time and the next one are there, as far as the database allows.

        A day that cannot be made leaves its rows to the default partition. Raises DatabaseDown.
        """
        today = at_us // DAY_US
        for day in (today, today + 1):
            if day not in self._settled:
                self._make(connection, day)
                self._settled.add(day)

    def forget(self) -> None:
        """Another database may be there now."""
        self._settled.clear()

    def _make(self, connection: Connection, day: int) -> None:
        name = f"{self._table}_{datetime.fromtimestamp(day * DAY_US / 1e6, UTC):%Y%m%d}"
        begins, ends = day * DAY_US, (day + 1) * DAY_US
        try:
            with transaction(connection) as cursor:
                cursor.execute("SELECT to_regclass(%s)", (name,))
                if cursor.fetchone() != (None,):
                    return
                # Of programs that make the same day at once, one does and the others find it.
                cursor.execute(queries("tape")["lock_partitions"], {"table": self._table})
                cursor.execute(
                    f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF {self._table}"
                    f" FOR VALUES FROM ({begins}) TO ({ends})"
                )
        except DatabaseDown:
            raise
        except PersistenceError:
            return  # no right to make tables, or the default partition has rows of that day already
