"""Packs the pieces of a watcher's tape and writes them, while the disk has room for them."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from persistence.faults import DiskFull, naming
from persistence.single_writer import make_private_folder
from persistence.tape.codec import TapeCodec
from persistence.tape.outbox import PackedPiece, TapeGap, TapeOutbox, TapeSource
from persistence.tape.room import Room, room_for
from trading.tape_rows import TapePiece
from trading.tape_shedding import Shedding

ROOM_EVERY_S: Final = 1.0


class Written(NamedTuple):
    """A piece is in its file."""

    last_no: int
    packed_bytes: int
    room: Room


class TapeWriter:
    """The files of one tape; used by one thread.

    After a piece that the disk did not take, only one that can be played by itself is written.
    """

    def __init__(
        self,
        folder: Path,
        source: TapeSource,
        *,
        clock: Callable[[], float] = time.monotonic,
        has_lost: bool = False,
    ) -> None:
        """``has_lost``: the piece before its first one."""
        self._has_lost = has_lost
        self._folder = folder
        self._source = source
        self._clock = clock
        self._outbox = TapeOutbox(folder, source)
        self._codec = TapeCodec()
        self._room: Room | None = None
        self._room_at = float("-inf")

    def write(self, piece: TapePiece, gaps: tuple[TapeGap, ...]) -> Written:
        """Raises DiskFull or another PersistenceError; the piece is lost then."""
        try:
            if self._has_lost and not piece.begins_anew:
                raise DiskFull("what came before it was not written")
            self.probe()
            packed = self._codec.pack(piece)
            self._outbox.write(PackedPiece(piece.first_no, piece.last_no, piece.t1_us, packed), gaps)
        except BaseException:
            self._has_lost = True
            raise
        self._has_lost = False
        return Written(piece.last_no, len(packed), self._look())

    def probe(self) -> None:
        """Raises DiskFull or another PersistenceError while nothing can be written."""
        if self._look().shedding is Shedding.ALL:
            raise DiskFull(f"there is too little room left on the disk of {self._folder}: make room")

    def _look(self) -> Room:
        now = self._clock()
        if self._room is None or now - self._room_at >= ROOM_EVERY_S:
            make_private_folder(self._folder)
            with naming(self._folder):
                self._room = room_for(self._folder)
            self._room_at = now
        return self._room

    def close(self) -> None:
        self._outbox.close()

    def successor(self) -> TapeWriter:
        """One for another thread, with a file of its own: this one's may never come back from the disk."""
        return TapeWriter(self._folder, self._source, clock=self._clock, has_lost=True)
