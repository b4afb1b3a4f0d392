"""Reads an account's events back out of the database, each outbox in its order."""

from __future__ import annotations

from collections.abc import Iterator

from persistence.database.connections import Connection, transaction
from persistence.database.named_queries import queries
from persistence.faults import PersistenceError
from persistence.ledger.codec import event_of
from persistence.ledger.rows import outbox_number
from trading.events import LedgerEvent


def accounts_of(connection: Connection, session: str) -> list[str]:
    """The accounts that recorded a session of this name."""
    with transaction(connection) as cursor:
        cursor.execute(queries("replay")["accounts_of"], {"session": session})
        return [str(account) for (account,) in cursor.fetchall()]


def latest_sessions(connection: Connection) -> list[str]:
    """The newest sessions of all accounts, the newest first."""
    with transaction(connection) as cursor:
        cursor.execute(queries("replay")["sessions"])
        return [str(session) for (session,) in cursor.fetchall()]


class RecordedEvents:
    """The events of one account. All methods raise as ``transaction`` does."""

    def __init__(self, connection: Connection, account: str) -> None:
        self._connection = connection
        self._account = account

    def of(self, outbox_id: str) -> Iterator[tuple[int, LedgerEvent]]:
        """The events of an outbox by their numbers. Raises PersistenceError for one that is missing."""
        return self._read(outbox_number(outbox_id))

    def of_recorders(self) -> Iterator[LedgerEvent]:
        """The written events about the account's sessions and markets."""
        with transaction(self._connection) as cursor:
            cursor.execute(queries("replay")["recorders"], {"account": self._account})
            outboxes = [number for (number,) in cursor.fetchall()]
        for number in outboxes:
            for _, event in self._read(number):
                yield event

    def next_start_us(self, session: str) -> int | None:
        """When the account began its next session."""
        with transaction(self._connection) as cursor:
            cursor.execute(queries("replay")["next_start"], {"account": self._account, "session": session})
            row = cursor.fetchone()
        return None if row is None or row[0] is None else int(row[0])

    def _read(self, outbox: int) -> Iterator[tuple[int, LedgerEvent]]:
        seq = 0
        given = {"account": self._account, "outbox_id": outbox}
        while True:
            with transaction(self._connection) as cursor:
                cursor.execute(queries("replay")["events"], {**given, "after_seq": seq})
                rows = cursor.fetchall()
            if not rows:
                return
            for number, kind, at_us, payload in rows:
                if number != seq + 1:
                    raise PersistenceError(
                        f"the database lacks event {seq + 1} of an outbox of {self._account}"
                    )
                seq = number
                yield number, _event(self._account, number, kind, at_us, payload)


def _event(account: str, seq: int, kind: int, at_us: int, payload: list[object]) -> LedgerEvent:
    try:
        return event_of(kind, at_us, payload)
    except ValueError as error:
        raise PersistenceError(
            f"the database has a damaged event of {account}, number {seq}: {error}"
        ) from error
