"""The decision lane: the batches of an account's journals become chunks, each batch exactly once.

A chunk waits until it is full, for a few large ones take half the room of many small ones; what waits longer
than a minute, or is in a file that is closed, is written as it is. A file that the database has goes off
the disk behind a commit that is on the server's disk.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from psycopg2.extras import Json, execute_values

from persistence.database.connections import Connection, Cursor, transaction
from persistence.database.day_partitions import DayPartitions
from persistence.database.named_queries import queries
from persistence.decisions.codec import encode_chunk
from persistence.decisions.files import named_journal
from persistence.decisions.sources import DecisionSources, WaitingBatches
from persistence.lane import Progress
from persistence.ledger.codec import clean
from persistence.removed_files import LOST
from trading.decision import DecidedBatch
from trading.decision_hash import NONE_YET, hash_of
from trading.decision_history import without_figures

NAME: Final = "decisions"
CHUNK: Final = 8_000  # decisions
WAIT_US: Final = 60_000_000
MOST_REASONS: Final = 64  # that one chunk counts apart
OTHERS: Final = "(other reasons)"
LONGEST_REASON: Final = 200  # characters


class DecisionLane:
    """The journals of one folder on their way into the chunks of one account."""

    name = NAME

    def __init__(
        self,
        folder: Path,
        *,
        account: str,
        chunk: int = CHUNK,
        now_us: Callable[[], int] = lambda: time.time_ns() // 1000,
    ) -> None:
        """``chunk``: decisions of a full one. No file need be there yet."""
        self._folder = folder
        self._sources = DecisionSources(folder)
        self._account = account
        self._chunk = chunk
        self._now_us = now_us
        self._partitions = DayPartitions("decision_chunk")
        self._connection: Connection | None = None
        self._positions: dict[str, int] | None = None  # None: to be read from the database
        self._ends: dict[tuple[str, int], tuple[int, str]] = {}  # last batch and hash, by incarnation
        self._gaps: list[str] = []
        self._flushed_to: dict[str, int] = {}  # the last batch of each file that a flush is about

    def step(self, connection: Connection) -> Progress:
        """Write the next chunk. Raises as ``transaction`` does."""
        if connection is not self._connection:
            self._connection, self._positions = connection, None
            self._partitions.forget()
            self._look_for_loss(connection)
        try:
            written = self._write_next(connection)
        except BaseException:
            self._positions = None
            self._ends.clear()
            raise
        if not written:
            self._sources.remove_finished(self._positions or {})
        # What only waits for its chunk to fill is not behind.
        behind = self._sources.behind(self._positions or {}) if written else 0
        return Progress(written, behind, note=self._note())

    def waiting(self) -> int:
        """Batches that are not known to be in the database."""
        positions = self._positions or {}
        with closing(DecisionSources(self._folder)) as sources:
            last = sources.last_batches()
        waits = {source: last_no for source, last_no in last.items() if not self._sources.is_finished(source)}
        return sum(max(0, last_no - positions.get(source, 0)) for source, last_no in waits.items())

    def flush(self) -> None:
        """Let the next steps write all that is there now, however little it is."""
        self._flushed_to = self._sources.last_batches()

    @property
    def is_flushed(self) -> bool:
        positions, unreadable = self._positions or {}, {path.name for path in self._sources.notes}
        return all(
            positions.get(source, 0) >= batch_no or source in unreadable
            for source, batch_no in self._flushed_to.items()
        )

    def close(self) -> None:
        """Give the files up."""
        self._sources.close()

    def _note(self) -> str:
        return "; ".join([*self._sources.notes.values(), *self._gaps])

    def _write_next(self, connection: Connection) -> int:
        if self._positions is None:
            with transaction(connection) as cursor:
                self._positions = self._read_cursors(cursor)
        waiting = self._sources.waiting(self._positions, most=self._chunk)
        if waiting is None or not self._is_due(waiting):
            return 0
        self._partitions.provide(connection, waiting.batches[0].decided_us)
        with transaction(connection) as cursor:
            # Behind this commit files go off the disk.
            cursor.execute("SET LOCAL synchronous_commit = on")
            if self._read_cursors(cursor) != self._positions:
                self._positions = None  # another program has written meanwhile: look again
                self._ends.clear()
                return 0
            end = self._write(cursor, waiting)
        self._positions[waiting.source] = waiting.batches[-1].batch_no
        self._ends[waiting.setup.session, waiting.setup.incarnation] = end
        return _decisions(waiting.batches)

    def _look_for_loss(self, connection: Connection) -> None:
        """Tell as gaps the batches of removed journals that the database has no more."""
        removed = self._sources.removed()
        if not removed:
            return
        with transaction(connection) as cursor:
            found = self._read_cursors(cursor)
            lost: dict[tuple[str, int], int] = {}
            for source, last_no in removed.items():
                of = named_journal(source)
                if of is not None and found.get(source, 0) < last_no:
                    lost[of] = max(last_no, lost.get(of, 0))
                    self._move_cursor(cursor, source, last_no)
            for (session, incarnation), last_no in lost.items():
                key = {"account": self._account, "session": session, "incarnation": incarnation}
                cursor.execute(queries(NAME)["last_chunk"], key)
                row = cursor.fetchone()
                between = {"first_batch_no": (row[0] if row else 0) + 1, "last_batch_no": last_no}
                told = {"at_us": self._now_us(), "why": LOST}
                cursor.execute(queries(NAME)["insert_gap"], {**key, **between, **told})
        if lost:
            sessions = ", ".join(sorted({session for session, _ in lost}))
            self._gaps.append(f"decisions of {sessions} are lost: {LOST}")

    def _is_due(self, waiting: WaitingBatches) -> bool:
        is_full = _decisions(waiting.batches) >= self._chunk
        is_old = self._now_us() - waiting.batches[0].decided_us >= WAIT_US
        return waiting.is_closed or is_full or is_old or not self.is_flushed

    def _read_cursors(self, cursor: Cursor) -> dict[str, int]:
        cursor.execute(queries(NAME)["lock_cursors"], {"account": self._account, "lane": NAME})
        return dict(cursor.fetchall())

    # --- one chunk -------------------------------------------------------------------------------

    def _write(self, cursor: Cursor, waiting: WaitingBatches) -> tuple[int, str]:
        """Its last batch, and the hash of all up to there."""
        setup, batches = waiting.setup, waiting.batches
        key = {"account": self._account, "session": setup.session, "incarnation": setup.incarnation}
        last_no, before = self._end(cursor, key)
        if waiting.begins is not None:
            self._look_for_gap(cursor, key, last_no, batches[0])
            before = waiting.begins
        digest = hash_of(batches, before)
        cursor.execute(queries(NAME)["insert_setup"], {**key, "setup": Json(asdict(setup))})
        chunk = {
            "first_batch_no": batches[0].batch_no,
            "last_batch_no": batches[-1].batch_no,
            "t0_us": batches[0].decided_us,
            "t1_us": batches[-1].decided_us,
            "decisions": _decisions(batches),
            "hash": bytes.fromhex(digest),
            "body": encode_chunk(batches),
        }
        cursor.execute(queries(NAME)["insert_chunk"], {**key, **chunk})
        rows = [(*key.values(), *row) for row in _counts(batches)]
        if rows:
            execute_values(cursor, queries(NAME)["add_counts"], rows, page_size=len(rows))
        self._move_cursor(cursor, waiting.source, batches[-1].batch_no)
        return batches[-1].batch_no, digest

    def _move_cursor(self, cursor: Cursor, source: str, batch_no: int) -> None:
        moved = {"source": source, "position": batch_no, "at_us": self._now_us()}
        cursor.execute(queries(NAME)["move_cursor"], {"account": self._account, "lane": NAME, **moved})

    def _end(self, cursor: Cursor, key: dict[str, Any]) -> tuple[int, str]:
        known = self._ends.get((key["session"], key["incarnation"]))
        if known is not None:
            return known
        cursor.execute(queries(NAME)["last_chunk"], key)
        row = cursor.fetchone()
        return (0, NONE_YET) if row is None else (row[0], bytes(row[1]).hex())

    def _look_for_gap(self, cursor: Cursor, key: dict[str, Any], last_no: int, first: DecidedBatch) -> None:
        """A file begins: the batches before it are here, or they are lost."""
        if first.batch_no <= last_no + 1:
            return
        why = "their files were gone before they were written here"
        between = {"first_batch_no": last_no + 1, "last_batch_no": first.batch_no - 1}
        cursor.execute(queries(NAME)["insert_gap"], {**key, **between, "at_us": first.decided_us, "why": why})
        self._gaps.append(
            f"decisions {last_no + 1:,} to {first.batch_no - 1:,} of session {key['session']} are in no file"
            " and not in the database"
        )


def _decisions(batches: Sequence[DecidedBatch]) -> int:
    return sum(len(batch.tickers) for batch in batches)


def _counts(batches: Sequence[DecidedBatch]) -> list[tuple[Any, ...]]:
    """The number of decisions of each action, outcome and reason, with their first and last times."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for batch in batches:
        reasons = (clean(without_figures(reason)[:LONGEST_REASON]) for reason in batch.reasons)
        actions = (action.value for action in batch.actions)
        counts.update(zip(actions, batch.outcomes, reasons, strict=True))
    kept = dict(counts.most_common(MOST_REASONS))
    for (action, outcome, _), count in counts.most_common()[MOST_REASONS:]:
        kept[action, outcome, OTHERS] = kept.get((action, outcome, OTHERS), 0) + count
    span = (batches[0].decided_us, batches[-1].decided_us)
    return [(*kind, count, *span) for kind, count in kept.items()]
