"""The hours in which the exchange takes orders (protocol 3.1).

A trading pause stops new and amended orders and lets cancels through; an exchange pause stops both. Each
may be of all shards or of one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from simulator.engine.calendar.schedule import SECOND_US, local_time

PAUSED_WEEKDAY: Final = 3  # Thursday, of the pause that the venue makes every week
PAUSED_HOURS: Final = (3, 5)  # from and until, local time of the exchange


@dataclass(slots=True)
class TradingHours:
    """Open, unless somebody has paused it."""

    exchange_active: bool = True
    is_trading_paused: bool = False
    resumes_us: int | None = None  # None = nobody has said when
    inactive_shards: set[int] = field(default_factory=set)  # paused by themselves, cancels too
    paused_shards: set[int] = field(default_factory=set)  # only their trading

    @property
    def trading_active(self) -> bool:
        return self.exchange_active and not self.is_trading_paused

    def is_active(self, shard: int) -> bool:
        """Whether a shard takes cancels at least."""
        return self.exchange_active and shard not in self.inactive_shards

    def trades(self, shard: int) -> bool:
        """Whether a shard takes orders."""
        return self.trading_active and shard not in self.inactive_shards | self.paused_shards

    def refusal(self, *, is_cancel: bool, shard: int | None = None) -> str:
        """The code an order operation is refused with; empty when it may pass. ``shard``: None for one that
        concerns all of them."""
        is_active = self.is_active(shard) if shard is not None else not self.inactive_shards
        if not (self.exchange_active and is_active):
            return "exchange_is_paused"
        trades = self.trades(shard) if shard is not None else self.trading_active
        return "" if is_cancel or trades else "trading_is_paused"

    def pause_shard(self, shard: int, *, is_exchange: bool, until_us: int | None = None) -> None:
        """One shard alone; ``is_exchange``: cancels too."""
        (self.inactive_shards if is_exchange else self.paused_shards).add(shard)
        self.resumes_us = until_us

    def pause_trading(self, *, until_us: int | None = None) -> None:
        self.is_trading_paused, self.resumes_us = True, until_us

    def pause_exchange(self, *, until_us: int | None = None) -> None:
        self.exchange_active, self.resumes_us = False, until_us

    def resume(self) -> None:
        self.exchange_active, self.is_trading_paused, self.resumes_us = True, False, None
        self.inactive_shards.clear()
        self.paused_shards.clear()

    def resume_if_due(self, now_us: int) -> None:
        if self.resumes_us is not None and self.resumes_us <= now_us:
            self.resume()


def weekly_pause_end_us(now_us: int) -> int | None:
    """When the weekly pause that ``now_us`` lies in ends; None outside of one."""
    local = local_time(now_us)
    first, last = PAUSED_HOURS
    if local.weekday() != PAUSED_WEEKDAY or not first <= local.hour < last:
        return None
    end = local.replace(hour=last, minute=0, second=0, microsecond=0)
    return int(end.timestamp()) * SECOND_US
