"""Rows of words as a terminal shows them, in columns."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Final

from trading.printable import printable

_BETWEEN: Final = "  "


def aligned(
    headings: Sequence[str], rows: Sequence[Sequence[str]], *, right: Collection[str] = ()
) -> list[str]:
    """The headings and the rows, each column as wide as its widest word; ``right``: headings of figures."""
    shown = [headings, *([printable(word) for word in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    ranges = [">" if heading in right else "<" for heading in headings]
    return [
        _BETWEEN.join(
            f"{word:{side}{width}}" for word, side, width in zip(row, ranges, widths, strict=True)
        ).rstrip()
        for row in shown
    ]


def when(at_us: int) -> str:
    """By this machine's clock."""
    return f"{datetime.fromtimestamp(at_us / 1e6, UTC).astimezone():%Y-%m-%d %H:%M:%S}"


def size(count: int) -> str:
    """Bytes as people read them."""
    shown, units = float(count), iter(("bytes", "kB", "MB"))
    for unit in units:
        if shown < 1_000:
            return f"{shown:.0f} {unit}" if unit == "bytes" else f"{shown:.1f} {unit}"
        shown /= 1_000
    return f"{shown:,.1f} GB"
