"""Takes the tape of a shard to the disk, a piece every fifth of a second, on a thread of its own.

Trading never waits for it. What the disk cannot take is left out in the order of ``trading.tape_shedding``,
and each hole is recorded; when the disk takes it again, everything that is known is told once more.
"""

from __future__ import annotations

import select
import time
from collections.abc import Collection
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Final

from kalshi_client.background import Background, Done, Overdue
from market_data.shard_books import ShardBooks
from market_data.tape_retelling import tell_again
from persistence.faults import PersistenceError
from persistence.tape.outbox import TapeGap, TapeSource
from persistence.tape.tail import TapeTail, rescue_tails
from persistence.tape.writer import TapeWriter, Written
from trading.tape_rows import TapePiece
from trading.tape_shedding import Shedding, shed

PIECE_S: Final = 0.2
MOST_PENDING: Final = 50  # pieces that wait for the disk: ten seconds
RETRY_S: Final = 5.0  # whether a disk that took nothing takes something again
WRITE_WITHIN_S: Final = 60.0
_PIECE: Final = "piece"  # beside the number of its first row
_PROBE: Final = ("probe", "")
_RESCUE: Final = ("rescue", "")
_CLOSE: Final = ("close", "")
_SAID: Final = {
    Shedding.NOTHING: "The tape has room again: nothing is left out of it any more",
    Shedding.MARKETS: "The disk runs short: the tape leaves out changes of markets with nothing at stake",
    Shedding.CHANGES: "The disk runs short: the tape leaves out all but snapshots",
    Shedding.ALL: "The disk is nearly full: the tape stands still, trading goes on",
}


