"""The tape lane: the pieces of every watcher's tape become chunks in the database, each row exactly once.

A step writes some chunks and moves the cursor of their tapes in one transaction. These commits do not wait
for the database's disk, so a crash of it may take the newest with the cursor that names them; the files still
have them. A file is removed only behind a commit that did wait.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Final, NamedTuple

from psycopg2.extras import execute_values

from persistence import account_files
from persistence.database import copy_binary
from persistence.database.connections import Connection, Cursor, transaction
from persistence.database.copy_binary import int2, int4, int8
from persistence.database.day_partitions import DayPartitions
from persistence.database.named_queries import queries
from persistence.faults import PersistenceError
from persistence.lane import IDLE, Progress
from persistence.removed_files import LOST, RemovedFiles
from persistence.tape.chunks import CHUNK_ROWS, Chunk, join_pieces, missing_between
from persistence.tape.codec import TapeCodec
from persistence.tape.folder import TapeFolder, Waiting
from persistence.tape.markets import market_rows
from persistence.tape.outbox import PackedPiece, TapeFile, TapeGap, TapeSource
from persistence.tape.tail import rescue_tails

NAME: Final = "tape"
MOST_PIECES: Final = 60  # of one tape in a step: twelve seconds of it
WITHIN_US: Final = 10_000_000  # a row waits so long at the most for others to be packed with


class _Taken(NamedTuple):
    """The part of one tape that a step takes."""

    source: TapeSource
    last_no: int
    chunks: list[Chunk]
    gaps: list[TapeGap]
    damaged: int


class TapeLane:
    """The tapes of one account's folder on their way into the tables of that account."""

    name = NAME

    def __init__(
        self,
        folder: Path,
        *,
        account: str,
        data_venue: str,
        now_us: Callable[[], int] = lambda: time.time_ns() // 1000,
    ) -> None:
        """``folder`` is the account's; ``data_venue`` is where the books come from."""
        self._place = folder / account_files.TAPE
        self._folder = TapeFolder(self._place)
        self._account = account
        self._data_venue = data_venue
        self._now_us = now_us
        self._codec = TapeCodec()
        self._partitions = DayPartitions("tape_chunk")
        self._connection: Connection | None = None
        self._positions: dict[TapeSource, int] = {}
        self._flushed_to: dict[TapeSource, int] = {}  # the last row of each tape that a flush is about
        self._removed = RemovedFiles(folder / "tape_removed.json")
        self._lost = ""

    def waiting(self) -> int:
        """Pieces that are not known to be in the database."""
        return self._folder.behind(self._positions)

    def flush(self) -> None:
        """The next steps leave nothing that is there now to wait for more."""
        with suppress(PersistenceError):  # the next step tells it
            self._flushed_to = self._folder.last_rows()

    @property
    def is_flushed(self) -> bool:
        return all(self._positions.get(source, 0) >= row for source, row in self._flushed_to.items())

    def step(self, connection: Connection) -> Progress:
        """Write the chunks that are due, or remove the files that are empty, or see to what was left by
        watchers that were killed.

        Raises as ``transaction`` does, and a PersistenceError for the folder.
        """
        if connection is not self._connection:
            self._connection, self._positions = connection, {}
            self._partitions.forget()
            rescue_tails(self._place)
            self._lost = self._look_for_loss(connection) or self._lost
        self._learn_positions(connection)
        due = [self._take(waiting) for waiting in self._folder.waiting(self._positions, most=MOST_PIECES)]
        taken = [each for each in due if each is not None]
        if taken:
            self._write(connection, taken)
        elif emptied := self._folder.emptied(self._positions):
            self._remove(connection, emptied)
        else:
            rescue_tails(self._place)
        return self._progress(taken)

    def close(self) -> None:
        """Give the files up."""
        self._folder.close()

    def _progress(self, taken: Sequence[_Taken]) -> Progress:
        written = sum(len(chunk.piece.kind) for each in taken for chunk in each.chunks)
        note = next(iter(self._folder.unusable.values()), self._lost)
        for gap in (gap for each in taken for gap in each.gaps):
            note = note or f"rows {gap.first_no} to {gap.last_no} of a tape are missing: {gap.why}"
        behind, dropped = self._folder.behind(self._positions), sum(each.damaged for each in taken)
        return Progress(written, behind, note, dropped) if written or behind or note or dropped else IDLE

    # --- what is due -----------------------------------------------------------------------------

    def _learn_positions(self, connection: Connection) -> None:
        unknown = [source for source in self._folder.sources() if source not in self._positions]
        if unknown:
            with transaction(connection) as cursor:
                self._positions |= self._lock(cursor, unknown)

    def _look_for_loss(self, connection: Connection) -> str:
        """Tell as gaps the rows of removed files that the database has no more; a sentence about them."""
        removed = {TapeSource.named(name): last_no for name, last_no in self._removed.positions().items()}
        if not removed:
            return ""
        now_us = self._now_us()
        with transaction(connection) as cursor:
            found = self._lock(cursor, list(removed))
            lost = {source: last_no for source, last_no in removed.items() if found[source] < last_no}
            gaps = [
                (self._account, *source, found[source] + 1, last_no, now_us, LOST)
                for source, last_no in lost.items()
            ]
            _insert(cursor, "insert_gaps", gaps)
            self._move_cursors(cursor, lost)
        if not lost:
            return ""
        sessions = ", ".join(sorted({source.session for source in lost}))
        return f"rows of the tapes of {sessions} are lost: {LOST}"

    def _lock(self, cursor: Cursor, sources: Sequence[TapeSource]) -> dict[TapeSource, int]:
        """Where these tapes stand in the database, which nobody else moves now."""
        named = {source.name: source for source in sources}
        given = {"account": self._account, "lane": NAME, "sources": list(named)}
        cursor.execute(queries(NAME)["lock_cursors"], given)
        return dict.fromkeys(sources, 0) | {named[name]: position for name, position in cursor.fetchall()}

    def _take(self, waiting: Waiting) -> _Taken | None:
        """The part of it that goes into the database now; None while it waits for more."""
        now_us = self._now_us()
        pieces = waiting.pieces
        is_old = now_us - pieces[0].t1_us >= WITHIN_US
        if not (is_old or waiting.is_closed or not self.is_flushed):
            pieces = pieces[: _filling(pieces)]
        if not pieces:
            return None
        source, where = waiting.file.source, waiting.file.path.name
        made = join_pieces(pieces, self._codec, where=where)
        told = [gap for gap in waiting.gaps if gap.first_no <= pieces[-1].last_no] + made.damaged
        missing = missing_between(self._positions[source], made.chunks, told, at_us=now_us)
        return _Taken(source, pieces[-1].last_no, made.chunks, told + missing, len(made.damaged))

    # --- one transaction -------------------------------------------------------------------------

    def _write(self, connection: Connection, taken: Sequence[_Taken]) -> None:
        for at_us in {chunk.piece.t0_us for each in taken for chunk in each.chunks}:
            self._partitions.provide(connection, at_us)
        moved = {each.source: each.last_no for each in taken}
        try:
            with transaction(connection) as cursor:
                found = self._lock(cursor, list(moved))
                if any(found[source] != self._positions[source] for source in moved):
                    raise _MovedByOthers
                self._copy(cursor, taken)
                self._insert_beside(cursor, taken)
                self._move_cursors(cursor, moved)
        except _MovedByOthers:
            self._positions = {}
            return
        self._positions |= moved

    def _copy(self, cursor: Cursor, taken: Sequence[_Taken]) -> None:
        rows = [
            (
                *(self._account, each.source.session, int4(each.source.shard), int4(each.source.incarnation)),
                *(int8(piece.first_no), int8(piece.last_no), int8(piece.t0_us), int8(piece.t1_us)),
                *(int4(piece.changes), int2(self._codec.number), body),
            )
            for each in taken
            for piece, body in each.chunks
        ]
        if rows:
            cursor.copy_expert(queries(NAME)["copy_chunks_in"], BytesIO(copy_binary.packed(rows)))

    def _insert_beside(self, cursor: Cursor, taken: Sequence[_Taken]) -> None:
        """The texts, the gaps and the markets that come with the chunks."""
        for each in taken:
            tape = (self._account, each.source.session, each.source.shard, each.source.incarnation)
            texts = [
                (*tape, chunk.piece.first_text + place, text)
                for chunk in each.chunks
                for place, text in enumerate(chunk.piece.texts)
            ]
            _insert(cursor, "insert_texts", texts)
            _insert(cursor, "insert_gaps", [(*tape, *gap) for gap in each.gaps])
            pieces = [chunk.piece for chunk in each.chunks]
            markets = market_rows(cursor, tape, pieces, venue=self._data_venue)
            _insert(cursor, "upsert_markets", markets)

    def _move_cursors(self, cursor: Cursor, moved: dict[TapeSource, int]) -> None:
        now_us = self._now_us()
        rows = [(self._account, NAME, source.name, last_no, now_us) for source, last_no in moved.items()]
        _insert(cursor, "move_cursors", rows)

    # --- files -----------------------------------------------------------------------------------

    def _remove(self, connection: Connection, emptied: Sequence[TapeFile]) -> None:
        """Remove files whose rows are on the database's disk, which is waited for here."""
        stands = {file.source: self._positions[file.source] for file in emptied}
        with transaction(connection) as cursor:
            cursor.execute(queries(NAME)["wait_for_disk"])
            found = self._lock(cursor, list(stands))
            if found == stands:
                self._move_cursors(cursor, stands)
        if found != stands:
            self._positions = {}  # the database is not where it was: nothing may be removed
            return
        self._removed.note({source.name: position for source, position in stands.items()})
        for file in emptied:
            self._folder.remove(file)


class _MovedByOthers(Exception):
    """The database is not where this lane left it; nothing of the step is to be written."""


def _filling(pieces: Sequence[PackedPiece]) -> int:
    """The number of pieces that fill whole chunks."""
    rows = filling = 0
    for count, piece in enumerate(pieces, 1):
        rows += piece.last_no - piece.first_no + 1
        if rows >= CHUNK_ROWS:
            rows, filling = 0, count
    return filling


def _insert(cursor: Cursor, query: str, rows: Sequence[tuple[object, ...]]) -> None:
    if rows:
        execute_values(cursor, queries(NAME)[query], rows, page_size=len(rows))
