"""The columns of a tape as few bytes: turned into small numbers first, and these into the shortest integers.

What a number can be told from is left out: a time is told as the time since the one before it, a sequence
number as the distance from where the changes of its connection have brought it, which is nearly always 0.
Prices and counts are mostly whole cents and contracts: what they are beyond these is a column of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from trading import tape_rows as rows_of
from trading.tape_rows import Column, TapePiece

RAW: Final = "raw"
STEP: Final = "step"  # the difference from the row of its kind before it
CENTS: Final = "cents"  # hundreds, and what is over
BYTES: Final = "bytes"  # the nearest multiple of 256, and what is over or missing
STEP_OF: Final = "step_of"  # the difference from the row of its kind before it that has the same ``a``
SEQ: Final = "seq"  # the same, less the changes since the last row of its kind

Form = tuple[str, str, str]
Kinds = NDArray[np.uint8]

_CHANGES: Final = (rows_of.CHANGE_YES, rows_of.CHANGE_NO)
_LEVELS: Final = (rows_of.LEVEL_YES, rows_of.LEVEL_NO)
_TRADES: Final = (rows_of.BOUGHT, rows_of.SOLD)
_FORMS: Final[dict[tuple[int, ...], Form]] = {  # kinds that are coded together: how each column is told
    _CHANGES: (BYTES, CENTS, CENTS),
    (rows_of.TOOK,): (RAW, SEQ, STEP),
    (rows_of.SNAPSHOT,): (STEP, RAW, RAW),
    _LEVELS: (CENTS, CENTS, RAW),
    (rows_of.TRADE_SEQ,): (RAW, STEP_OF, RAW),
    (rows_of.TRADE_AT,): (STEP, RAW, RAW),
    _TRADES: (BYTES, CENTS, CENTS),
    (rows_of.TRADES_SINCE,): (STEP, STEP, RAW),
    (rows_of.KEPT,): (STEP, STEP, RAW),
    (rows_of.CLOSES,): (STEP, STEP, RAW),
    (rows_of.READ,): (STEP, STEP, RAW),
    (rows_of.BATCH,): (STEP, STEP, STEP),
}
_SPLIT: Final = {CENTS: 100, BYTES: 256}  # told as two columns, the second in units of one
_OTHERS: Final[Form] = (STEP, RAW, RAW)
_GROUPED: Final = {kind for kinds in _FORMS for kind in kinds}
_GROUPS: Final = tuple(_FORMS.items()) + tuple(
    ((kind,), _OTHERS) for kind in range(rows_of.KINDS) if kind not in _GROUPED
)
_GROUP_OF: Final = {kind: place for place, (kinds, _) in enumerate(_GROUPS) for kind in kinds}
_WIDTHS: Final[dict[int, np.dtype[Any]]] = {
    1: np.dtype("<i1"),
    2: np.dtype("<i2"),
    4: np.dtype("<i4"),
    8: np.dtype("<i8"),
}


def pack_columns(piece: TapePiece) -> bytes:
    """The four columns of a piece."""
    kind = piece.kind.astype(np.uint8)
    parts = [kind.tobytes()]
    for places, form in _groups(kind):
        key = piece.a[places]
        for column, how in zip((piece.a, piece.b, piece.c), form, strict=True):
            values = column[places]
            if how in _SPLIT:
                parts += map(_shortest, _split(values, how))
            else:
                parts.append(_shortest(_told(values, how, key, places, kind)))
    return b"".join(parts)


def unpack_columns(packed: bytes, count: int) -> tuple[Column, Column, Column, Column]:
    """The columns of so many rows. Raises ValueError, KeyError or IndexError for what was never packed."""
    kind = np.frombuffer(packed, np.uint8, count)
    columns = np.zeros((3, count), np.int64)
    at = count
    for places, form in _groups(kind):
        key: Column | None = None
        for column, how in zip(columns, form, strict=True):
            numbers, at = _numbers(packed, at, len(places))
            if how in _SPLIT:
                over, at = _numbers(packed, at, len(places))
                values = numbers * _SPLIT[how] + over
            else:
                values = _meant(numbers, how, key, places, kind)
            column[places] = values
            key = values if key is None else key
    if at != len(packed):
        raise ValueError(f"{len(packed) - at} bytes too many")
    return kind.astype(np.int64), columns[0], columns[1], columns[2]


def _groups(kind: Kinds) -> Iterator[tuple[Column, Form]]:
    """The rows of each group that has any, and how they are told."""
    there = np.bincount(kind, minlength=rows_of.KINDS).nonzero()[0].tolist()
    for group in sorted({_GROUP_OF[each] for each in there}):
        kinds, form = _GROUPS[group]
        chosen = kind == kinds[0]
        for other in kinds[1:]:
            chosen |= kind == other
        yield chosen.nonzero()[0], form


# --- one column ------------------------------------------------------------------------------------


def _told(values: Column, how: str, key: Column, places: Column, kind: Kinds) -> Column:
    if how == RAW:
        return values
    if how == STEP:
        return _steps(values)
    order, begins = _by_key(key)
    told = np.empty_like(values)
    ordered = values[order]
    steps = _steps(ordered)
    steps[begins] = ordered[begins]
    told[order] = steps
    return told - _changes_before(places, kind) if how == SEQ else told


def _meant(told: Column, how: str, key: Column | None, places: Column, kind: Kinds) -> Column:
    if how == RAW:
        return told
    if how == STEP:
        return np.cumsum(told)
    if key is None:
        raise ValueError("a column is told by one that comes after it")
    if how == SEQ:
        told = told + _changes_before(places, kind)
    order, begins = _by_key(key)
    ordered = told[order]
    sums = np.cumsum(ordered)
    sums -= np.repeat(sums[begins] - ordered[begins], np.diff(begins, append=len(sums)))
    meant = np.empty_like(told)
    meant[order] = sums
    return meant


def _by_key(key: Column) -> tuple[Column, Column]:
    """The places of the rows in the order of their keys, and where in it each key begins."""
    short = key.astype(np.int16) if len(key) and key.min() >= 0 and key.max() < 2**15 else key
    order = np.argsort(short, kind="stable")  # of 16 bits it is done without comparing
    ordered = key[order]
    changes = ordered[1:] != ordered[:-1]
    return order, np.concatenate(([0], changes.nonzero()[0] + 1))


def _changes_before(places: Column, kind: Kinds) -> Column:
    """The number of changes of books between each of the rows and the one of its kind before it."""
    return _steps(np.cumsum(kind <= rows_of.CHANGE_NO, dtype=np.int64)[places])


def _steps(values: Column) -> Column:
    """The first one, and of each other the difference from the one before it."""
    steps = values.copy()
    steps[1:] -= values[:-1]
    return steps


def _split(values: Column, how: str) -> tuple[Column, Column]:
    if how == CENTS:
        whole, over = np.divmod(values, _SPLIT[how])
        return whole, over
    nearest = (values + 128) >> 8
    return nearest, values - (nearest << 8)


# --- as bytes --------------------------------------------------------------------------------------


def _shortest(values: Column) -> bytes:
    """The width of the numbers, then each; a column of zeros is its width alone."""
    least, most = int(values.min()), int(values.max())
    if not least and not most:
        return b"\0"
    bits = max(most, ~least).bit_length() + 1  # with the sign
    width = 1 if bits <= 8 else 2 if bits <= 16 else 4 if bits <= 32 else 8
    return bytes((width,)) + values.astype(_WIDTHS[width]).tobytes()


def _numbers(packed: bytes, at: int, count: int) -> tuple[Column, int]:
    width, at = packed[at], at + 1
    if not width:
        return np.zeros(count, np.int64), at
    end = at + width * count
    return np.frombuffer(packed, _WIDTHS[width], count, at).astype(np.int64), end
