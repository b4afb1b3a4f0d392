"""Where the marks of an axis stand, and how many points a plot needs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Final, NamedTuple

SECOND_US: Final = 1_000_000
_MINUTE: Final = 60
_HOUR: Final = 3_600
_DAY: Final = 86_400
_TIME_STEPS_S: Final = (
    *(1, 2, 5, 10, 15, 30, _MINUTE, 2 * _MINUTE, 5 * _MINUTE, 10 * _MINUTE, 15 * _MINUTE, 30 * _MINUTE),
    *(_HOUR, 2 * _HOUR, 3 * _HOUR, 6 * _HOUR, 12 * _HOUR, _DAY, 2 * _DAY, 5 * _DAY, 10 * _DAY, 30 * _DAY),
)


class Point(NamedTuple):
    """``y`` as it was from ``x`` on."""

    x: int
    y: int


class Tick(NamedTuple):
    at: float
    text: str


def round_steps(low: float, high: float, *, most: int) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten, from the one below ``low`` to the one above ``high``."""
    if high <= low:
        low, high = low - 1, high + 1
    step = next(
        factor * 10.0**power
        for power in range(-9, 19)
        for factor in (1, 2, 5)
        if (high - low) / (factor * 10.0**power) <= most - 2
    )
    first, last = int(low // step), int(-(-high // step))
    return [number * step for number in range(first, last + 1)]


def time_ticks(from_us: int, upto_us: int, *, most: int) -> list[Tick]:
    """Round times (UTC) in between, written as short as they can be told apart."""
    span_s = max(1, (upto_us - from_us) // SECOND_US)
    step_s = next((step for step in _TIME_STEPS_S if span_s / step <= most - 1), _TIME_STEPS_S[-1])
    pattern = "%H:%M:%S" if step_s < _MINUTE else "%H:%M" if span_s <= _DAY else "%d %b %H:%M"
    if step_s >= _DAY:
        pattern = "%d %b"
    step_us = step_s * SECOND_US
    first = -(-from_us // step_us)
    return [
        Tick(at_us, datetime.fromtimestamp(at_us / SECOND_US, UTC).strftime(pattern))
        for at_us in range(first * step_us, upto_us + 1, step_us)
    ]


def thinned(points: Sequence[Point], *, most: int) -> list[Point]:
    """At most about so many of the points: of each stretch the first, the lowest, the highest, the last."""
    if len(points) <= most:
        return list(points)
    begin, width = points[0].x, max(1, (points[-1].x - points[0].x) * 4 // most)
    kept: list[Point] = []
    for _, stretch in groupby(points, key=lambda point: (point.x - begin) // width):
        found = list(stretch)
        lowest, highest = min(found, key=lambda p: p.y), max(found, key=lambda p: p.y)
        kept += sorted({found[0], lowest, highest, found[-1]}, key=found.index)
    return kept
