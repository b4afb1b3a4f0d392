"""Rows as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any, BinaryIO

from persistence.sessions.export import Column


def write_csv(pages: Iterable[tuple[list[Column], list[tuple[Any, ...]]]], file: BinaryIO) -> int:
    """The pages, which have the same columns, below the names of these; how many rows."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\n")
    written, is_headed = 0, False
    for columns, rows in pages:
        if not is_headed:
            writer.writerow([column.name for column in columns])
            is_headed = True
        writer.writerows(rows)
        written += len(rows)
    text.flush()
    text.detach()  # the file is its owner's to close
    return written
