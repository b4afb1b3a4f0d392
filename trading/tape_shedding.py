"""The parts of a tape to leave out when the disk cannot take it: whole stretches of a market, never single
changes.

A market loses all its changes from one moment on until its next snapshot in full, which is always kept, so a
book that is played is right or is named as left out. Rows that are left out keep their numbers.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from trading import tape_rows as rows_of
from trading.tape_rows import TapePiece


class Shedding(IntEnum):
    """The grades of leaving out, the least first."""

    NOTHING = 0
    MARKETS = 1  # changes of markets in which nothing is at stake
    CHANGES = 2  # everything but snapshots, which markets there are, and batches
    ALL = 3  # nothing is written at all


_CHANGES = (rows_of.CHANGE_YES, rows_of.CHANGE_NO)
_STREAMED = (*_CHANGES, *(rows_of.TOOK, rows_of.TRADE_SEQ, rows_of.TRADE_AT, rows_of.BOUGHT, rows_of.SOLD))


def shed(piece: TapePiece, how: Shedding, at_stake: Collection[int], left_out: set[int]) -> TapePiece:
    """The piece without what is to be left out of it; the same one where that is nothing.

    ``left_out`` are the markets that lack changes since their last snapshot; those of the piece are added.
    """
    gone = _gone(piece, how, at_stake)
    if not gone.any():
        return piece
    kind, a, b, c = (np.where(gone, 0, column) for column in piece.columns)
    kind[gone] = rows_of.SKIPPED
    changes = gone & np.isin(piece.kind, _CHANGES)
    for place in np.flatnonzero(changes | (piece.kind == rows_of.SNAPSHOT)).tolist():
        market = int(piece.a[place])
        if not changes[place]:
            left_out.discard(market)
        elif market not in left_out:
            left_out.add(market)
            kind[place], a[place] = rows_of.LEFT_OUT, market
    return piece._replace(kind=kind, a=a, b=b, c=c)


def _gone(piece: TapePiece, how: Shedding, at_stake: Collection[int]) -> NDArray[np.bool_]:
    if how is Shedding.NOTHING:
        return np.zeros(len(piece.kind), bool)
    if how is Shedding.MARKETS:
        kept = np.isin(piece.a, np.fromiter(at_stake, np.int64, len(at_stake)))
        return np.isin(piece.kind, _CHANGES) & ~kept
    return np.isin(piece.kind, _STREAMED)
