"""Counts the rows of lists that were read, so that a long read can tell people how far it is."""

from __future__ import annotations

import threading
from collections import Counter


class RowsRead:
    """Rows by list, of all threads of one client."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    def start_over(self) -> None:
        """Count from now on."""
        with self._lock:
            self._counts.clear()

    def add(self, path: str, rows: int) -> None:
        """One page of the list at this path was read."""
        with self._lock:
            self._counts[path.rpartition("/")[2]] += rows

    def progress(self) -> str:
        """For people; "" while no row was read."""
        with self._lock:
            parts = [f"{rows:,} {name}" for name, rows in self._counts.items() if rows]
        return f"read {', '.join(parts)}" if parts else ""
