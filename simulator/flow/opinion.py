"""The makers' opinion of the fair values of an event.

Not all that has been revealed is known to everybody. Makers share an opinion that is off by a
little, differently every few minutes; who knows better trades against them, and they learn from it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from simulator.engine.catalogue.listing import EventKind

if TYPE_CHECKING:
    from random import Random

ERROR: Final = 0.25  # standard deviation, in log odds: six cents at a price of 0.50
MEMORY_S: Final = 200.0  # in which 63 % of an error is forgotten
LEARNT: Final = 0.05  # of a market's error, from one informed trade


class Opinion:
    """The errors of one event. They leave exclusive outcomes at one dollar and ladders in order."""

    __slots__ = ("_are_shared", "_is_exclusive", "errors")

    def __init__(self, kind: EventKind, count: int, rng: Random) -> None:
        self._is_exclusive = kind == "exclusive"
        self._are_shared = kind == "ladder"
        self.errors = [0.0] * count  # log odds, by market
        self._add(ERROR, rng)

    def drift(self, elapsed_s: float, rng: Random) -> None:
        """Flow time passes: an Ornstein-Uhlenbeck process."""
        kept = math.exp(-elapsed_s / MEMORY_S)
        self.errors = [error * kept for error in self.errors]
        self._add(ERROR * math.sqrt(1.0 - kept * kept), rng)

    def learn(self, place: int) -> None:
        """Somebody who knew better has traded."""
        if self._are_shared:
            self.errors = [error * (1 - LEARNT) for error in self.errors]
        else:
            self.errors[place] *= 1 - LEARNT

    def prices(self, fairs: Sequence[float]) -> list[float]:
        weights = [fair * math.exp(error) for fair, error in zip(fairs, self.errors, strict=True)]
        if self._is_exclusive:
            # What the listed outcomes leave to a dollar is nobody's opinion; rounding must not make it less.
            total = sum(weights) + max(0.0, 1.0 - sum(fairs))
            return [weight / total for weight in weights]
        return [weight / (weight + (1.0 - fair)) for weight, fair in zip(weights, fairs, strict=True)]

    def _add(self, deviation: float, rng: Random) -> None:
        if self._are_shared:
            more = rng.gauss(0.0, deviation)
            self.errors = [error + more for error in self.errors]
        else:
            self.errors = [rng.gauss(error, deviation) for error in self.errors]
