"""Fills a month of the database with copies of one recorded session's rows, each at its own time and key.

The rows are those that the program itself wrote: only keys, numbers and times are others. A day is one
session and begins once: its first chunk of tape, which has all books, is copied
once, and those behind it fill the day.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from persistence.database.connections import Connection, Cursor, transaction
from persistence.database.day_partitions import DAY_US, DayPartitions

Expressions = dict[str, str]

_STRIDE: Final = 1_000_000_000  # of the numbers of one day
_LATER: Final = f"k * 1000000 + %(day)s * {_STRIDE}::bigint"  # than the numbers that are copied
_KEY: Final = (
    "regexp_replace(order_key, '[0-9]+$', '')"
    f" || ({_STRIDE}::bigint * %(day)s + k * 100000 + substring(order_key from '[0-9]+$')::bigint)"
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """The session that is copied."""

    account: str
    session: str
    from_us: int  # when its first chunk of tape was full
    seconds: int
    rows: int  # of its tape
    batches: int
    orders: int
    decisions: int
    changes: int


def recorded(connection: Connection, account: str) -> Recorded:
    """The one session of an account."""
    with transaction(connection) as cursor:
        session, from_us, until_us, rows, changes = _one(
            cursor,
            "SELECT session, min(t0_us), max(t1_us), max(last_no) - min(first_no) + 1, sum(changes)"
            " FROM tape_chunk WHERE account = %s AND first_no > 1 AND session NOT LIKE 's0month%%'"
            " GROUP BY session",
            account,
        )
        batches, decisions = _one(
            cursor,
            "SELECT max(last_batch_no), sum(decisions) FROM decision_chunk"
            " WHERE account = %s AND session = %s",
            account,
            session,
        )
        (orders,) = _one(
            cursor,
            "SELECT count(*) FROM order_life WHERE account = %s AND session = %s AND is_ours",
            account,
            session,
        )
    seconds = -(-(until_us - from_us) // 1_000_000)
    return Recorded(account, session, from_us, seconds, rows, batches, orders, int(decisions), int(changes))


def name_of(day: int) -> str:
    """The name of a day's session."""
    return f"s0month{day:02d}"


def days_there(connection: Connection, account: str) -> set[str]:
    """The sessions that are written as a whole."""
    with transaction(connection) as cursor:
        cursor.execute("SELECT session FROM session WHERE account = %s", (account,))
        return {session for (session,) in cursor.fetchall()}


def write_day(connection: Connection, of: Recorded, day: int, *, day_us: int, orders_share: float) -> None:
    """One day's session, in one transaction. ``day_us``: its midnight."""
    for table in ("tape_chunk", "decision_chunk"):
        _drop_unfinished(connection, table, day_us)
        DayPartitions(table).provide(connection, day_us)
    times = DAY_US // 1_000_000 // of.seconds
    with transaction(connection) as cursor:
        day_of = _Day(cursor, of, day, day_us)
        day_of.copy("tape_text", 1, {})
        numbers = {name: f"{name} + k * {of.rows}" for name in ("first_no", "last_no")}
        day_of.copy("tape_chunk", times, numbers, where="AND (first_no > 1 OR k = 0)")
        numbers = {name: f"{name} + k * {of.batches}" for name in ("first_batch_no", "last_batch_no")}
        day_of.copy("decision_chunk", times, numbers)
        setup = "jsonb_set(setup, '{session}', to_jsonb(%(name)s::text))"
        day_of.copy("decision_setup", 1, {"setup": setup})
        day_of.copy("decision_count", 1, {"decisions": f"decisions * {times}"})
        _write_ledger(day_of, max(1, round(times * orders_share)))


def _drop_unfinished(connection: Connection, table: str, day_us: int) -> None:
    """The rows of a day that was begun and stopped take room for ever."""
    name = f"{table}_{datetime.fromtimestamp(day_us / 1e6, UTC):%Y%m%d}"
    with transaction(connection) as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {name}")


def _write_ledger(day_of: _Day, times: int) -> None:
    """The session itself comes last: a day that has it is whole."""
    numbered = {"seq": f"seq + {_LATER}"}
    seqs = ("order_manager_seqs", "fill_processor_seqs")
    lists = {name: f"ARRAY(SELECT seq + {_LATER} FROM unnest({name}) AS seq)" for name in seqs}
    keys = {"order_key": _KEY, "order_id": "gen_random_uuid()::text"}
    day_of.copy("order_life", times, keys | lists)
    day_of.copy("fill", times, numbered | {"trade_id": "gen_random_uuid()::text"})
    for table in ("position_change", "refusal", "balance", "reconciliation"):
        day_of.copy(table, times, numbered)
    day_of.copy_blocks(times)
    totals = {name: f"{name} * {times}" for name in ("orders", "fills", "realised_e6", "fees_e6")}
    day_of.copy("session_total", 1, totals | {"last_us": f"%(day_us)s::bigint + {DAY_US - 1}"})
    day_of.copy("session_value", 1, {"seq": f"seq + %(day)s * {_STRIDE}::bigint"})
    day_of.copy("session", 1, {"ended_us": f"%(day_us)s::bigint + {DAY_US - 1}"})


class _Day:
    """Copies the session's rows of a table so many times, one behind the other."""

    def __init__(self, cursor: Cursor, of: Recorded, day: int, day_us: int) -> None:
        self._cursor = cursor
        self._of = of
        self._given: dict[str, Any] = {
            "account": of.account,
            "session": of.session,
            "name": name_of(day),
            "day": day + 1,  # the session itself is day 0
            "day_us": day_us,
            "later_us": day_us - of.from_us,
            "length_us": of.seconds * 1_000_000,
        }

    def copy(self, table: str, times: int, others: Expressions, *, where: str = "") -> None:
        """``others``: the expressions of columns that are neither a time nor the session's name."""
        self._cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s"
            " ORDER BY ordinal_position",
            (table,),
        )
        columns = [name for (name,) in self._cursor.fetchall()]
        chosen = ", ".join(others.get(name) or _moved(name) for name in columns)
        self._cursor.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {chosen}"
            f" FROM {table}, generate_series(0, {times - 1}) AS k"
            f" WHERE account = %(account)s AND session = %(session)s {where}",
            self._given,
        )

    def copy_blocks(self, times: int) -> None:
        """The events themselves, which have no session: those that were there first."""
        self._cursor.execute(
            "INSERT INTO event_block (account, outbox_id, block_no, from_us, upto_us, events)"
            f" SELECT account, outbox_id, block_no + k * 10000 + %(day)s * {_STRIDE // 100}::bigint,"
            f" {_moved('from_us')}, {_moved('upto_us')}, events"
            f" FROM event_block, generate_series(1, {times}) AS k"
            " WHERE account = %(account)s AND block_no < 10000",
            self._given,
        )


def _moved(column: str) -> str:
    if column == "session":
        return "%(name)s"
    if column.endswith("_us") and column != "since_us":
        return f"{column} + %(later_us)s::bigint + k * %(length_us)s::bigint"
    if column == "ts_ms":
        return "ts_ms + (%(later_us)s::bigint + k * %(length_us)s::bigint) / 1000"
    return column


def _one(cursor: Cursor, question: str, *values: object) -> tuple[Any, ...]:
    cursor.execute(question, values)
    found: tuple[Any, ...] | None = cursor.fetchone()
    if found is None:
        raise RuntimeError(f"nothing is recorded: {json.dumps(question)}")
    return found
