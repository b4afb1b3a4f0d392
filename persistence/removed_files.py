"""Remembers how much of removed files the database had: a database that has less has lost it.

It was emptied, is an older copy, or is another one. Without this memory nobody would ever know.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from persistence.faults import naming

MOST: Final = 2_000  # sources; the oldest are forgotten first
LOST: Final = "the database had it and has it no more: it was emptied, is an older copy, or is another one"


class RemovedFiles:
    """One small file of its own for each lane; used by one thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, int] | None = None

    def positions(self) -> dict[str, int]:
        """By source, the last row or batch of removed files. A file that cannot be read counts as none."""
        if self._known is None:
            try:
                told = json.loads(self._path.read_text(encoding="utf-8"))
                self._known = {str(source): int(position) for source, position in told.items()}
            except (OSError, ValueError, AttributeError, TypeError):
                self._known = {}
        return dict(self._known)

    def note(self, positions: Mapping[str, int]) -> None:
        """Write down, before the files are removed. Raises FileUnusable and its like."""
        known = self.positions()
        for source, position in positions.items():
            known[source] = max(position, known.pop(source, 0))
        kept = dict(list(known.items())[-MOST:])
        part = self._path.with_suffix(".part")
        with naming(self._path):
            with part.open("w", encoding="utf-8") as file:
                json.dump(kept, file)
                file.flush()
                os.fsync(file.fileno())
            part.replace(self._path)
        self._known = kept
