"""The ledger on its way into the database: how much room an order takes, how fast, how soon after a start."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Final

from benchmarks.claims import Result, goal, reported
from benchmarks.ledger_history import ACCOUNT, History
from benchmarks.main_job import folder
from persistence.account_files import FILL_PROCESSOR
from persistence.database.connections import Connection, connect
from persistence.database.migrate import migrate, migrations_in
from persistence.ledger.lane import LedgerLane
from persistence.outbox import Outbox
from persistence.server.database_server import embedded_server
from trading.events import FillSeen

MOST_BYTES: Final = 2_000
TABLES: Final = ("fresh_event", "event_block", "refusal", "order_life", "fill", "position_change")


def orders(*, quick: bool) -> Iterator[Result]:
    """Lives of orders as a default session has them, taken in as fast as it goes."""
    count = 1_000 if quick else 10_000
    with folder() as place:
        server = embedded_server(place, "")
        server.use()
        try:
            with closing(connect(server.dsn, name="benchmark")) as connection:
                migrate(connection, migrations_in())
                yield from _measured(connection, place / ACCOUNT, count)
        finally:
            server.release()


def _measured(connection: Connection, account: Path, count: int) -> Iterator[Result]:
    history = History().trade(count)
    events = len([*history.ours, *history.theirs, *history.sessions()])
    with closing(LedgerLane(history.write(account), account=ACCOUNT, venue="loopback")) as lane:
        began_at, cpu_s = time.perf_counter(), time.process_time()
        take_in(connection, lane)
        a_second = events / (time.perf_counter() - began_at)
        cpu_us = (time.process_time() - cpu_s) * 1e6 / events
    yield goal("events into the database a second", a_second, at_least=1_000)
    yield reported("our own processor time for an event, us", cpu_us)
    bytes_each = room(connection) / count
    yield goal("an order with its events, fills, positions and indexes, bytes", bytes_each, below=MOST_BYTES)
    _append(account, next(event for event in history.theirs if isinstance(event, FillSeen)))
    yield goal("first step after a start, ms", _start_ms(connection, account), below=500)


def take_in(connection: Connection, lane: LedgerLane) -> None:
    """Step until nothing waits."""
    steps = 0
    while not lane.step(connection).is_idle:
        steps += 1
        if steps % 5 == 0:
            _vacuum(connection)  # as the server does by itself each minute, which this run is too short for


def _vacuum(connection: Connection) -> None:
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("VACUUM fresh_event, order_life")
    connection.autocommit = False


def room(connection: Connection) -> int:
    """Bytes of everything that grows with the orders, indexes included."""
    _vacuum(connection)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(pg_total_relation_size(name::regclass)) FROM unnest(%s) AS name", (list(TABLES),)
        )
        (size,) = cursor.fetchone() or (0,)
    connection.commit()
    return int(size)


def _append(account: Path, fill: FillSeen) -> None:
    """One more fill of an order that ended long ago."""
    with closing(Outbox(account / FILL_PROCESSOR, "FillProcessor")) as outbox:
        outbox.append([(replace(fill, trade_id="late"), None)])


def _start_ms(connection: Connection, account: Path) -> float:
    """Until a lane that knows nothing yet has written what is new."""
    with closing(LedgerLane(account, account=ACCOUNT, venue="loopback")) as lane:
        began_at = time.perf_counter()
        lane.step(connection)
        return (time.perf_counter() - began_at) * 1_000


claims: Final[dict[str, Callable[..., Iterator[Result]]]] = {"orders": orders}
