"""Writes the rows of one step into the tables of an account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from psycopg2.extras import execute_values

from persistence.database.connections import Cursor
from persistence.database.named_queries import queries
from persistence.ledger.events import find_events, insert_events
from persistence.ledger.page import LedgerPage
from persistence.ledger.rows import Row, order_row, session_values
from persistence.outbox import Writer, same_fact
from trading.events import FillSeen, LedgerEvent, SettlementSeen
from trading.order_life import OrderLife

_QUERIES: Final = "ledger"
_Facts = Mapping[str, tuple[Row, FillSeen | SettlementSeen]]


def write_page(cursor: Cursor, account: str, page: LedgerPage) -> list[str]:
    """Everything but the orders; a sentence for each thing that was told in two ways."""
    insert_events(cursor, page.events)
    for outbox, started in page.started:
        cursor.execute(queries(_QUERIES)["insert_session"], session_values(account, outbox, started))
    for ended in page.ended:
        cursor.execute(queries(_QUERIES)["end_session"], {"account": account, **ended})
    insert(cursor, "insert_session_values", page.values)
    insert(cursor, "upsert_markets", list(page.markets.values()))
    insert(cursor, "insert_refusals", page.refusals)
    insert(cursor, "insert_positions", page.positions)
    insert(cursor, "insert_balances", page.balances)
    insert(cursor, "insert_reconciliations", page.reconciliations)
    known_fills = _insert_new(cursor, "fills", page.fills)
    page.count_fills(known_fills)
    known_settlements = _insert_new(cursor, "settlements", page.settlements)
    insert(cursor, "add_session_totals", page.totals.rows(account))
    conflicts = [
        *page.conflicts,
        *_conflicts(cursor, account, "fills", page.fills, known_fills),
        *_conflicts(cursor, account, "settlements", page.settlements, known_settlements),
    ]
    insert(cursor, "insert_conflicts", conflicts)
    return [str(row[-1]) for row in conflicts]


def write_orders(
    cursor: Cursor,
    account: str,
    outboxes: Mapping[Writer, int],
    lives: Sequence[OrderLife],
    gone: Sequence[str],
) -> None:
    """Orders as they are now; ``gone`` are keys that name none any more."""
    ledger = outboxes.get("FillProcessor")
    if ledger is None:
        return
    if gone:
        of_ledger = {"account": account, "ledger_id": ledger, "keys": gone}
        cursor.execute(queries(_QUERIES)["delete_orders"], of_ledger)
    sender = outboxes.get("OrderManager")
    insert(cursor, "upsert_orders", [order_row(account, ledger, sender, life) for life in lives])


def insert(cursor: Cursor, query: str, rows: Sequence[Row]) -> None:
    """Run a statement for many rows at once."""
    if rows:
        execute_values(cursor, queries(_QUERIES)[query], rows, page_size=len(rows))


def _insert_new(cursor: Cursor, what: str, facts: _Facts) -> set[str]:
    """Insert facts that the account has once; those that were there already."""
    if not facts:
        return set()
    rows = [row for row, _ in facts.values()]
    statement = queries(_QUERIES)[f"insert_{what}"]
    new = execute_values(cursor, statement, rows, page_size=len(rows), fetch=True)
    return facts.keys() - {key for (key,) in new}


def _conflicts(cursor: Cursor, account: str, what: str, facts: _Facts, known: set[str]) -> list[Row]:
    """A row for each of the known ones that is there in other words."""
    if not known:
        return []
    cursor.execute(queries(_QUERIES)[f"find_{what}"], {"account": account, "keys": sorted(known)})
    places = {key: (outbox, seq) for key, outbox, seq in cursor.fetchall()}
    conflicts = []
    for key, (outbox, seq) in places.items():
        stored = find_events(cursor, account, outbox, [seq]).get(seq)
        if stored is None or not same_fact(stored, facts[key][1]):
            conflicts.append(_conflict(facts[key], stored, f"{what.removesuffix('s')}/{key}"))
    return conflicts


def _conflict(offered: tuple[Row, FillSeen | SettlementSeen], stored: LedgerEvent | None, key: str) -> Row:
    row, event = offered
    account, _, outbox, seq = row[:4]
    return (account, key, outbox, seq, event.at_us, f"{key} is recorded as {stored} and was told as {event}")
