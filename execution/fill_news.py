"""Tells people of each fill.

Its line in the log, its row on the page, and how late it became a position.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from trading.events import FillSeen
from trading.latency import LatencyRecord
from trading.market import format_count_e2
from trading.order_ids import OrderIds

RECENT_SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class ToldFill:
    """A fill as people hear of it."""

    fill: FillSeen
    label: str  # of its order
    change: str  # of the position


class FillNews:
    """The fills since the page was last told of them."""

    def __init__(self) -> None:
        self.latency = LatencyRecord()  # fill at the venue to position
        self._recent: list[ToldFill] = []

    def add(self, fill: FillSeen, *, position_e2: int, ago_ms: float, ids: OrderIds) -> str:
        """Its line for the log. ``position_e2`` is what was held before it; ``ago_ms`` how long ago it
        happened, by one clock."""
        self.latency.add(max(0.0, ago_ms))
        label = ids.label(fill.client_order_id, fill.order_id)
        change = position_change(position_e2, fill)
        self._recent.append(ToldFill(fill, label, change))
        del self._recent[:-RECENT_SHOWN]
        return f"Order filled: {label} → {change} position"

    def take_recent(self) -> list[ToldFill]:
        """The newest, each of them once."""
        recent, self._recent = self._recent, []
        return recent


def position_change(position_e2: int, fill: FillSeen) -> str:
    """A fill's effect on the position before it, in the outcomes held: ``+10 YES``, ``-2 NO, +3 YES``."""
    opens, closes = ("YES", "NO") if fill.side == "bid" else ("NO", "YES")
    held_e2 = max(0, -position_e2 if fill.side == "bid" else position_e2)
    closed_e2 = min(held_e2, fill.count_e2)
    parts = []
    if closed_e2:
        parts.append(f"-{_contracts(closed_e2)} {closes}")
    if fill.count_e2 > closed_e2:
        parts.append(f"+{_contracts(fill.count_e2 - closed_e2)} {opens}")
    return ", ".join(parts)


def _contracts(count_e2: int) -> str:
    return format_count_e2(count_e2).removesuffix(".00")
