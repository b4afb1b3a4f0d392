"""Is the exchange open for orders? (protocol 3.1)

A trading pause stops new and amended orders and lets cancels through; an exchange pause stops both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from simulator.calendar.schedule import SECOND_US, local_time

PAUSED_WEEKDAY: Final = 3  # Thursday, of the pause that the venue makes every week
PAUSED_HOURS: Final = (3, 5)  # from and until, local time of the exchange


@dataclass(slots=True)
class TradingHours:
    """Open, unless somebody has paused it."""

    exchange_active: bool = True
    is_trading_paused: bool = False
    resumes_us: int | None = None  # None = nobody has said when

    @property
    def trading_active(self) -> bool:
        return self.exchange_active and not self.is_trading_paused

    def refusal(self, *, is_cancel: bool) -> str:
        """The code an order operation is refused with; empty when it may pass."""
        if not self.exchange_active:
            return "exchange_is_paused"
        return "trading_is_paused" if self.is_trading_paused and not is_cancel else ""

    def pause_trading(self, *, until_us: int | None = None) -> None:
        self.is_trading_paused, self.resumes_us = True, until_us

    def pause_exchange(self, *, until_us: int | None = None) -> None:
        self.exchange_active, self.resumes_us = False, until_us

    def resume(self) -> None:
        self.exchange_active, self.is_trading_paused, self.resumes_us = True, False, None

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
