"""The tape as tables: each change and snapshot of a book, and each public trade."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import numpy as np

from persistence.sessions.export import Column
from persistence.tape.outbox import TapeSource
from trading.tape_rows import (
    BOUGHT,
    CHANGE_NO,
    CHANGE_YES,
    LEVEL_NO,
    LEVEL_YES,
    READ,
    SNAPSHOT,
    SOLD,
    TOOK,
    TRADE_AT,
    TapePiece,
)
from trading.tape_rows import Column as Integers

Rows = list[tuple[Any, ...]]

_PLACE: Final = (Column("shard", "int32"), Column("incarnation", "int32"), Column("tape_no", "int64"))
_TERMS: Final = (Column("price_e4", "int32"), Column("count_e2", "int64"))
BOOK_COLUMNS: Final = [
    *(*_PLACE, Column("at_us", "int64"), Column("ticker", "text"), Column("what", "text")),
    *(Column("side", "text"), *_TERMS),
]
TRADE_COLUMNS: Final = [
    *(*_PLACE, Column("at_us", "int64"), Column("ticker", "text"), Column("taker_bought", "text"), *_TERMS)
]
_SIDES: Final = {CHANGE_YES: "yes", CHANGE_NO: "no", LEVEL_YES: "yes", LEVEL_NO: "no"}
_BOUGHT: Final = {BOUGHT: "yes", SOLD: "no"}


class PiecesTable:
    """Takes the pieces of one tape in their order."""

    def __init__(self, source: TapeSource) -> None:
        self._source = source
        self._texts: dict[int, str] = {}
        self._shown = (READ, 0)  # the book whose levels come next, and its market
        self._trades_us = 0  # of the trades that come next

    def book(self, piece: TapePiece) -> Rows:
        """Changes and the levels of snapshots, at the time at which they were taken in."""
        self._learn(piece)
        kind, a, b, c = piece.columns
        is_level = (kind == LEVEL_YES) | (kind == LEVEL_NO)
        of_book, of_market = self._heads(piece)
        at = np.flatnonzero((kind <= CHANGE_NO) | (is_level & (of_book == SNAPSHOT)))
        is_level = is_level[at]
        markets = np.where(is_level, of_market[at], a[at]).tolist()
        prices, counts = np.where(is_level, a[at], b[at]).tolist(), np.where(is_level, b[at], c[at]).tolist()
        what = np.where(is_level, "snapshot", "change").tolist()
        sides = [_SIDES[each] for each in kind[at].tolist()]
        tickers = [self._texts.get(market, "") for market in markets]
        return self._rows(piece, at, _taken_us(piece, at), tickers, what, sides, prices, counts)

    def trades(self, piece: TapePiece) -> Rows:
        """Public trades, at the time at which they were heard."""
        self._learn(piece)
        kind, a, b, c = piece.columns
        at = np.flatnonzero((kind == BOUGHT) | (kind == SOLD))
        times = np.flatnonzero(kind == TRADE_AT)
        told_us = np.concatenate(([self._trades_us], a[times]))
        times_us = told_us[np.searchsorted(times, at)].tolist()
        self._trades_us = int(told_us[-1])
        tickers = [self._texts.get(market, "") for market in a[at].tolist()]
        bought = [_BOUGHT[each] for each in kind[at].tolist()]
        return self._rows(piece, at, times_us, tickers, bought, b[at].tolist(), c[at].tolist())

    def _learn(self, piece: TapePiece) -> None:
        self._texts.update(enumerate(piece.texts, piece.first_text))

    def _heads(self, piece: TapePiece) -> tuple[Integers, Integers]:
        """For each row the kind and the market of the book that was last shown; a level is of that one."""
        heads = np.flatnonzero((piece.kind == SNAPSHOT) | (piece.kind == READ))
        before = np.searchsorted(heads, np.arange(len(piece.kind)), side="right")
        kinds = np.concatenate(([self._shown[0]], piece.kind[heads]))
        markets = np.concatenate(([self._shown[1]], piece.a[heads]))
        self._shown = (int(kinds[-1]), int(markets[-1]))
        return kinds[before], markets[before]

    def _rows(self, piece: TapePiece, at: Integers, *columns: list[Any]) -> Rows:
        place = (self._source.shard, self._source.incarnation)
        numbers = (at + piece.first_no).tolist()
        return [(*place, *row) for row in zip(numbers, *columns, strict=True)]


def _taken_us(piece: TapePiece, at: Integers) -> list[int]:
    """When rows were taken in, which a row behind them tells; at the latest when the piece was written."""
    took = np.flatnonzero(piece.kind == TOOK)
    told_us = np.concatenate((piece.c[took], [piece.t1_us]))
    found: list[int] = told_us[np.searchsorted(took, at)].tolist()
    return found


def pages(
    tapes: Iterable[tuple[TapeSource, Iterable[TapePiece]]],
    columns: list[Column],
    rows_of: Callable[[PiecesTable, TapePiece], Rows],
) -> Iterator[tuple[list[Column], Rows]]:
    """All tapes of a session; at least one page, which may have no row."""
    yield columns, []
    for source, pieces in tapes:
        tables = PiecesTable(source)
        for piece in pieces:
            yield columns, rows_of(tables, piece)
