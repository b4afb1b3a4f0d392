"""The sessions that a database knows, and what each came to."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from persistence.database.connections import Connection, transaction
from persistence.database.named_queries import queries


class ListedSession(NamedTuple):
    """One run of the program."""

    account: str
    session: str
    started_us: int
    ended_us: int | None  # None while it runs, and for ever when it was killed
    end_reason: str
    data: str
    execution: str
    strategy: str
    host: str
    version: str
    last_us: int  # newest fact that was recorded of it
    orders: int
    fills: int
    realised_e6: int  # before fees
    fees_e6: int
    is_heard: bool  # the newest of its ledgers, which grew in the last two minutes
    gain_e6: int | None  # with what is held, by its own last word; None where it said none
    decisions: dict[str, int]  # by action

    @property
    def duration_us(self) -> int:
        """Up to its end, or up to the newest fact of it."""
        return max(0, (self.last_us if self.ended_us is None else self.ended_us) - self.started_us)


def sessions(
    connection: Connection, *, now_us: int, accounts: Collection[str] | None = None
) -> list[ListedSession]:
    """The oldest first; of these accounts, or of all that are in the database. Raises as ``transaction``."""
    asked = {"accounts": None if accounts is None else sorted(accounts), "now_us": now_us}
    decisions: dict[tuple[str, str], dict[str, int]] = {}
    with transaction(connection) as cursor:
        cursor.execute(queries("sessions")["decisions"], asked)
        for account, session, action, count in cursor.fetchall():
            decisions.setdefault((account, session), {})[action] = count
        cursor.execute(queries("sessions")["sessions"], asked)
        return [ListedSession._make((*row, decisions.get(row[:2], {}))) for row in cursor.fetchall()]
