"""The look-ups of orders whose fate is open: which is due, and how often the last ones failed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from trading.orders import Order

# Each costs two to four reads of the budget that FillProcessor lives on as well, and a thread that sends.
AT_ONCE: Final = 3


class LookUps:
    """Orders by ``Order.key``."""

    def __init__(self) -> None:
        self._count = 0
        self._asked: dict[str, int] = {}  # the number of its last look-up
        self._failures: dict[str, str] = {}  # why its last ones failed, as it was told

    def due(self, unsettled: Sequence[Order], busy: Collection[str]) -> list[Order]:
        """The orders to be asked about now, the longest unasked first; ``unsettled``: all of open fate."""
        self._asked = {order.key: self._asked.get(order.key, 0) for order in unsettled}
        self._failures = {key: why for key, why in self._failures.items() if key in self._asked}
        idle = [order for order in unsettled if order.key not in busy]
        return sorted(idle, key=lambda order: self._asked[order.key])[:AT_ONCE]

    def asked(self, key: str) -> None:
        """The venue is asked about it now."""
        self._count += 1
        self._asked[key] = self._count

    def failed(self, key: str, why: str) -> bool:
        """Whether that is news: a venue that is down is asked about the same order all the time."""
        is_news = self._failures.get(key) != why
        self._failures[key] = why
        return is_news

    def answered(self, key: str) -> None:
        """The venue has said something."""
        self._failures.pop(key, None)
