"""The rows of the tape: each is one operation on what a watcher observes, four integers wide.

The rows of one watcher's life are numbered 1, 2, … without a hole; the number of a row is its ``tape_no``. A
market, an event, a reason is the number of its text: the texts stand in the piece that first names them.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

WIDTH: Final = 4  # kind, a, b, c

# kind                     a           b            c
CHANGE_YES: Final = 0  #   market      price_e4     change_e2     of a level of the book
CHANGE_NO: Final = 1  #    market      price_e4     change_e2
TOOK: Final = (
    2  #         connection  seq          received_us   the changes since the last such row of it, or more
)
SNAPSHOT: Final = 3  #     market      connection   levels        so many rows LEVEL_* follow
LEVEL_YES: Final = 4  #    price_e4    count_e2
LEVEL_NO: Final = 5  #     price_e4    count_e2
DISTRUSTED: Final = (
    6  #   market      reason                     the book is untrusted until its next snapshot
)
TRADE_SEQ: Final = 7  #    connection  seq                        of its public trades
TRADE_AT: Final = 8  #     at_us                                  of the trades that follow, local clock
BOUGHT: Final = 9  #       market      price_e4     count_e2      a trade whose taker bought YES
SOLD: Final = 10  #        market      price_e4     count_e2      a trade whose taker bought NO
TRADES_SINCE: Final = 11  # market     since_us                   no public trade since was missed
KEPT: Final = 12  #        market      close_us                   held from now on, its book not known yet
CLOSES: Final = 13  #      market      close_us                   its close moved
FORGOT: Final = 14  #      market                                 held no more
BELONGS: Final = 15  #     market      event
BLOCKED: Final = 16  #     market      owner        reason        not traded, whatever its book says
LIFTED: Final = 17  #      market      owner
STOPPED: Final = (
    18  #     owner       reason                     none of the markets is traded; reason "" ends it
)
CLOSING_ONLY: Final = 19  # market     1 or 0                     the venue has paused it
READ: Final = (
    20  #        market      read_us      levels        its book was read; so many rows LEVEL_* follow
)
UNREAD: Final = 21  #      market                                 what was read is believed no more
BATCH: Final = (
    22  #       batch_no    observed_us  offset_us     shown to the Selector; the venue's clock ahead
)
CONNECTED: Final = 23  #   connection
ENDED: Final = 24  #       connection  reason
BEGINS: Final = 25  #                                             all that is known is told again from here on
LEFT_OUT: Final = (
    26  #    market                                 its changes are missing until its next snapshot
)
SKIPPED: Final = 27  #                                            a row that was left out

KINDS: Final = 28

Column = NDArray[np.int64]


class TapePiece(NamedTuple):
    """Rows in their order, as columns, and the texts that they are the first to name."""

    first_no: int
    t0_us: int  # every row was written after this, by the local clock
    t1_us: int  # and not after this
    kind: Column
    a: Column
    b: Column
    c: Column
    first_text: int  # number of the first of the texts
    texts: tuple[str, ...]

    @property
    def last_no(self) -> int:
        return self.first_no + len(self.kind) - 1

    @property
    def columns(self) -> tuple[Column, Column, Column, Column]:
        return self.kind, self.a, self.b, self.c

    @property
    def begins_anew(self) -> bool:
        """Whether it can be played without those before it."""
        return self.first_no == 1 or int(self.kind[0]) == BEGINS

    @property
    def changes(self) -> int:
        """The number of rows that are changes of books."""
        return int(np.count_nonzero(self.kind <= CHANGE_NO))


def joined(pieces: list[TapePiece]) -> TapePiece:
    """Pieces that follow each other as one; of their texts too each begins where the last one ended."""
    first, last = pieces[0], pieces[-1]
    kind, a, b, c = (
        np.concatenate(parts) for parts in zip(*(piece.columns for piece in pieces), strict=True)
    )
    texts = tuple(text for piece in pieces for text in piece.texts)
    return TapePiece(first.first_no, first.t0_us, last.t1_us, kind, a, b, c, first.first_text, texts)
