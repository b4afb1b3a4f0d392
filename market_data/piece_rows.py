"""The rows of a piece of tape, sorted by the work that they make when the piece is played.

Most rows are changes of books, trades and sequence numbers. Rows of one of these kinds depend on no others of
these, so all of them up to a row are taken at once. Every other row is rare, and taken at its place.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from trading import tape_rows as rows_of
from trading.tape_rows import Column, TapePiece

Row = TypeVar("Row")
Change = tuple[int, int, int]
"""Slot (``slot_of``), price_e4, change_e2."""

Trade = tuple[int, tuple[int, int, int, int]]
"""Market; local time, YES price_e4, count_e2, and 1 for a taker who bought YES, else -1."""

_LEVELS: Final = {rows_of.LEVEL_YES, rows_of.LEVEL_NO}
_NOT_RARE: Final = np.zeros(rows_of.KINDS, bool)
_NOT_RARE[
    [
        *(rows_of.CHANGE_YES, rows_of.CHANGE_NO, rows_of.TOOK, rows_of.TRADE_SEQ),
        *(rows_of.BATCH, rows_of.TRADE_AT, rows_of.BOUGHT, rows_of.SOLD, rows_of.LEVEL_YES, rows_of.LEVEL_NO),
    ]
] = True


class RowsMakeNoSense(ValueError):
    """The rows are none that a watcher writes."""


def slot_of(market: int, *, is_no: bool) -> int:
    """The number of one side of a market's book."""
    return 2 * market + is_no


class Run(Generic[Row]):
    """Rows of some kinds, to be taken in their order. No more than one of them is made at a time."""

    def __init__(self, places: Column, rows: Iterator[Row]) -> None:
        self._places: list[int] = places.tolist()
        self._rows = rows
        self._taken = 0

    def upto(self, place: int) -> Iterable[Row]:
        """The rows before this place in the piece that were not taken yet; all of them have to be taken."""
        begin = self._taken
        self._taken = end = bisect_left(self._places, place, begin)
        return islice(self._rows, end - begin) if end > begin else ()


class PieceRows:
    """One piece, from a place in it on. ``trade_us``: the time of trades before it tells another.

    Raises RowsMakeNoSense.
    """

    def __init__(self, piece: TapePiece, begin: int, trade_us: int) -> None:
        self.piece: Final = piece
        kind, a, b, c = (column[begin:] for column in piece.columns)
        if len(kind) and not 0 <= kind.min() <= kind.max() < rows_of.KINDS:
            raise RowsMakeNoSense("a row is of no kind that is known")
        self._columns = kind, a, b, c
        self._begin = begin
        is_change, is_no = kind <= rows_of.CHANGE_NO, kind == rows_of.CHANGE_NO
        self.changes: Final = self._run(is_change, 2 * a + is_no, b, c)
        self.last_trade_us, self.trades = self._trades(trade_us)
        self.took: Final = self._run(kind == rows_of.TOOK, a, b, c)
        self.trade_seqs: Final = self._run(kind == rows_of.TRADE_SEQ, a, b)
        is_time = kind == rows_of.TRADE_AT
        self.trade_times: Final = Run(np.flatnonzero(is_time) + begin, iter(a[is_time].tolist()))
        self.batches: Final = self._run(kind == rows_of.BATCH, a, b, c)
        self.rare: Final = self._run(~_NOT_RARE[kind], *self._numbered())
        self._check_levels()

    def levels(self, place: int, count: int, end: int) -> tuple[dict[int, int], dict[int, int]]:
        """Both sides of the book whose levels are told by so many rows from there on, before ``end``."""
        first, last = place - self._begin, place - self._begin + count
        kind, price_e4, count_e2, _ = (column[first:last].tolist() for column in self._columns)
        if len(kind) < count or place + count > end or not set(kind) <= _LEVELS:
            raise RowsMakeNoSense("a book is told without its levels")
        told = list(zip(kind, price_e4, count_e2, strict=True))
        yes = {price_e4: count_e2 for of, price_e4, count_e2 in told if of == rows_of.LEVEL_YES}
        return yes, {price_e4: count_e2 for of, price_e4, count_e2 in told if of == rows_of.LEVEL_NO}

    def _trades(self, trade_us: int) -> tuple[int, Run[Trade]]:
        """The time of the last of them, and they."""
        kind, a, b, c = self._columns
        places = np.flatnonzero((kind == rows_of.SOLD) | (kind == rows_of.BOUGHT))
        told = np.flatnonzero(kind == rows_of.TRADE_AT)
        times_us = np.concatenate(([trade_us], a[told]))
        at_us = times_us[np.searchsorted(told, places)]
        taker = np.where(kind[places] == rows_of.BOUGHT, 1, -1)
        trades = zip(*(column.tolist() for column in (at_us, b[places], c[places], taker)), strict=True)
        return int(times_us[-1]), Run(places + self._begin, zip(a[places].tolist(), trades, strict=True))

    def _run(self, is_of: NDArray[np.bool_], *columns: Column) -> Run[Any]:
        picked = (column[is_of].tolist() for column in columns)
        return Run(np.flatnonzero(is_of) + self._begin, zip(*picked, strict=True))

    def _numbered(self) -> tuple[Column, ...]:
        """All columns behind one with each row's place."""
        return np.arange(self._begin, len(self.piece.kind)), *self._columns

    def _check_levels(self) -> None:
        """Each row of a level belongs to the book before it."""
        kind, _, _, c = self._columns
        told = int(c[(kind == rows_of.SNAPSHOT) | (kind == rows_of.READ)].sum())
        if told != int(np.count_nonzero((kind == rows_of.LEVEL_YES) | (kind == rows_of.LEVEL_NO))):
            raise RowsMakeNoSense("levels are told of no book")
