"""One view for the program's loop and the page's threads.

Reports come from one thread, pages read in another: each call here is whole, and a snapshot and
its number are taken under the same lock as the deltas.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from web.status import failing_parts, status_json, trader_json, warnings
from web.view import SystemView


def now_us() -> int:
    """Epoch microseconds, as on every record."""
    return time.time_ns() // 1000


class SharedView:
    """A SystemView with a lock, a clock and somebody to tell when it changes."""

    def __init__(self, view: SystemView) -> None:
        self._view = view
        self._lock = threading.Lock()
        self._on_change: Callable[[], None] | None = None
        self._notes: dict[str, str] = {}

    def when_changed(self, call: Callable[[], None]) -> None:
        """``call`` after each report, from the thread that brought it; it must be quick."""
        self._on_change = call

    def apply(self, source: str, values: Mapping[str, Any], *, built_us: int) -> None:
        with self._lock:
            self._view.apply(source, values, built_us=built_us, heard_s=time.monotonic())
        if self._on_change is not None:
            self._on_change()

    def note(self, setting: str, text: str) -> None:
        """A warning of this program itself, about a setting; empty: it holds no longer."""
        with self._lock:
            self._notes = {key: old for key, old in self._notes.items() if key != setting}
            if text:
                self._notes[setting] = text

    def value(self, source: str, key: str) -> Any:
        with self._lock:
            return self._view.value(source, key)

    def about(self) -> dict[str, Any]:
        return self._view.about()

    def snapshot(self, *, nobody_looked: bool = False) -> dict[str, Any]:
        """The state that the next delta builds on; the newest there is when nobody saw the last."""
        with self._lock:
            if nobody_looked:
                self._view.skip(now_s=time.monotonic())
            return self._view.snapshot()

    def delta(self) -> dict[str, Any] | None:
        with self._lock:
            return self._view.delta(now_us(), now_s=time.monotonic())

    def ages_s(self) -> dict[str, float]:
        """The time since each actor was last heard."""
        with self._lock:
            return self._view.ages_s(time.monotonic())

    def status(self) -> dict[str, Any]:
        with self._lock:
            return status_json(
                self._view.sources(),
                self._view.about(),
                now_us=now_us(),
                ages_s=self._view.ages_s(time.monotonic()),
                state_to_page=self._view.state_to_page_ms(),
            )

    def trader_status(self) -> dict[str, Any]:
        with self._lock:
            return trader_json(self._view.sources(), ages_s=self._view.ages_s(time.monotonic()))

    def warnings(self) -> dict[str, str]:
        """The departures from the configuration, by setting."""
        with self._lock:
            return warnings(self._view.sources()) | self._notes

    def failing(self) -> dict[str, str]:
        with self._lock:
            return failing_parts(
                self._view.sources(),
                ages_s=self._view.ages_s(time.monotonic()),
                environment=self._view.about()["environment"],
            )
