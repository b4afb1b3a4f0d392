"""A month in the database: its room, and the time of the commands that look at one session in it.

The program trades for some minutes as it does by default. Copies of the rows that it recorded fill thirty
days, a session each, with the book changes and decisions of the whole day. The last day has its orders too,
the others have a tenth of them. With ``MONTH_FOLDER`` set the month is kept there, and a stopped run goes on.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from benchmarks.claims import Result, goal, reported
from benchmarks.ledger_lane import TABLES
from benchmarks.main_job import folder
from benchmarks.month_rows import Recorded, days_there, name_of, recorded, write_day
from benchmarks.program import ROOT, Program
from benchmarks.recording_rig import account_of, recorded_in, rows
from persistence.database.connections import Connection
from persistence.database.day_partitions import DAY_US

MONTH_FOLDER: Final = "MONTH_FOLDER"
DAYS: Final = 30
RATE: Final = 500  # changes a second
OTHER_DAYS: Final = 0.1  # of a day's orders
LONGEST_S: Final = 1_800.0  # of one statement
MOST_TAPE_GB: Final = 12.0
MOST_DECISION_BYTES: Final = 16.0
MOST_ORDER_BYTES: Final = 2_000.0
WITHIN_S: Final = {"sessions": 2.0, "why": 1.0, "report": 5.0}
_DECISION_TABLES: Final = ("decision_chunk", "decision_count", "decision_setup", "decision_gap")
_TAPE_TABLES: Final = ("tape_chunk", "tape_text", "tape_gap")
_SIZE: Final = (
    "SELECT coalesce(sum(pg_total_relation_size(inhrelid)), 0) + pg_total_relation_size(%s::regclass)"
    " FROM pg_inherits WHERE inhparent = %s::regclass"
)
_REFUSED: Final = (
    "SELECT coalesce(sum(length(event::text)) FILTER (WHERE (event ->> 1) = '6'), 0)::float"
    " / greatest(sum(length(event::text)), 1) FROM event_block CROSS JOIN LATERAL"
    " jsonb_array_elements(events) AS event WHERE account = %s AND block_no < 10000"
)


def month(*, quick: bool) -> Iterator[Result]:
    """Thirty days at 500 changes a second, with the decisions, refusals and orders of the default session."""
    days, seconds = (2, 40.0) if quick else (DAYS, 300.0)
    with _place() as place:
        state_dir = place / "state"
        if not state_dir.exists():
            _trade(place, seconds)
        with recorded_in(state_dir, statement_s=LONGEST_S) as connection:
            account = account_of(state_dir)
            of = recorded(connection, account)
            yield reported("the recorded session, s", of.seconds) | {
                "changes a second": round(of.changes / of.seconds, 1),
                "decisions a second": round(of.decisions / of.seconds, 1),
                "orders a minute": round(of.orders * 60 / of.seconds, 1),
            }
            _fill(connection, of, days)
            yield from _sizes(connection, of, days)
            yield from _commands(connection, of, state_dir, days)


claims: Final[dict[str, Callable[..., Iterator[Result]]]] = {"month": month}


@contextmanager
def _place() -> Iterator[Path]:
    if kept := os.environ.get(MONTH_FOLDER):
        Path(kept).mkdir(parents=True, exist_ok=True)
        Path(kept).chmod(0o711)  # the server's user has to get through
        yield Path(kept)
    else:
        with folder() as place:
            yield place


def _trade(place: Path, seconds: float) -> None:
    program = Program(place, control=False)
    try:
        program.start()
        program.wait_for(lambda s: s["database"]["state"] == "ready", 90, what="recording")
        time.sleep(seconds)
        program.interrupt()
    finally:
        program.kill_all()


def _fill(connection: Connection, of: Recorded, days: int) -> None:
    """Write the days that are not there yet."""
    there, first_us = days_there(connection, of.account), of.from_us // DAY_US * DAY_US
    began = time.monotonic()
    for day in range(days):
        if name_of(day) in there:
            continue
        share = 1.0 if day == days - 1 else OTHER_DAYS
        write_day(connection, of, day, day_us=first_us - (days - day) * DAY_US, orders_share=share)
        told = f"day {day + 1} of {days} after {time.monotonic() - began:.0f} s"
        sys.stderr.write(f"recording_month: {told}\n")
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")  # as the server would have done by itself
    connection.autocommit = False


def _order_bytes(connection: Connection, account: str) -> float:
    """Of all tables that grow with orders, less the refusals and their share of the events."""
    ((orders,),) = rows(connection, "SELECT count(*) FROM order_life WHERE account = %s", account)
    ((refused,),) = rows(connection, _REFUSED, account)
    sizes = {table: float(_size(connection, (table,))) for table in TABLES if table != "refusal"}
    sizes["event_block"] *= 1 - refused
    return sum(sizes.values()) / float(orders)


def _sizes(connection: Connection, of: Recorded, days: int) -> Iterator[Result]:
    times = days * (DAY_US // 1_000_000 // of.seconds) + 1  # the recorded session itself is there too
    changes, decisions = of.changes * times, of.decisions * times
    tape, decided = (_size(connection, tables) for tables in (_TAPE_TABLES, _DECISION_TABLES))
    # As long as a whole month of exactly so many changes a second.
    month_gb = tape / changes * RATE * 86_400 * DAYS / 1e9
    yield goal(f"tape of {DAYS} days at {RATE} changes a second, GB", month_gb, below=MOST_TAPE_GB) | {
        "days": days,
        "GB on the disk": round(tape / 1e9, 2),
        "changes": changes,
        "bytes a change": round(tape / changes, 2),
    }
    yield goal("bytes of a decision, HOLDs included", decided / decisions, below=MOST_DECISION_BYTES) | {
        "decisions": decisions,
        "MB on the disk": round(decided / 1e6),
    }
    order_bytes = _order_bytes(connection, of.account)
    yield goal("bytes of an order with its events and indexes", order_bytes, below=MOST_ORDER_BYTES)
    ((refusals,),) = rows(connection, "SELECT count(*) FROM refusal WHERE account = %s", of.account)
    if refusals:
        bytes_each = _size(connection, ("refusal",)) / refusals
        yield reported("bytes of a refusal's row and indexes", bytes_each) | {"refusals": refusals}


def _commands(connection: Connection, of: Recorded, state_dir: Path, days: int) -> Iterator[Result]:
    session = name_of(days - 1)
    [(ticker,), *_] = rows(
        connection,
        "SELECT ticker FROM order_life WHERE account = %s AND session = %s LIMIT 1",
        of.account,
        session,
    )
    page = state_dir.parent / "report.html"
    commands = {
        "sessions": ["sessions"],
        "why": ["why", ticker, "--session", session],
        "report": ["report", session, "--to", str(page)],
    }
    for name, command in commands.items():
        _took(command, state_dir)  # so that its modules are compiled, as they are after a first use
        took = [_took(command, state_dir) for _ in range(3)]
        yield goal(f"{name}: s", statistics.median(took), below=WITHIN_S[name])


def _took(command: list[str], state_dir: Path) -> float:
    began = time.monotonic()
    subprocess.run(
        [sys.executable, str(ROOT / "run.py"), *command, "--set", f"state_dir={state_dir}"],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
        check=True,
        capture_output=True,
        timeout=300,
    )
    return time.monotonic() - began


# --- the room ----------------------------------------------------------------------------------------


def _size(connection: Connection, tables: tuple[str, ...]) -> int:
    return sum(int(rows(connection, _SIZE, table, table)[0][0]) for table in tables)
