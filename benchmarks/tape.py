"""The speed of a tape into the database and out again, and its bytes a change there.

The program itself trades for a while on a brisk exchange that changes 5,000 levels a second. Its tape then
goes from files into the embedded server, as long as if it had traded for minutes. Other ways for the same
changes take turns with it: a row each, by ``COPY`` and by ``execute_values``.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from psycopg2.extras import execute_values

from benchmarks.claims import Result, goal, reported
from benchmarks.main_job import folder
from benchmarks.program import Program, reap
from persistence import account_files
from persistence.database.connections import Connection, connect, transaction
from persistence.database.migrate import migrate, migrations_in
from persistence.server.database_server import embedded_server
from persistence.tape.codec import TapeCodec
from persistence.tape.lane import TapeLane
from persistence.tape.outbox import PackedPiece, TapeOutbox, TapeSource, tape_files
from persistence.tape.reader import TapeReader
from trading.tape_rows import CHANGE_NO, TapePiece

RATE: Final = 5_000  # changes a second
CHANGES: Final = 2_000_000  # to be written and read: what a session costs at its start is little beside it
QUICK_CHANGES: Final = 500_000
PIECE_ROWS: Final = 2_200  # of a fifth of a second
WRITTEN_PER_S: Final = 1_000_000.0
READ_PER_S: Final = 4_000_000.0
MOST_BYTES: Final = 9.0  # of a change, on the disk
SLOW_ROWS: Final = 20_000  # for the way that takes a hundred times as long
ACCOUNT: Final = "loopback-again"
SESSION: Final = "again"

_ROW: Final = np.dtype(  # as COPY takes it: the number of values, then each behind its length
    [
        ("values", ">i2"),
        *(("l1", ">i4"), ("at_us", ">i8"), ("l2", ">i4"), ("market", ">i4"), ("l3", ">i4"), ("side", ">i2")),
        *(("l4", ">i4"), ("price_e4", ">i4"), ("l5", ">i4"), ("change_e2", ">i8")),
    ]
)
_TABLE: Final = (
    "CREATE TABLE IF NOT EXISTS change_row"
    " (at_us bigint NOT NULL, market int NOT NULL, side smallint NOT NULL, price_e4 int NOT NULL,"
    " change_e2 bigint NOT NULL)"
)


def write(*, quick: bool) -> Iterator[Result]:
    """From the watcher's files into chunks, and the bytes of a change there."""
    with folder() as place:
        place.chmod(0o711)  # the server's user has to get through
        pieces = _prepared(place, quick=quick)
        with _server(place / "state") as connection:
            rows = _change_rows(pieces)
            rates: dict[str, list[float]] = {"chunks": [], "COPY": [], "execute_values": []}
            for turn in range(3 if quick else 5):
                rates["chunks"].append(_chunks_per_s(connection, place / str(turn), pieces, turn))
                rates["COPY"].append(_copied_per_s(connection, rows))
                rates["execute_values"].append(_inserted_per_s(connection, rows[:SLOW_ROWS]))
            yield goal("changes a second into chunks", _median(rates["chunks"]), at_least=WRITTEN_PER_S)
            yield reported("changes a second as a row each by COPY", _median(rates["COPY"]))
            yield reported("changes a second by execute_values", _median(rates["execute_values"]))
            chunks = _bytes_of(connection, "tape_chunk") / _changes_in(connection)
            yield goal("bytes of a change in chunks, on the disk", chunks, below=MOST_BYTES)
            as_rows = _bytes_of(connection, "change_row") / _count(connection, "change_row")
            yield reported("bytes of a change as a row", as_rows)


def read(*, quick: bool) -> Iterator[Result]:
    """Out of the database into columns of integers."""
    with folder() as place:
        place.chmod(0o711)
        pieces = _prepared(place, quick=quick)
        with _server(place / "state") as connection:
            _chunks_per_s(connection, place / "again", pieces, 0)
            rates = [_read_per_s(connection) for _ in range(3 if quick else 7)]
            yield goal("changes a second out of chunks", _median(rates), at_least=READ_PER_S)


claims: Final[dict[str, Callable[..., Iterator[Result]]]] = {"write": write, "read": read}


def _prepared(place: Path, *, quick: bool) -> list[TapePiece]:
    recorded = record(place, seconds=15 if quick else 60)
    return repeated(recorded, QUICK_CHANGES if quick else CHANGES)


# --- the program's own tape --------------------------------------------------------------------------


def record(place: Path, *, seconds: float) -> list[TapePiece]:
    """The pieces that a watcher writes in a session of so many seconds."""
    program = Program(place, "--set", f"loopback.rate={RATE}", control=False)
    try:
        program.start()
        program.wait_for(lambda status: status["state"] == "trading", 60, what="trading")
        time.sleep(seconds)
        program.interrupt()
    finally:
        program.kill_all()
        reap()
    [ledger] = (place / "state").glob(f"*/{account_files.FILL_PROCESSOR}")
    account = ledger.parent
    with _server(place / "state") as connection:
        _drain(TapeLane(account, account=account.name, data_venue="loopback"), connection)
        with transaction(connection) as cursor:
            cursor.execute("SELECT DISTINCT session FROM tape_chunk WHERE account = %s", (account.name,))
            [(session,)] = cursor.fetchall()
        reader = TapeReader(connection, account.name)
        [tape] = reader.tapes(session)
        return [part for piece in reader.pieces(tape.source) for part in _parts(piece)]


