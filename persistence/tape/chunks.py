"""Pieces of a tape, as a watcher wrote them, joined into chunks, as the database keeps them.

A chunk holds some ten thousand rows, which pack better together. It ends where the next piece does not go on
from it, because rows are missing or everything is told again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from persistence.tape.codec import PieceDamaged, TapeCodec
from persistence.tape.outbox import PackedPiece, TapeGap
from trading.tape_rows import TapePiece, joined

CHUNK_ROWS: Final = 12_000  # about 5,000 changes with the trades that make them


class Chunk(NamedTuple):
    """Rows that go into the database together."""

    piece: TapePiece
    body: bytes


@dataclass(slots=True)
class Joined:
    """The result of joining some pieces of one tape."""

    chunks: list[Chunk] = field(default_factory=list)
    damaged: list[TapeGap] = field(default_factory=list)


def join_pieces(pieces: Iterable[PackedPiece], codec: TapeCodec, *, where: str) -> Joined:
    """The chunks of these pieces, in their order; a damaged piece is left out. ``where`` names their file."""
    made = Joined()
    open_pieces: list[TapePiece] = []
    rows = 0
    for packed in pieces:
        try:
            piece = codec.unpack(packed.body)
        except PieceDamaged as damage:
            why = f"a piece in {where} is damaged: {damage}"
            made.damaged.append(TapeGap(packed.first_no, packed.last_no, packed.t1_us, why))
            continue
        if open_pieces and (rows >= CHUNK_ROWS or not _goes_on(open_pieces[-1], piece)):
            made.chunks.append(_chunk(open_pieces, codec))
            open_pieces, rows = [], 0
        open_pieces.append(piece)
        rows += len(piece.kind)
    if open_pieces:
        made.chunks.append(_chunk(open_pieces, codec))
    return made


def _goes_on(before: TapePiece, piece: TapePiece) -> bool:
    next_text = before.first_text + len(before.texts)
    return (before.last_no + 1, next_text) == (piece.first_no, piece.first_text)


def _chunk(pieces: Sequence[TapePiece], codec: TapeCodec) -> Chunk:
    piece = joined(list(pieces)) if len(pieces) > 1 else pieces[0]
    return Chunk(piece, codec.pack(piece))


def missing_between(
    after_no: int, chunks: Sequence[Chunk], told: Sequence[TapeGap], *, at_us: int
) -> list[TapeGap]:
    """The rows between those that were taken before and these chunks, where nobody has told why they miss."""
    gaps = []
    for chunk in chunks:
        for first_no, last_no in _untold(after_no + 1, chunk.piece.first_no - 1, told):
            gaps.append(TapeGap(first_no, last_no, at_us, "they are in no file and were never written here"))
        after_no = chunk.piece.last_no
    return gaps


def _untold(first_no: int, last_no: int, told: Sequence[TapeGap]) -> list[tuple[int, int]]:
    """The parts of a hole that lie in no gap that was told, each with its first and its last row."""
    parts = []
    for gap in sorted(told, key=lambda gap: gap.first_no):
        if gap.first_no > first_no and first_no <= last_no:
            parts.append((first_no, min(gap.first_no - 1, last_no)))
        first_no = max(first_no, gap.last_no + 1)
    if first_no <= last_no:
        parts.append((first_no, last_no))
    return parts
