"""The prices that a market accepts, on the wire (protocol 4.3)."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from msgspec import Struct

from kalshi_client.wire.numbers import ValueText, value_e4
from trading.market import PriceGrid, PriceRange


class RangeTexts(Struct):
    """One row of ``price_ranges``."""

    start: ValueText
    end: ValueText
    step: ValueText

    def to_value(self) -> PriceRange:
        return PriceRange(value_e4(self.start), value_e4(self.end), value_e4(self.step))


def grid_of(structure: str | None, ranges: Iterable[RangeTexts] | None) -> PriceGrid | None:
    """The grid, or None when neither the ranges nor a documented name say it.

    The ranges win: they are exact, and most names are published without their grid. Raises
    ValueError for ranges that cannot be a grid.
    """
    rows = tuple(row.to_value() for row in ranges or ())
    if not rows:
        try:
            return PriceGrid.named(structure or "")
        except KeyError:
            return None
    if any(below.end_e4 > above.start_e4 for below, above in pairwise(rows)):
        raise ValueError("price ranges that overlap or descend")
    return PriceGrid(rows)
