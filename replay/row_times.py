"""When what a row of a tape tells happened: by the rows beside it, for no row of a book has a time."""

from __future__ import annotations

from typing import Final

import numpy as np

from trading.tape_rows import BATCH, BOUGHT, SOLD, TOOK, TRADE_AT, TapePiece


class RowTimes:
    """Of one piece, by the watcher's clock."""

    def __init__(self, piece: TapePiece) -> None:
        self.piece: Final = piece
        self._trades_at = np.flatnonzero(piece.kind == TRADE_AT)
        self._taken_at = np.flatnonzero((piece.kind == TOOK) | (piece.kind == BATCH))

    def at_us(self, place: int) -> int:
        """A trade's own time; of a change, when its message was taken, or later."""
        piece = self.piece
        if piece.kind[place] in (BOUGHT, SOLD):
            before = int(np.searchsorted(self._trades_at, place))
            return int(piece.a[self._trades_at[before - 1]]) if before else piece.t0_us
        behind = int(np.searchsorted(self._taken_at, place))
        if behind == len(self._taken_at):
            return piece.t1_us
        taken = int(self._taken_at[behind])
        return int(piece.c[taken] if piece.kind[taken] == TOOK else piece.b[taken])
