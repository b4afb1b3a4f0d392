"""The tape lane: the pieces of every watcher's tape become chunks in the database, each row exactly once.

A step writes some chunks and moves the cursor of their tapes in one transaction. These commits do not wait
for the database's disk, so a crash of it may take the newest with the cursor that names them; the files still
have them. A file is removed only behind a commit that did wait.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from persistence import account_files
from persistence.database.connections import Connection, transaction
from persistence.database.day_partitions import DayPartitions
from persistence.database.named_queries import queries
from persistence.faults import PersistenceError
from persistence.lane import IDLE, Progress
from persistence.removed_files import LOST, RemovedFiles
from persistence.tape.chunks import CHUNK_ROWS, join_pieces, missing_between
from persistence.tape.codec import TapeCodec
from persistence.tape.folder import TapeFolder, WaitingPieces
from persistence.tape.outbox import PackedPiece, TapeFile, TapeGap, TapeSource
from persistence.tape.tables import NAME, Taken, TapeTables
from persistence.tape.tail import rescue_tails

MOST_PIECES: Final = 60  # of one tape in a step: twelve seconds of it
WITHIN_US: Final = 10_000_000  # a row waits so long at the most for others to be packed with


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
        self._tables = TapeTables(account, data_venue=data_venue)
        self._now_us = now_us
        self._codec = TapeCodec()
        self._partitions = DayPartitions("tape_chunk")
        self._connection: Connection | None = None
        self._positions: dict[TapeSource, int] = {}
        self._flushed_to: dict[TapeSource, int] = {}  # the last row of each tape that a flush is about
        self._removed = RemovedFiles(folder / "tape_removed.json")
        self._lost = ""
        self._missing = ""  # the newest gap of all that were written; the database has each

    def waiting(self) -> int:
        """Rows that are not known to be in the database."""
        with closing(TapeFolder(self._place)) as folder:
            return folder.behind(folder.files(), self._positions)

    def flush(self) -> None:
        """The next steps leave nothing that is there now to wait for more."""
        with suppress(PersistenceError):  # the next step tells it
            self._flushed_to = self._folder.last_rows(self._folder.files())

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
        files = self._folder.files()
        if not self.is_flushed:  # what cannot be read any more is not waited for
            last = self._folder.last_rows(files)
            self._flushed_to = {s: min(row, last.get(s, 0)) for s, row in self._flushed_to.items()}
        self._learn_positions(connection, files)
        waiting = self._folder.waiting(files, self._positions, most=MOST_PIECES)
        due = [each for each in map(self._take, waiting) if each is not None]
        taken = due if due and self._write(connection, due) else []
        if not due and (emptied := self._folder.emptied(files, self._positions)):
            self._remove(connection, emptied)
        elif not due:
            rescue_tails(self._place)
        return self._progress(files, taken)

    def close(self) -> None:
        """Give the files up."""
        self._folder.close()

    def _progress(self, files: Sequence[TapeFile], taken: Sequence[Taken]) -> Progress:
        written = sum(len(chunk.piece.kind) for each in taken for chunk in each.chunks)
        for gap in (gap for each in taken for gap in each.gaps):
            self._missing = f"rows {gap.first_no} to {gap.last_no} of a tape are missing: {gap.why}"
        note = "; ".join(filter(None, [*self._folder.unusable.values(), self._lost, self._missing]))
        behind, dropped = self._folder.behind(files, self._positions), sum(each.damaged for each in taken)
        return Progress(written, behind, note, dropped) if written or behind or note or dropped else IDLE

    # --- what is due -----------------------------------------------------------------------------

    def _learn_positions(self, connection: Connection, files: Sequence[TapeFile]) -> None:
        sources = dict.fromkeys(file.source for file in files)
        unknown = [source for source in sources if source not in self._positions]
        if unknown:
            with transaction(connection) as cursor:
                self._positions |= self._tables.lock(cursor, unknown)

    def _look_for_loss(self, connection: Connection) -> str:
        """Tell as gaps the rows of removed files that the database has no more; a sentence about them."""
        removed = {TapeSource.named(name): last_no for name, last_no in self._removed.positions().items()}
        if not removed:
            return ""
        now_us = self._now_us()
        with transaction(connection) as cursor:
            found = self._tables.lock(cursor, list(removed))
            lost = {source: last_no for source, last_no in removed.items() if found[source] < last_no}
            for source, last_no in lost.items():
                gap = TapeGap(found[source] + 1, last_no, now_us, LOST)
                self._tables.insert_gaps(cursor, source, [gap])
            self._tables.move_cursors(cursor, lost, at_us=now_us)
        if not lost:
            return ""
        sessions = ", ".join(sorted({source.session for source in lost}))
        return f"rows of the tapes of {sessions} are lost: {LOST}"

    def _take(self, waiting: WaitingPieces) -> Taken | None:
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
        return Taken(source, pieces[-1].last_no, made.chunks, told + missing, len(made.damaged))

    # --- one transaction -------------------------------------------------------------------------

    def _write(self, connection: Connection, taken: Sequence[Taken]) -> bool:
        """False when the database is not where this lane left it: another one was quicker."""
        for at_us in {chunk.piece.t0_us for each in taken for chunk in each.chunks}:
            self._partitions.provide(connection, at_us)
        moved = {each.source: each.last_no for each in taken}
        try:
            with transaction(connection) as cursor:
                found = self._tables.lock(cursor, list(moved))
                if any(found[source] != self._positions[source] for source in moved):
                    raise _MovedByOthers
                self._tables.write(cursor, taken)
                self._tables.move_cursors(cursor, moved, at_us=self._now_us())
        except _MovedByOthers:
            self._positions = {}
            return False
        self._positions |= moved
        return True

    # --- files -----------------------------------------------------------------------------------

    def _remove(self, connection: Connection, emptied: Mapping[TapeFile, int]) -> None:
        """Remove files whose rows are on the database's disk, which is waited for here."""
        stands = {file.source: self._positions[file.source] for file in emptied}
        with transaction(connection) as cursor:
            cursor.execute(queries(NAME)["wait_for_disk"])
            found = self._tables.lock(cursor, list(stands))
            if found == stands:
                self._tables.move_cursors(cursor, stands, at_us=self._now_us())
        if found != stands:
            self._positions = {}  # the database is not where it was: nothing may be removed
            return
        # Of each tape the last removed row, not where it stands: the rows between are in files that stay.
        removed: dict[str, int] = {}
        for file, last_no in emptied.items():
            removed[file.source.name] = max(last_no, removed.get(file.source.name, 0))
        self._removed.note(removed)
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
