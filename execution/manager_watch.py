"""Ends or halts orders whatever the strategy wants, because of the data, the balance or the disk."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final

from execution.manager_parts import ManagerParts
from execution.manager_report import Phase
from trading.orders import Order

BOOKS_AWAY: Final = "its book was not heard of any more"
"""Why an order is canceled."""


class ManagerWatch:
    """Looks at them again and again, for one thread."""

    def __init__(self, parts: ManagerParts, log: logging.Logger) -> None:
        self._parts = parts
        self._log = log

    def look_at_data(self, phase: Phase, takes_cancels: Callable[[Order], bool]) -> None:
        """Cancel what rests in markets whose books were not heard of for too long."""
        data, now = self._parts.data, time.monotonic()
        if said := data.look(now, time.time_ns() // 1000):
            self._log.warning("%s", said)
        if data.ends_orders(now):
            older = data.is_older
            phase.cancel_resting(lambda order: older(order) and takes_cancels(order), why=BOOKS_AWAY)

    def look_at_account(self, phase: Phase, *, is_disk_low: bool = False) -> bool:
        """Whether trading halts now, because of the balance or of the disk's room.

        Of a full disk it is known at the latest when the reserve was needed: what rests can still be ended.
        """
        judged = phase.judge(self._parts.book_report.marks.mark, time.monotonic())
        if judged.news:
            self._log.warning("%s", judged.news)
        halts = judged.halts
        if is_disk_low or not self._parts.outbox.has_room:
            full = f"no room left on the disk of {self._parts.folder}"
            halts = halts or f"{full}; make room, then resume --lift-halt"
        return bool(halts) and self._halt(halts)

    def _halt(self, reason: str) -> bool:
        """For good, until a person lifts it; False where it is so already."""
        latch = self._parts.latch
        if latch.reason:
            return False
        latch.set(reason, time.time_ns() // 1000)
        self._log.error("Halted: %s", reason)
        return True
