"""Rows of listings that could not be read: left out, so that they hide no other, counted and named."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable
from typing import Final, TypeVar

from kalshi_client.wire.values import Malformed

MOST_NAMED: Final = 1_000  # reasons counted one by one; a broken listing may have one for each market

Row = TypeVar("Row")


class MalformedRows:
    """Of one client, since it was made. Safe to use from several threads."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()  # by what is wrong, which names the row
        self._untold: list[str] = []
        self._lock = threading.Lock()

    def without(self, rows: Iterable[Row | Malformed]) -> list[Row]:
        """The rows that could be read."""
        kept: list[Row] = []
        for row in rows:
            if isinstance(row, Malformed):
                self._count(row.reason)
            else:
                kept.append(row)
        return kept

    def take_new(self) -> list[str]:
        """The malformed rows that are new since the last call, each once."""
        with self._lock:
            untold, self._untold = self._untold, []
        return untold

    def _count(self, reason: str) -> None:
        with self._lock:
            if reason not in self.counts and len(self.counts) >= MOST_NAMED:
                reason = "others"
            if reason not in self.counts:
                self._untold.append(reason)
            self.counts[reason] += 1
