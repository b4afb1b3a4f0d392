"""The sessions that a database knows, and what each came to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from persistence.database.connections import Connection, transaction
from persistence.database.named_queries import queries
from persistence.decisions.lane import NAME as DECISIONS
from persistence.decisions.unwritten import unwritten


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
    connection: Connection,
    *,
    now_us: int,
    accounts: Collection[str] | None = None,
    state_dir: Path | None = None,
) -> list[ListedSession]:
    """The oldest first; of these accounts, or of all that are in the database. Raises as ``transaction``.

    Decisions that wait in the journals of ``state_dir`` are counted as well.
    """
    asked = {"accounts": None if accounts is None else sorted(accounts), "now_us": now_us, "lane": DECISIONS}
    decisions: dict[tuple[str, str], Counter[str]] = {}
    with transaction(connection) as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute(queries("sessions")["decisions"], asked)
        for account, session, action, count in cursor.fetchall():
            decisions.setdefault((account, session), Counter())[action] = count
        cursor.execute(queries("sessions")["sessions"], asked)
        rows = cursor.fetchall()
        cursor.execute(queries("sessions")["positions"], asked)
        positions = {(account, source): position for account, source, position in cursor.fetchall()}
    for account in {row[0] for row in rows} if state_dir is not None else ():
        of_account = {source: position for (name, source), position in positions.items() if name == account}
        for session, counts in unwritten(state_dir / account, of_account).items():
            decisions.setdefault((account, session), Counter()).update(counts)
    return [ListedSession._make((*row, dict(decisions.get(row[:2], {})))) for row in rows]
