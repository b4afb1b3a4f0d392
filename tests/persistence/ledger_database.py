"""The ledger's tables in a test: filled, compared, emptied."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.ledger_history import ACCOUNT, START_US
from persistence.database.connections import Connection, transaction
from persistence.database.named_queries import queries
from persistence.lane import Progress
from persistence.ledger.lane import LedgerLane

TABLES = (
    *(
        "lane_cursor",
        "session",
        "session_value",
        "session_total",
        "market",
        "fresh_event",
        "event_block",
        "refusal",
    ),
    *("order_life", "fill", "position_change", "settlement", "balance", "reconciliation", "conflict"),
    "ledger_gap",
)


def lane_of(folder: Path, account: str = ACCOUNT, **more: Any) -> LedgerLane:
    return LedgerLane(folder, account=account, venue="loopback", now_us=lambda: START_US, **more)


def drain(connection: Connection, lane: LedgerLane) -> Progress:
    """Step until nothing waits; how it stands then."""
    while not (progress := lane.step(connection)).is_idle:
        pass
    return progress


def fill_tables(connection: Connection, folder: Path, account: str = ACCOUNT, **more: Any) -> Progress:
    """Everything in the folder's outboxes, by a lane of its own."""
    lane = lane_of(folder, account, **more)
    try:
        return drain(connection, lane)
    finally:
        lane.close()


def rows(connection: Connection, question: str, *values: Any) -> list[tuple[Any, ...]]:
    with transaction(connection) as cursor:
        cursor.execute(question, values)
        return cursor.fetchall()


def checksums(connection: Connection, account: str = ACCOUNT) -> dict[str, tuple[str, int]]:
    """Hash and count of an account's rows, by table."""
    with transaction(connection) as cursor:
        cursor.execute(queries("checksums")["checksums"], {"account": account})
        return {what: (digest, count) for what, digest, count in cursor.fetchall()}


def empty_tables(connection: Connection) -> None:
    with transaction(connection) as cursor:
        for table in TABLES:
            cursor.execute(f"DELETE FROM {table}")
