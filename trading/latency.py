"""Durations of one kind and their percentiles."""

from __future__ import annotations

from collections import deque
from typing import Final

PERCENTILES: Final = (50, 95, 99)


class LatencyRecord:
    """The last few thousand durations of one kind, in milliseconds."""

    def __init__(self, kept: int = 4096) -> None:
        self._last: deque[float] = deque(maxlen=kept)
        self._count = 0

    def add(self, milliseconds: float) -> None:
        self._last.append(milliseconds)
        self._count += 1

    def summary(self) -> dict[str, float | int | None]:
        """``p50``, ``p95`` and ``p99`` of the durations kept, ``n`` of all; None before the first."""
        ordered = sorted(self._last)
        found = {f"p{share}": _percentile(ordered, share) for share in PERCENTILES}
        return {**found, "n": self._count}


def _percentile(ordered: list[float], share: int) -> float | None:
    if not ordered:
        return None
    return round(ordered[min(len(ordered) - 1, len(ordered) * share // 100)], 3)
