"""A database server that can be killed, and whether it has all that a session wrote, each row once."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import psutil

from benchmarks.claims import Result, same
from benchmarks.main_job import quiesce
from benchmarks.program import Program
from persistence.account_files import accounts_in
from persistence.database.connections import Connection, connect, transaction
from persistence.database.named_queries import queries
from persistence.ledger.sources import FILES
from persistence.outbox import OutboxReader
from persistence.server.database_server import embedded_server

LAST_REPORT_S: Final = 3.0  # until every actor has told its last figures
_TAPES: Final = (
    "SELECT shard, incarnation, first_no, last_no FROM tape_chunk WHERE account = %s"
    " ORDER BY session, shard, incarnation, first_no"
)
_CHANGES: Final = (
    "SELECT shard, incarnation, sum(changes)::bigint FROM tape_chunk WHERE account = %s GROUP BY 1, 2"
)
_CHUNKS: Final = (
    "SELECT session, incarnation, first_batch_no, last_batch_no FROM decision_chunk WHERE account = %s"
    " ORDER BY session, incarnation, first_batch_no"
)
DECISIONS: Final = "SELECT coalesce(sum(decisions), 0)::bigint FROM decision_chunk WHERE account = %s"
_EVENTS: Final = (
    "SELECT outbox_name(outbox_id), min(seq), max(seq), count(*) FROM ledger_event WHERE account = %s"
    " GROUP BY outbox_id"
)
_GAPS: Final = (
    "SELECT 'tape: ' || why FROM tape_gap WHERE account = %s"
    " UNION ALL SELECT 'ledger' FROM ledger_gap WHERE account = %s"
    " UNION ALL SELECT 'decisions' FROM decision_gap WHERE account = %s"
    " UNION ALL SELECT told FROM (SELECT 'conflict' AS told FROM conflict WHERE account = %s) AS conflicts"
)


class Server:
    """A PostgreSQL of the benchmark's own, which a session reaches by ``database.dsn``."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self._server = embedded_server(folder, "")
        self.start()

    @property
    def dsn(self) -> str:
        return self._server.dsn

    def start(self) -> None:
        self._server.use()

    def kill(self) -> None:
        """With all its processes; it stays down."""
        kill_server(self._server.status().data)

    def release(self) -> None:
        self._server.release()


def kill_server(data: Path) -> None:
    """kill -9 of a server and of all its processes."""
    pid = int((data / "postmaster.pid").read_text().split()[0])
    for each in [pid, *(child.pid for child in psutil.Process(pid).children())]:
        with suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)


@contextmanager
def recorded_in(state_dir: Path, *, statement_s: float = 60.0) -> Iterator[Connection]:
    """The database of a state folder in which no session runs."""
    server = embedded_server(state_dir, "")
    server.use()
    try:
        with closing(connect(server.dsn, name="benchmark", statement_s=statement_s)) as connection:
            yield connection
    finally:
        server.release()


def rows(connection: Connection, question: str, *values: object) -> list[tuple[Any, ...]]:
    with transaction(connection) as cursor:
        cursor.execute(question, values)
        return list(cursor.fetchall())


def checksums(connection: Connection, account: str) -> dict[str, tuple[str, int]]:
    """Hash and count of an account's rows, by table."""
    with transaction(connection) as cursor:
        cursor.execute(queries("checksums")["checksums"], {"account": account})
        return {what: (digest, count) for what, digest, count in cursor.fetchall()}


def account_of(state_dir: Path) -> str:
    """The one account that was traded there."""
    (account,) = accounts_in(state_dir)
    return account


def complete(
    connection: Connection, state_dir: Path, *, changes: int, decisions: int, fills: list[str]
) -> Iterator[Result]:
    """Whether everything of the one session of a state folder is there, and once."""
    account = account_of(state_dir)
    yield same("rows of tapes missing or twice", _breaks(rows(connection, _TAPES, account)), [])
    tapes = {f"{shard}-{life}": count for shard, life, count in rows(connection, _CHANGES, account)}
    yield same("changes in the database, and those that the watchers took", sum(tapes.values()), changes) | {
        "of each tape": tapes
    }
    yield same("batches of decisions missing or twice", _breaks(rows(connection, _CHUNKS, account)), [])
    ((decided,),) = rows(connection, DECISIONS, account)
    yield same("decisions in the database, and those that were made", decided, decisions)
    found = {name: tuple(numbers) for name, *numbers in rows(connection, _EVENTS, account)}
    yield same("events of the ledgers (first, last, how many)", found, _in_files(state_dir / account))
    trades = sorted(
        trade for (trade,) in rows(connection, "SELECT trade_id FROM fill WHERE account = %s", account)
    )
    yield same("fills that differ from the exchange's", sorted({*trades} ^ {*fills}), []) | {
        "fills": len(trades),
        "twice": len(trades) - len({*trades}),
    }
    told = [why for (why,) in rows(connection, _GAPS, account, account, account, account)]
    yield same("gaps and conflicts", told, [])
    left = [path.name for path in (state_dir / account / "tape").glob("*.db*")]
    yield same("tape files left", left, [])


def _breaks(pieces: list[tuple[Any, ...]]) -> list[str]:
    """Where the numbers of a list of pieces do not go on; each list begins with 1."""
    found: list[str] = []
    last: dict[tuple[Any, ...], int] = {}
    for *of, first_no, last_no in pieces:
        expected = last.get(tuple(of), 0) + 1
        if first_no != expected:
            found.append(f"{of}: {first_no} after {expected - 1}")
        last[tuple(of)] = last_no
    return found


def _in_files(folder: Path) -> dict[str, tuple[int, int, int]]:
    events = {}
    for file in FILES.values():
        with closing(OutboxReader(folder / file)) as reader:
            events[reader.outbox_id] = (1, reader.last_seq, reader.last_seq)
    return events


def wait_while(holds: Any, within_s: float, *, what: str) -> float:
    """Seconds until it no longer holds. Raises TimeoutError."""
    began = time.monotonic()
    while holds():
        if time.monotonic() - began > within_s:
            raise TimeoutError(f"not within {within_s} s: {what}")
        time.sleep(0.05)
    return time.monotonic() - began


def _resting(program: Program) -> list[str]:
    return [order["order_id"] for order in program.ledger()["orders"] if order["status"] == "resting"]


def ended(program: Program, dsn: str) -> Iterator[Result]:
    """End it in order, and hold what is recorded against what it and the exchange have counted."""
    quiesce(program)
    program.wait_for(lambda _: not _resting(program), 60, what="no order that its end would cancel")
    hash_there = program.ledger()["books_hash"]
    program.wait_for(lambda s: s["books_hash"] == hash_there, 60, what="all changes taken")
    time.sleep(LAST_REPORT_S)
    status = program.status()
    fills = [fill["trade_id"] for fill in program.ledger()["fills"]]
    counted = {"changes": status["markets"]["deltas"], "decisions": status["decisions"]["total"]}
    program.interrupt()
    state_dir = program.folder / "state"
    if dsn:
        with closing(connect(dsn, name="benchmark")) as connection:
            yield from complete(connection, state_dir, **counted, fills=fills)
    else:
        with recorded_in(state_dir) as connection:
            yield from complete(connection, state_dir, **counted, fills=fills)
