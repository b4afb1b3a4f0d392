"""Rows as ``COPY … (FORMAT binary)`` takes and gives them: whole numbers, texts and bytes as they are."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

_BEGIN: Final = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)  # no flags, no more of the header
_END: Final = struct.pack(">h", -1)
_COUNT: Final = struct.Struct(">h")
_LENGTH: Final = struct.Struct(">i")

Value = bytes | str
"""A whole number is made bytes by ``int2``, ``int4`` or ``int8``, as wide as its column."""


def int2(value: int) -> bytes:
    return struct.pack(">h", value)


def int4(value: int) -> bytes:
    return struct.pack(">i", value)


def int8(value: int) -> bytes:
    return struct.pack(">q", value)


def packed(rows: Iterable[Sequence[Value]]) -> bytes:
    """These rows, for ``COPY … FROM STDIN``."""
    parts = [_BEGIN]
    for row in rows:
        parts.append(_COUNT.pack(len(row)))
        for value in row:
            data = value.encode() if isinstance(value, str) else value
            parts += (_LENGTH.pack(len(data)), data)
    parts.append(_END)
    return b"".join(parts)


def unpacked(copied: bytes) -> Iterator[list[bytes]]:
    """The values of each row that ``COPY … TO STDOUT`` gave, none of them null."""
    at = len(_BEGIN)
    while (count := _COUNT.unpack_from(copied, at)[0]) >= 0:
        at += _COUNT.size
        row = []
        for _ in range(count):
            (length,) = _LENGTH.unpack_from(copied, at)
            at += _LENGTH.size
            row.append(copied[at : at + length])
            at += length
        yield row


def number(value: bytes) -> int:
    """The whole number of a value, however wide."""
    return int.from_bytes(value, "big", signed=True)
