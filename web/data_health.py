"""The health of the market data, over all watchers.

Everything that makes a book doubtful is counted by its reason, what the stream says that this program
does not know by its name, and prices that contradict each other by their kind.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

SUMMED: Final = ("gaps", "audits", "audits_failed", "malformed")
COUNTED: Final = ("resyncs", "unknown")  # by reason, by name


def data_health(watchers: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """One mapping of figures; None before a watcher has reported."""
    if not watchers:
        return None
    lags = [watcher["feed_lag_ms"] for watcher in watchers if watcher.get("feed_lag_ms")]
    incoherent = [watcher["incoherent"] for watcher in watchers if watcher.get("incoherent")]
    return {
        **{key: sum(watcher.get(key) or 0 for watcher in watchers) for key in SUMMED},
        **{key: _counted(watcher.get(key) for watcher in watchers) for key in COUNTED},
        "incoherent": _counted(found["counts"] for found in incoherent),
        "incoherent_events": [shown for found in incoherent for shown in found["shown"]],
        "oldest_confirmation_s": _worst(watcher.get("oldest_confirmation_s") for watcher in watchers),
        "audit_round_s": _worst(watcher.get("audit_round_s") for watcher in watchers),
        "feed_lag_ms": max(lags, key=lambda lag: lag["p99"] or 0.0, default=None),  # of the latest watcher
        "clock_offset_ms": _farthest(watcher.get("clock_offset_ms") for watcher in watchers),
    }


def _counted(counts: Iterable[Mapping[str, int] | None]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for counted in counts:
        total.update(counted or {})
    return dict(total)


def _worst(values: Iterable[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)


def _farthest(offsets: Iterable[int | None]) -> int | None:
    return max((offset for offset in offsets if offset is not None), key=abs, default=None)
