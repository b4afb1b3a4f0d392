"""Takes in a long past, a turn at a time, so that its actor never falls silent.

Whoever answers nothing for three seconds is replaced, and an hour of trading takes about that long to fold
on a busy machine: an actor that folded it in one go would be killed again and again. So it is folded a turn
at a time, with pings answered in between; while it lasts, the actor asks for the state ``starting``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Final

from trading.events import LedgerEvent

TURN_S: Final = 0.3
GAP_S: Final = 0.01  # between two turns, for whatever else has come


class Recovery:
    """Events that are to be taken in, in order, before anything new is."""

    def __init__(self, past: Iterable[LedgerEvent], take: Callable[[LedgerEvent], None]) -> None:
        self._past = iter(past)
        self._take = take
        self._taken = 0

    def turn(self) -> bool:
        """Take in what fits into a turn, one event at least; whether the past is all taken in."""
        ends_at = time.monotonic() + TURN_S
        for event in self._past:
            self._take(event)
            self._taken += 1
            if time.monotonic() >= ends_at:
                return False
        return True

    def progress(self) -> str:
        """For people."""
        return f"taking in what happened before, {self._taken:,} events so far"
