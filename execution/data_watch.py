"""Whether any book may be traded on, what the state of trading is while none may, and what becomes of orders.

The watchers say of each market whether it may be traded, and what is wrong with the venue that their books
come from. While no book is live no position is opened; what is held may be closed where its book is known.
Where no market trades now the venue is idle: no book ought to be live, and what rests is left alone.
Times are monotonic seconds given by the caller unless the name says otherwise.
"""

from __future__ import annotations

from execution.watched_shards import WatchedShards
from settings.config import OnDataDown
from trading.orders import Order


class DataWatch:
    """The books of all watchers together. ``on_down``: ``execution.on_data_down``."""

    def __init__(self, shards: WatchedShards, *, silence_s: float, on_down: OnDataDown) -> None:
        self._shards = shards
        self._silence_s = silence_s
        self._on_down = on_down
        self._has_begun = False  # some book was live, or none was to be had
        self._down_at: float | None = None  # since when no book is live, or since the first look
        self._down_us = 0  # the same, epoch microseconds
        self._is_told = False

    def look(self, now: float, now_us: int) -> str:
        """To be called each second, and when a watcher has spoken; a sentence about what becomes of the
        resting orders, once; else ""."""
        if self._shards.live(now) or self._shards.idle(now):
            self._has_begun, self._down_at, self._is_told = True, None, False
        elif self._down_at is None:
            self._down_at, self._down_us = now, now_us
        if self._is_told or not self.ends_orders(now):
            return ""
        self._is_told = True
        return f"No book has been live for {self._silence_s:g} s: what still rests since before is canceled"

    def reasons(self, now: float) -> dict[str, str]:
        """Why no position may be opened, by state; empty while some book is live."""
        if self._shards.live(now):
            return {}
        why = "; ".join(self._shards.troubles(now)) or "no book may be traded on"
        can_reduce = self._has_begun or self._shards.closable(now)
        return {"reduce_only" if can_reduce else "starting": why}

    def is_older(self, order: Order) -> bool:
        """Whether the order was sent while books were live; one that closes a position may be sent since."""
        return order.intent is None or order.intent.at_us <= self._down_us

    def ends_orders(self, now: float) -> bool:
        """Whether what rests since before is to be canceled now."""
        down_at = self._down_at
        return self._on_down == "cancel" and down_at is not None and now - down_at >= self._silence_s