class ShardTape:
    """The tape of one watcher's life. Times are monotonic seconds unless the name says otherwise."""

    def __init__(self, books: ShardBooks, folder: Path, source: TapeSource) -> None:
        self.writes = Background(1, name="tape")
        self._books = books
        self._writer = TapeWriter(folder, source)
        self._due_at = float("-inf")
        self._shedding = Shedding.NOTHING
        self._at_stake: Collection[str] = ()
        self._shed_from: int | None = None  # first row of the stretch from which something is left out
        self._lost_from: int | None = None  # first row that no file has, while the disk takes nothing
        self._trouble = ""
        self._probe_at = float("inf")
        self._bytes = self._waiting_bytes = self._gaps = 0
        self._written_no = self._secured_no = 0  # the last row in a file, and beside it in the tail
        self._make_tail = partial(TapeTail, folder, source)
        self._tail: TapeTail | None = None
        self._tail_trouble = ""  # why no tail could be made or written
        self._is_bare = False  # it was said
        self._begin_tail()
        self.writes.submit(_RESCUE, rescue_tails, folder, within_s=WRITE_WITHIN_S)

    def keep_whole(self, tickers: Collection[str]) -> None:
        """Something is at stake in these markets: their changes are left out last."""
        self._at_stake = tickers

    # --- pieces ------------------------------------------------------------------------------------

    def look(self, now: float, now_us: int) -> list[str]:
        """To be called often: writes what was recorded when it is time; sentences for people."""
        if now < self._due_at:
            return []
        self._due_at = now + PIECE_S
        notes = self._take_written(now)
        self._begin_tail()
        self._write(now, now_us)
        return notes + self._tail_news()

    def _write(self, now: float, now_us: int) -> None:
        tape = self._books.tape
        if self._trouble:
            self._lose(tape.take(now_us))
            if now >= self._probe_at:
                self._probe_at = float("inf")
                self.writes.submit(_PROBE, self._writer.probe, within_s=WRITE_WITHIN_S)
        elif self.writes.pending >= MOST_PENDING:
            self._lose(tape.take(now_us))
        else:
            gaps = self._go_on(now_us)
            self.secure(now_us)  # until they are in the file they are in memory, and a batch may show them
            piece = tape.take(now_us)
            if piece is not None:
                piece, more = self._shed(piece)
                tag = (_PIECE, str(piece.first_no))
                self.writes.submit(tag, self._writer.write, piece, gaps + more, within_s=WRITE_WITHIN_S)
                self._turn_tail(piece)

    def _lose(self, piece: TapePiece | None) -> None:
        if piece is not None and self._lost_from is None:
            self._lost_from = piece.first_no

    def _go_on(self, now_us: int) -> tuple[TapeGap, ...]:
        """After a hole, tell everything again; the hole."""
        if self._lost_from is None:
            return ()
        self._books.tape.take(now_us)  # of no use without what went before
        gap = TapeGap(self._lost_from, self._books.tape.last_no, now_us, "the disk did not take it")
        tell_again(self._books, now_us)
        self._lost_from = self._shed_from = None
        self._gaps += 1
        return (gap,)

    def _shed(self, piece: TapePiece) -> tuple[TapePiece, tuple[TapeGap, ...]]:
        """The part of the piece that is written, and the hole that is in it."""
        tape = self._books.tape
        at_stake = [tape.text(ticker) for ticker in self._at_stake if self._books.book(ticker) is not None]
        left = shed(piece, self._shedding, at_stake, tape.left_out)
        if left is piece:
            self._shed_from = None
            return piece, ()
        if self._shed_from is None:
            self._shed_from = piece.first_no
            self._gaps += 1
        why = f"left out: {self._shedding.name.lower()}"
        return left, (TapeGap(self._shed_from, piece.last_no, piece.t1_us, why),)

    # --- what a decision is about to see -------------------------------------------------------------

    def secure(self, now_us: int) -> None:
        """Leave the newest rows where the end of this process cannot take them; to be called before a batch
        is shown."""
        if self._tail is None or self._trouble:
            return
        piece = self._books.tape.peek(self._secured_no, now_us)
        if piece is not None:
            try:
                self._tail.write(piece)
            except PersistenceError as error:
                self._drop_tail(error)
            else:
                self._secured_no, self._tail_trouble = piece.last_no, ""

    def _turn_tail(self, taken: TapePiece) -> None:
        self._secured_no = taken.last_no
        if self._tail is not None:
            try:
                self._tail.turn(self._written_no)
            except PersistenceError as error:
                self._drop_tail(error)

    def _begin_tail(self) -> None:
        if self._tail is None and not self._trouble:
            try:
                self._tail = self._make_tail()
            except PersistenceError as error:
                self._tail_trouble = str(error)

    def _drop_tail(self, error: PersistenceError) -> None:
        """Keep no tail that lacks rows: the pieces made of it would have a hole."""
        self._tail_trouble = str(error)
        if self._tail is not None:
            for do in (self._tail.empty, self._tail.remove):
                with suppress(PersistenceError):
                    do()
            self._tail = None

    def _tail_news(self) -> list[str]:
        """A sentence when a tail begins to be missed, and when one is written again."""
        if bool(self._tail_trouble) is self._is_bare:
            return []
        self._is_bare = not self._is_bare
        if self._is_bare:
            return [f"A kill would cost the newest rows of the tape: {self._tail_trouble}"]
        return ["A kill costs no row of the tape any more"]

    # --- the disk ----------------------------------------------------------------------------------

    def _take_written(self, now: float) -> list[str]:
        notes: list[str] = []
        for done in self.writes.drain():
            if done.error is not None and done.tag == _RESCUE:
                notes.append(f"What killed watchers left of their tapes stays where it is: {done.error}")
            elif done.error is not None:
                notes += self._failed(done, done.error, now)
            elif done.tag == _PROBE:
                self._trouble = ""
                notes.append("The tape is written again")
            elif isinstance(done.result, Written):
                notes += self._written(done.result)
        return notes

    def _written(self, written: Written) -> list[str]:
        self._written_no = written.last_no
        self._bytes += written.packed_bytes
        self._waiting_bytes = written.room.waiting_bytes
        before, self._shedding = self._shedding, written.room.shedding
        return [] if before is self._shedding else [_SAID[self._shedding]]

    def _failed(self, done: Done, error: Exception, now: float) -> list[str]:
        self._probe_at = now + RETRY_S
        kind, first_no = done.tag
        if kind == _PIECE:
            self._lost_from = min(int(first_no), self._lost_from or int(first_no))
        if isinstance(error, Overdue):
            self._writer = self._writer.successor()
        if self._tail is not None:
            with suppress(PersistenceError):
                self._tail.empty()
        is_new, self._trouble = not self._trouble, str(error) or repr(error)
        said = self._trouble if isinstance(error, PersistenceError) else repr(error)
        return [f"The tape stands still, and trading goes on without it: {said}"] if is_new else []

    def finish(self, now_us: int, *, within_s: float) -> None:
        """Write what there is and close the file, in that time."""
        ends_at = time.monotonic() + within_s
        self._take_written(time.monotonic())
        self._write(float("-inf"), now_us)
        self._due_at = float("inf")  # nothing comes behind it
        self.writes.submit(_CLOSE, self._writer.close, within_s=WRITE_WITHIN_S)
        while self.writes.pending and (left_s := ends_at - time.monotonic()) > 0:
            select.select([self.writes.fileno()], [], [], left_s)
            self._take_written(time.monotonic())
        if self._tail is not None and not self._trouble and not self.writes.pending:
            with suppress(PersistenceError):  # the next watcher finds it
                self._tail.remove()
        elif self._tail is not None:
            self._tail.close()
        self._tail = None

    # --- for people --------------------------------------------------------------------------------

    def report(self) -> dict[str, Any]:
        """The tape on the page."""
        return {
            "rows": self._books.tape.last_no,
            "bytes": self._bytes,
            "waiting_bytes": self._waiting_bytes,
            "shedding": self._shedding.name.lower(),
            "gaps": self._gaps,
            "trouble": self._trouble,
        }
