"""One connection that carries books, and the sums over all of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from kalshi_client.outage import Outage
from kalshi_client.stream.session import BookSession
from market_data.audits import Audits


@dataclass(slots=True)
class WatchedConnection:
    """A session and what is known of its connection; times are monotonic seconds."""

    session: BookSession
    confirmed_at: float
    outage: Outage
    audits: Audits
    generation: int = 0
    is_open: bool = False
    overdue: set[str] = field(default_factory=set)  # doubtful at the last look already

    def row(self, number: int, now: float) -> dict[str, Any]:
        """As the page shows it."""
        return {
            "name": f"market data {number}",
            "state": "live" if self.is_open else "down",
            "reconnects": max(0, self.generation - 1),
            "data_age_s": round(now - self.confirmed_at, 1),
        }


def counted(connections: Collection[WatchedConnection]) -> dict[str, Any]:
    """What all of their sessions have counted since the watcher began."""
    counters = [watched.session.counters for watched in connections]
    unknown: dict[str, int] = {}
    for each in counters:
        for name, times in each.unknown.items():
            unknown[name] = unknown.get(name, 0) + times
    return {
        "malformed": sum(each.malformed for each in counters),
        "gaps": sum(each.gaps for each in counters),
        "audits": sum(each.audits for each in counters),
        "audits_failed": sum(each.audits_failed for each in counters),
        "unknown": unknown,
    }
