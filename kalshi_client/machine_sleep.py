"""Notices that this machine was suspended: the clock that ages are measured by stood still meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

SLEEP_S: Final = 1.0  # of the whole machine, in which no clock of ours moved


def machine_slept_s() -> float:
    """Seconds that this machine has been suspended since it started; 0 where nobody counts them."""
    if not hasattr(time, "CLOCK_BOOTTIME"):
        return 0.0
    return time.clock_gettime(time.CLOCK_BOOTTIME) - time.clock_gettime(time.CLOCK_MONOTONIC)


class MachineSleep:
    """Tells of each sleep once."""

    def __init__(self, slept_s: Callable[[], float] = machine_slept_s) -> None:
        self._slept_s = slept_s
        self._before_s = slept_s()

    def take_s(self) -> float:
        """Seconds that the machine has slept since the last call; 0.0 for less than ``SLEEP_S``."""
        slept_s = self._slept_s() - self._before_s
        if slept_s < SLEEP_S:
            return 0.0
        self._before_s += slept_s
        return slept_s
