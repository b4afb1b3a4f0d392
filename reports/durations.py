"""Durations over many times: percentiles, and a histogram with a logarithmic axis."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from math import log10
from typing import Final, NamedTuple

from reports.scales import Tick

PERCENTILES: Final = (50, 95, 99)
_BARS: Final = 48


class Percentiles(NamedTuple):
    """In microseconds."""

    p50: int
    p95: int
    p99: int
    orders: int


class Histogram(NamedTuple):
    """``edges`` and ``marks`` at shares of the width."""

    counts: list[int]
    edges: list[Tick]
    marks: list[Tick]


def percentiles(durations_us: Sequence[int]) -> Percentiles | None:
    """By the nearest rank, as ``percentile_disc`` counts in SQL: the least that so many do not exceed. None
    of none."""
    if not durations_us:
        return None
    ordered = sorted(durations_us)
    p50, p95, p99 = (ordered[-(-len(ordered) * share // 100) - 1] for share in PERCENTILES)
    return Percentiles(p50, p95, p99, len(ordered))


def histogram(durations_us: Sequence[int]) -> Histogram:
    """Of at least one duration; each bar is as many times longer than the one before."""
    longest = max(durations_us)
    low, high = _decade(max(1, min(durations_us))), _decade(max(10, longest)) + 1
    step = (high - low) / _BARS
    edges_us = [10 ** (low + step * number) for number in range(1, _BARS)]
    counts = [0] * _BARS
    for duration_us in durations_us:
        counts[bisect_left(edges_us, duration_us)] += 1
    decades = [Tick((power - low) / (high - low), shown(10**power)) for power in range(low, high + 1)]
    found = percentiles(durations_us)
    assert found is not None  # of at least one
    marks = [
        Tick((log10(max(1, value)) - low) / (high - low), f"p{share}")
        for share, value in zip(PERCENTILES, found[:3], strict=True)
    ]
    return Histogram(counts, decades, marks)


def _decade(duration_us: int) -> int:
    return len(str(duration_us)) - 1


def shown(duration_us: float) -> str:
    """Three figures and a unit."""
    if duration_us < 1_000:
        return f"{duration_us:.0f} µs"
    if duration_us < 1_000_000:
        return f"{duration_us / 1_000:.3g} ms"
    return f"{duration_us / 1_000_000:,.3g} s"
