"""Fewer looks for cycles of objects while a session is replayed.

A replay makes hundreds of thousands of objects that live long, and next to none in cycles. Python's collector
would look through all of them, and through all that was there before, again and again.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_THRESHOLDS: Final = (50_000, 20, 20)  # objects; a cycle is found all the same, later


@contextmanager
def rare_collections() -> Iterator[None]:
    """As long as this lasts. What is there before is not looked at."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