def repeated(pieces: Sequence[TapePiece], changes: int) -> list[TapePiece]:
    """The tape and its second half again and again, until there are so many changes."""
    made, again = list(pieces), [piece for piece in pieces[len(pieces) // 2 :] if not piece.texts]
    texts = sum(len(piece.texts) for piece in pieces)
    have = sum(piece.changes for piece in made)
    while have < changes:
        for piece in again:
            made.append(piece._replace(first_no=made[-1].last_no + 1, first_text=texts))
            have += piece.changes
    return made


def _parts(piece: TapePiece) -> Iterator[TapePiece]:
    for at in range(0, len(piece.kind), PIECE_ROWS):
        kind, a, b, c = (column[at : at + PIECE_ROWS] for column in piece.columns)
        first_text = piece.first_text + (len(piece.texts) if at else 0)
        texts = () if at else piece.texts
        yield TapePiece(piece.first_no + at, piece.t0_us, piece.t1_us, kind, a, b, c, first_text, texts)


@contextmanager
def _server(state: Path) -> Iterator[Connection]:
    """The embedded server of a state folder, its tables up to date, as the tape's lane speaks to it."""
    server = embedded_server(state, "")
    server.use()
    try:
        with closing(connect(server.dsn, name="benchmark", synchronous=False)) as connection:
            migrate(connection, migrations_in())
            with transaction(connection) as cursor:
                cursor.execute(_TABLE)
            yield connection
    finally:
        server.release()


def _drain(lane: TapeLane, connection: Connection) -> None:
    while not lane.step(connection).is_idle:
        pass
    lane.close()


# --- the ways ----------------------------------------------------------------------------------------


def _chunks_per_s(connection: Connection, place: Path, pieces: Sequence[TapePiece], turn: int) -> float:
    """All of the tape, from files that a watcher has closed."""
    codec = TapeCodec()
    with closing(TapeOutbox(place / account_files.TAPE, TapeSource(SESSION, 0, turn))) as outbox:
        for piece in pieces:
            packed = codec.pack(piece)
            outbox.write(PackedPiece(piece.first_no, piece.last_no, piece.t1_us, packed))
    lane = TapeLane(place, account=ACCOUNT, data_venue="loopback")
    began = time.perf_counter()
    while tape_files(place / account_files.TAPE):
        lane.step(connection)
    return sum(piece.changes for piece in pieces) / (time.perf_counter() - began)


def _change_rows(pieces: Sequence[TapePiece]) -> NDArray[np.void]:
    """The changes alone, each with the time of its piece."""
    made = []
    for piece in pieces:
        places = np.flatnonzero(piece.kind <= CHANGE_NO)
        rows = np.zeros(len(places), _ROW)
        rows["values"] = 5
        for name, width in (("l1", 8), ("l2", 4), ("l3", 2), ("l4", 4), ("l5", 8)):
            rows[name] = width
        rows["at_us"], rows["side"] = piece.t1_us, piece.kind[places]
        rows["market"], rows["price_e4"] = piece.a[places], piece.b[places]
        rows["change_e2"] = piece.c[places]
        made.append(rows)
    return np.concatenate(made).astype(_ROW)  # joined they are in the order of this machine


def _copied_per_s(connection: Connection, rows: NDArray[np.void]) -> float:
    head, end = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"
    began = time.perf_counter()
    for at in range(0, len(rows), 5_000):
        with transaction(connection) as cursor:
            data = BytesIO(head + rows[at : at + 5_000].tobytes() + end)
            cursor.copy_expert("COPY change_row FROM STDIN (FORMAT binary)", data)
    return len(rows) / (time.perf_counter() - began)


def _inserted_per_s(connection: Connection, rows: NDArray[np.void]) -> float:
    values = [
        tuple(int(row[name]) for name in ("at_us", "market", "side", "price_e4", "change_e2")) for row in rows
    ]
    began = time.perf_counter()
    for at in range(0, len(values), 1_000):
        with transaction(connection) as cursor:
            execute_values(
                cursor, "INSERT INTO change_row VALUES %s", values[at : at + 1_000], page_size=1_000
            )
    return len(values) / (time.perf_counter() - began)


def _read_per_s(connection: Connection) -> float:
    began = time.perf_counter()
    pieces = TapeReader(connection, ACCOUNT).pieces(TapeSource(SESSION, 0, 0))
    changes = sum(piece.changes for piece in pieces)
    return changes / (time.perf_counter() - began)


# --- figures -----------------------------------------------------------------------------------------


def _median(rates: Sequence[float]) -> float:
    return statistics.median(rates)


def _bytes_of(connection: Connection, table: str) -> int:
    """All of its partitions, with their indexes."""
    question = "SELECT sum(pg_total_relation_size(relid)) FROM pg_partition_tree(%s)"
    with transaction(connection) as cursor:
        cursor.execute(question, (table,))
        [(size,)] = cursor.fetchall()
        if size is None:  # it is not partitioned
            cursor.execute("SELECT pg_total_relation_size(%s)", (table,))
            [(size,)] = cursor.fetchall()
    return int(size)


def _changes_in(connection: Connection) -> int:
    with transaction(connection) as cursor:
        cursor.execute("SELECT sum(changes) FROM tape_chunk")
        [(changes,)] = cursor.fetchall()
    return int(changes)


def _count(connection: Connection, table: str) -> int:
    with transaction(connection) as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        [(count,)] = cursor.fetchall()
    return int(count)
