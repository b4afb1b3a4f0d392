"""The tape in the tables of one account: chunks, texts, gaps, markets, and the cursors of the tape lane."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Final, NamedTuple

from psycopg2.extras import execute_values

from persistence.database import copy_binary
from persistence.database.connections import Cursor
from persistence.database.copy_binary import int2, int4, int8
from persistence.database.named_queries import queries
from persistence.tape.chunks import Chunk
from persistence.tape.codec import TapeCodec
from persistence.tape.markets import market_rows
from persistence.tape.outbox import TapeGap, TapeSource

NAME: Final = "tape"  # of the lane and of its queries


class Taken(NamedTuple):
    """The part of one tape that a step takes."""

    source: TapeSource
    last_no: int
    chunks: list[Chunk]
    gaps: list[TapeGap]
    damaged: int


class TapeTables:
    """Statements for the transactions of the lane."""

    def __init__(self, account: str, *, data_venue: str) -> None:
        """``data_venue`` is where the books come from."""
        self._account = account
        self._data_venue = data_venue
        self._codec_no = TapeCodec().number

    def lock(self, cursor: Cursor, sources: Sequence[TapeSource]) -> dict[TapeSource, int]:
        """The positions of these tapes in the database, which nobody else moves now."""
        named = {source.name: source for source in sources}
        given = {"account": self._account, "lane": NAME, "sources": list(named)}
        cursor.execute(queries(NAME)["lock_cursors"], given)
        return dict.fromkeys(sources, 0) | {named[name]: position for name, position in cursor.fetchall()}

    def move_cursors(self, cursor: Cursor, moved: Mapping[TapeSource, int], *, at_us: int) -> None:
        """Note the last row of each tape that the database has from now on."""
        rows = [(self._account, NAME, source.name, last_no, at_us) for source, last_no in moved.items()]
        _insert(cursor, "move_cursors", rows)

    def write(self, cursor: Cursor, taken: Sequence[Taken]) -> None:
        """Write the chunks, and the texts, the gaps and the markets that come with them."""
        self._copy_chunks(cursor, taken)
        for each in taken:
            tape = (self._account, *each.source)
            texts = [
                (*tape, chunk.piece.first_text + place, text)
                for chunk in each.chunks
                for place, text in enumerate(chunk.piece.texts)
            ]
            _insert(cursor, "insert_texts", texts)
            self.insert_gaps(cursor, each.source, each.gaps)
            pieces = [chunk.piece for chunk in each.chunks]
            _insert(cursor, "upsert_markets", market_rows(cursor, tape, pieces, venue=self._data_venue))

    def insert_gaps(self, cursor: Cursor, source: TapeSource, gaps: Sequence[TapeGap]) -> None:
        """Note rows of one tape that are missing."""
        _insert(cursor, "insert_gaps", [(self._account, *source, *gap) for gap in gaps])

    def _copy_chunks(self, cursor: Cursor, taken: Sequence[Taken]) -> None:
        rows = [
            (
                *(self._account, each.source.session, int4(each.source.shard), int4(each.source.incarnation)),
                *(int8(piece.first_no), int8(piece.last_no), int8(piece.t0_us), int8(piece.t1_us)),
                *(int4(piece.changes), int2(self._codec_no), body),
            )
            for each in taken
            for piece, body in each.chunks
        ]
        if rows:
            cursor.copy_expert(queries(NAME)["copy_chunks_in"], BytesIO(copy_binary.packed(rows)))


def _insert(cursor: Cursor, query: str, rows: Sequence[tuple[object, ...]]) -> None:
    if rows:
        execute_values(cursor, queries(NAME)[query], rows, page_size=len(rows))
