"""The ledger lane: events of an account's outboxes become rows, each exactly once.

A step reads the cursors under a lock, takes the next events, and writes their rows and the new cursors in
one transaction. So nobody else's step, no reconnect and no kill can make a row come twice or not at all.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from persistence.database.connections import Connection, Cursor, transaction
from persistence.database.named_queries import queries
from persistence.faults import PersistenceError
from persistence.lane import IDLE, Progress
from persistence.ledger.check import LedgerCheck
from persistence.ledger.folds import LedgerFolds
from persistence.ledger.page import LedgerPage
from persistence.ledger.rows import outbox_number
from persistence.ledger.sources import LedgerSources
from persistence.ledger.tables import insert, write_orders, write_page
from persistence.outbox import Writer

NAME: Final = "ledger"
MOST_EVENTS: Final = 500  # of one step: a transaction of some tens of milliseconds


class LostByRebuild(PersistenceError):
    """Events are in the database alone, so its rows are not to be replaced."""

    def __init__(self, writer: Writer, last_seq: int, position: int) -> None:
        super().__init__(
            f"{writer}'s file ends with event {last_seq}, and the database alone has those up to {position}:"
            " put the newest copy of the file back; --may-lose throws them away"
        )


class LedgerLane:
    """The outboxes of one folder on their way into the tables of one account."""

    name = NAME

    def __init__(
        self,
        folder: Path,
        *,
        account: str,
        venue: str,
        most: int = MOST_EVENTS,
        now_us: Callable[[], int] = lambda: time.time_ns() // 1000,
    ) -> None:
        """``venue`` is where orders go; ``most`` events make a step. No file need be there yet."""
        self._folder = folder
        self._sources = LedgerSources(folder)
        self._account = account
        self._venue = venue
        self._most = most
        self._now_us = now_us
        self._connection: Connection | None = None
        self._outboxes: dict[Writer, int] = {}
        self._positions: dict[Writer, int] = {}
        self._flushed_to: dict[Writer, int] = {}  # the last event of each that a flush is about
        self._folds: LedgerFolds | None = None  # None: to be read from the database
        self._check = LedgerCheck(account)

    def step(self, connection: Connection) -> Progress:
        """Write the next events. Raises as ``transaction`` does, and FileUnusable."""
        if connection is not self._connection:
            self._connection, self._folds = connection, None
        if self._folds is not None and not self._sources.behind(self._positions):
            return self._progress(IDLE)
        try:
            with transaction(connection) as cursor:
                written = self._write_next(cursor)
        except BaseException:
            self._folds = None
            raise
        return self._progress(Progress(written, self._sources.behind(self._positions)))

    def rebuild(self, connection: Connection, *, may_lose: bool = False) -> int:
        """Write everything that came from these files anew, in one transaction; how many events.

        Raises LostByRebuild when the database has events that the files have not, unless it ``may_lose``.
        """
        with transaction(connection) as cursor:
            self._follow_cursors(cursor)
            if not may_lose:
                self._require_nothing_lost()
            of_files = {"account": self._account, "outboxes": list(self._outboxes.values())}
            of_files["sources"] = list(_sources(self._outboxes))
            for statement in queries("rebuild").values():
                cursor.execute(statement, of_files)
            self._folds, written = None, 0
            while count := self._write_next(cursor):
                written += count
        return written

    def _require_nothing_lost(self) -> None:
        readers = self._sources.look()
        for writer, position in self._positions.items():
            if position > readers[writer].last_seq:
                raise LostByRebuild(writer, readers[writer].last_seq, position)

    def waiting(self) -> int:
        """Events that are not known to be in the database."""
        with closing(LedgerSources(self._folder)) as sources:
            return sources.behind(self._positions)

    def flush(self) -> None:
        """Nothing waits here for more; remember how far the files go."""
        with suppress(PersistenceError):  # the next step tells it
            self._flushed_to = {writer: reader.last_seq for writer, reader in self._sources.look().items()}

    @property
    def is_flushed(self) -> bool:
        return all(self._positions.get(writer, 0) >= seq for writer, seq in self._flushed_to.items())

    def close(self) -> None:
        """Give the files up."""
        self._sources.close()

    def _progress(self, progress: Progress) -> Progress:
        if self._check.is_refused:
            progress = Progress(0, 0)
        return progress._replace(note=self._check.note)

    def _write_next(self, cursor: Cursor) -> int:
        self._follow_cursors(cursor)
        assert self._folds is not None
        if self._check.is_refused:
            return 0
        recorded = self._sources.page(self._positions, most=self._most)
        if not recorded:
            return 0
        self._folds.prepare(cursor, recorded)
        page = LedgerPage(self._account, self._venue, self._outboxes)
        for each in recorded:
            page.take(each, self._folds)
        self._check.alarm(write_page(cursor, self._account, page))
        write_orders(cursor, self._account, self._outboxes, *self._folds.lives.take_changed())
        self._positions.update({each.writer: each.seq for each in recorded})
        self._move_cursors(cursor, self._folds)
        if self._folds.is_large:
            self._folds = None
        return len(recorded)

    # --- where the database stands ---------------------------------------------------------------

    def _follow_cursors(self, cursor: Cursor) -> None:
        """Lock the account's cursors. What is known of the past stands if they are where we left them."""
        readers = self._sources.look()
        cursor.execute(queries(NAME)["lock_cursors"], {"account": self._account, "lane": NAME})
        found = {source: (position, state) for source, position, state in cursor.fetchall()}
        outboxes = {writer: outbox_number(reader.outbox_id) for writer, reader in readers.items()}
        ours = {writer: found.get(_source(writer, outboxes[writer]), (0, {})) for writer in outboxes}
        positions = {writer: position for writer, (position, _) in ours.items()}
        if self._folds is not None and (positions, outboxes) == (self._positions, self._outboxes):
            return
        self._positions, self._outboxes = positions, outboxes
        self._folds = LedgerFolds(self._account, outboxes, ours.get("FillProcessor", (0, {}))[1])
        self._folds.read_sessions(cursor)
        skipped = self._check.compare(
            cursor,
            self._sources,
            outboxes=outboxes,
            positions=positions,
            new={writer for writer, outbox in outboxes.items() if _source(writer, outbox) not in found},
            others=[source for source in found if source not in _sources(outboxes)],
            now_us=self._now_us(),
            since_us=self._folds.sessions.newest_us,
        )
        self._positions.update(skipped)

    def _move_cursors(self, cursor: Cursor, folds: LedgerFolds) -> None:
        states = {"FillProcessor": folds.state}
        now_us = self._now_us()
        rows = [
            (
                *(self._account, NAME, _source(writer, outbox), self._positions.get(writer, 0)),
                *(json.dumps(states.get(writer, {})), now_us),
            )
            for writer, outbox in self._outboxes.items()
        ]
        insert(cursor, "move_cursors", rows)


def _source(writer: str, outbox: int) -> str:
    return f"{writer}/{outbox & (2**64 - 1):016x}"


def _sources(outboxes: Mapping[Writer, int]) -> Iterable[str]:
    return {_source(writer, outbox) for writer, outbox in outboxes.items()}
