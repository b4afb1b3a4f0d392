"""Reads the tapes of a session back out of the database, chunk by chunk, as columns of integers."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Final, NamedTuple

from persistence.database import copy_binary
from persistence.database.connections import Connection, transaction
from persistence.database.copy_binary import number
from persistence.database.named_queries import queries
from persistence.tape.codec import PieceDamaged, TapeCodec
from persistence.tape.outbox import TapeGap, TapeSource
from trading.tape_rows import TapePiece

CHUNKS_TOGETHER: Final = 100  # some megabytes


class Tape(NamedTuple):
    """One watcher's life, as far as the database has it."""

    source: TapeSource
    first_no: int
    last_no: int
    t0_us: int
    t1_us: int
    changes: int
    bytes: int


class TapeReader:
    """The tapes of one account. All methods raise as ``transaction`` does."""

    def __init__(self, connection: Connection, account: str) -> None:
        self.damaged: list[TapeGap] = []
        """Chunks that ``pieces`` met and left out, and what is wrong with each."""
        self._connection = connection
        self._account = account
        self._codec = TapeCodec()

    def tapes(self, session: str) -> list[Tape]:
        """The tapes of a session, by shard and incarnation."""
        with transaction(self._connection) as cursor:
            cursor.execute(queries("tape")["tapes"], {"account": self._account, "session": session})
            return [
                Tape(TapeSource(session, shard, incarnation), *rest)
                for shard, incarnation, *rest in cursor.fetchall()
            ]

    def pieces(self, source: TapeSource, *, after_no: int = 0) -> Iterator[TapePiece]:
        """The chunks that begin after this row, in their order."""
        while page := self._page(source, after_no):
            for first, last, t1_us, body in page:
                after_no = number(first)
                try:
                    yield self._codec.unpack(body)
                except PieceDamaged as damage:
                    self.damaged.append(TapeGap(after_no, number(last), number(t1_us), f"damaged: {damage}"))

    def gaps(self, source: TapeSource) -> list[TapeGap]:
        """The stretches that are known to be missing, or of which something was left out."""
        with transaction(self._connection) as cursor:
            cursor.execute(queries("tape")["gaps"], self._names(source))
            return [TapeGap(*row) for row in cursor.fetchall()]

    def _page(self, source: TapeSource, after_no: int) -> list[list[bytes]]:
        given = {**self._names(source), "after_no": after_no, "most": CHUNKS_TOGETHER}
        copied = BytesIO()
        with transaction(self._connection) as cursor:
            asked = cursor.mogrify(queries("tape")["copy_chunks_out"], given)
            cursor.copy_expert(asked, copied)
        return list(copy_binary.unpacked(copied.getvalue()))

    def _names(self, source: TapeSource) -> dict[str, object]:
        return {"account": self._account, **source._asdict()}
