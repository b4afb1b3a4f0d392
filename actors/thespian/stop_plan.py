"""The order in which the actors stop, and how long each is waited for.

Whoever causes work stops before whoever does it: no more decisions, then no more resting orders, then
the fills of those, then the market data, and last the recording of it all. A stage ends when all of it has
stopped or its time is up.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Final

STAGES: Final = (
    ("Selector", 0.5),
    ("OrderManager", 4.5),  # cancels what rests; each cancel is a request to the venue
    ("FillProcessor", 1.0),
    ("MarketWatcher", 0.5),
    ("Recorder", 5.5),  # writes what the others have left, and stops the server
)
RESERVED_S: Final = 0.3  # for the answer to travel


class StopPlan:
    """The stages still to come, within ``deadline_s`` altogether."""

    def __init__(self, deadline_s: float) -> None:
        wanted_s = sum(seconds for _, seconds in STAGES)
        scale = min(1.0, max(0.0, deadline_s - RESERVED_S) / wanted_s)
        self._stages = deque((kind, seconds * scale) for kind, seconds in STAGES)
        self.awaited: set[str] = set()

    def next_stage(self, running: Iterable[tuple[str, str]]) -> float | None:
        """Seconds to wait for ``awaited``, chosen from the running (name, kind); None when all is done."""
        members = list(running)
        while self._stages:
            kind, seconds = self._stages.popleft()
            self.awaited = {name for name, its_kind in members if its_kind == kind}
            if self.awaited:
                return seconds
        self.awaited = set()
        return None

    def has_stopped(self, name: str) -> bool:
        """Whether that was the last one this stage waited for."""
        was_awaited = name in self.awaited
        self.awaited.discard(name)
        return was_awaited and not self.awaited
