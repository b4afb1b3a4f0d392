"""The decisions of a session: all chunks of a short one, and of a long one a sample."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from persistence.database.connections import Connection, transaction
from persistence.database.named_queries import queries
from persistence.decisions.chunk_columns import DecidedRows
from persistence.decisions.codec import ChunkDamaged, decode_rows
from persistence.sessions.listing import ListedSession

MOST_CHUNKS: Final = 48


class ChunkHead(NamedTuple):
    """A chunk without its body."""

    incarnation: int
    first_batch_no: int
    t0_us: int
    t1_us: int
    decisions: int


class SampledDecisions:
    """The chunks of a session and the sample of them, in the order of time."""

    def __init__(self, connection: Connection, session: ListedSession) -> None:
        """Raises as ``transaction``."""
        self.damaged: list[str] = []
        """Chunks that ``read`` met and left out."""
        self._connection = connection
        self._key = {"account": session.account, "session": session.session}
        self.heads = [ChunkHead(*row) for row in self._rows("decision_chunks")]
        self.sample = _spread(self.heads, MOST_CHUNKS)

    def read(self) -> Iterator[tuple[ChunkHead, DecidedRows]]:
        """Each chunk of the sample with its decisions. Raises as ``transaction``."""
        for head in self.sample:
            place = head._asdict()
            for (body,) in self._rows("decision_chunk", **place):
                try:
                    yield head, decode_rows(bytes(body))
                except ChunkDamaged as error:
                    self.damaged.append(f"batches from {head.first_batch_no} on are damaged: {error}")

    def _rows(self, query: str, **more: Any) -> list[Any]:
        with transaction(self._connection) as cursor:
            cursor.execute(queries("report")[query], {**self._key, **more})
            return cursor.fetchall()


def _spread(heads: Sequence[ChunkHead], most: int) -> list[ChunkHead]:
    """The first, the last, and those evenly between."""
    if len(heads) <= most:
        return list(heads)
    return [heads[number * (len(heads) - 1) // (most - 1)] for number in range(most)]
