"""Columns of integers as few bytes.

A column is taken as it is or as differences, whichever is shorter, and written byte plane by byte plane:
first the lowest byte of every number, then the next, as many as its largest number has. Planes of one
meaning compress better than numbers side by side.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import zstandard
from numpy.typing import NDArray

Integers = NDArray[np.int64]

ZLIB: Final = 1
ZSTD: Final = 2
_LEVEL: Final = 12  # of zstd; decisions are few
_SHORT: Final = 48  # bytes that no compression makes shorter


class Squeezer(NamedTuple):
    """A way to compress bytes; ``number`` is written in front of the result."""

    number: int
    compress: Callable[[bytes], bytes]


def squeezer(number: int) -> Squeezer:
    """Raises ValueError for a number that is not known."""
    if number == ZSTD:
        return Squeezer(ZSTD, zstandard.ZstdCompressor(level=_LEVEL, write_content_size=True).compress)
    if number == ZLIB:
        return Squeezer(ZLIB, lambda data: zlib.compress(data, 6))
    raise ValueError(f"no compression has the number {number}")


def expand(number: int, data: bytes) -> bytes:
    """The bytes that a squeezer of that number was given. Raises ValueError on damage."""
    try:
        if number == ZSTD:
            return zstandard.ZstdDecompressor().decompress(data)
        return zlib.decompress(data)
    except (zstandard.ZstdError, zlib.error) as error:
        raise ValueError(f"cannot be expanded ({error})") from error


def pack(values: Sequence[int] | Integers, by: Squeezer, *, lag: int = 1) -> list[Any]:
    """A column as plain values. Differences are to the number ``lag`` places before."""
    column = np.asarray(values, np.int64).reshape(-1)
    plain = _packed(column, by, 0)
    if len(column) <= lag:
        return plain
    steps = column.copy()
    steps[lag:] -= column[:-lag]  # may wrap around, and wraps back
    stepped = _packed(steps, by, lag)
    return min(plain, stepped, key=lambda packed: len(packed[-1]))


def _packed(column: Integers, by: Squeezer, lag: int) -> list[Any]:
    folded = ((column << 1) ^ (column >> 63)).view(np.uint64)  # small ones of either sign become small
    width = (int(folded.max(initial=0)).bit_length() + 7) // 8
    planes = folded.astype("<u8", copy=False).view(np.uint8).reshape(-1, 8)[:, :width].T
    data = [bytes(plane) for plane in planes]
    packed = [by.compress(plane) if len(plane) > _SHORT else plane for plane in data]
    kept = [short if len(short) < len(plane) else plane for short, plane in zip(packed, data, strict=True)]
    # A plane that compression did not make shorter is as long as the column.
    return [len(column), lag, [len(plane) for plane in kept], b"".join(kept)]


def unpack(packed: Sequence[Any], number: int) -> Integers:
    """The column that was packed by the squeezer of that number. Raises ValueError on damage."""
    count, lag, lengths, data = packed
    if sum(lengths) != len(data) or len(lengths) > 8:
        raise ValueError("a column has another length than it says")
    folded = np.zeros((count, 8), np.uint8)
    at = 0
    for place, length in enumerate(lengths):
        plane = data[at : at + length]
        plane = plane if length == count else expand(number, plane)
        folded[:, place] = np.frombuffer(plane, np.uint8)
        at += length
    values = folded.reshape(-1).view("<u8").astype(np.uint64, copy=False)
    column = (values >> np.uint64(1)).view(np.int64) ^ -(values & np.uint64(1)).view(np.int64)
    if lag:
        for first in range(min(lag, count)):
            column[first::lag] = np.cumsum(column[first::lag])
    return column
