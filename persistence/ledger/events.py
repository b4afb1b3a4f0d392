"""Events in the database, by their places: the newest lie singly, the others packed by the hundred."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from psycopg2.extras import execute_values

from persistence.database.connections import Cursor
from persistence.database.named_queries import queries
from persistence.ledger.codec import event_of
from persistence.ledger.rows import Row
from trading.events import LedgerEvent

BLOCK: Final = 100  # events of one row; the queries and the views know it too

_TYPED: Final = "(%s, %s, %s::bigint, %s::smallint, %s::bigint, %s::jsonb)"


def find_events(cursor: Cursor, account: str, outbox: int, seqs: Collection[int]) -> dict[int, LedgerEvent]:
    """Events of one outbox by seq; those that are not there are left out."""
    if not seqs:
        return {}
    place = {"account": account, "outbox_id": outbox}
    wanted = {"seqs": sorted(seqs), "blocks": sorted({seq // BLOCK for seq in seqs})}
    cursor.execute(queries("ledger")["find_events"], {**place, **wanted})
    return {seq: event_of(kind, at_us, payload) for seq, kind, at_us, payload in cursor.fetchall()}


def insert_events(cursor: Cursor, rows: Sequence[Row]) -> None:
    """Write events of whole pages; what completes a block is packed with what lay singly of it."""
    last = {row[1]: row[2] for row in rows}
    fresh = [row for row in rows if row[2] >= (last[row[1]] + 1) // BLOCK * BLOCK]
    packed = [row for row in rows if row[2] < (last[row[1]] + 1) // BLOCK * BLOCK]
    if packed:
        statement = queries("ledger")["pack_events"]
        execute_values(cursor, statement, packed, template=_TYPED, page_size=len(packed))
    if fresh:
        execute_values(cursor, queries("ledger")["insert_events"], fresh, page_size=len(fresh))
