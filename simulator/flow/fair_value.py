"""The fair values of an event's outcomes, given the evidence revealed so far.

The result is drawn when the event is listed and kept secret; evidence for it comes in little by
little. Prices are the exact Bayesian posterior of that evidence: they are coherent across the
event, nobody can predict where they go next, and they end at the result.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, Protocol

from simulator.engine.catalogue.listing import EventKind
from trading.market import ONE_DOLLAR_E4

if TYPE_CHECKING:
    from random import Random

_EDGE: Final = 1e-6  # an opening price is at least this far from certainty
TOTAL_EVIDENCE: Final = 30.0  # log odds of a certain outcome against another in the end
# A quantity's standard deviation falls to a fortieth: the strike nearest to it stays open almost to
# the end, as it does outside.
_VARIANCE_LEFT: Final = 40.0**-2


class FairValue(Protocol):
    """The prices of one event's markets, in the order of its listing."""

    prices: list[float]  # probability of YES

    def reveal(self, evidence: float, rng: Random) -> None:
        """Take in a piece of evidence; a whole life brings ``TOTAL_EVIDENCE``."""

    def payouts_e4(self) -> list[int]:
        """The payout of one YES of each market in the end."""

    def state(self) -> list[float]:
        """All it knows, for ``restore``."""

    def restore(self, state: Sequence[float]) -> None: ...


class ExclusiveOutcomes:
    """Exactly one outcome happens. What the listed ones leave to one dollar is "none of these"."""

    def __init__(self, opening: Sequence[float], rng: Random) -> None:
        rest = 1.0 - sum(opening)
        self._listed = len(opening)
        weights = [*opening, rest] if rest > _EDGE else list(opening)
        self._scores = [math.log(max(weight, _EDGE)) for weight in weights]
        (self._winner,) = rng.choices(range(len(weights)), weights)
        self.prices: list[float] = []
        self._price()

    def reveal(self, evidence: float, rng: Random) -> None:
        noise = math.sqrt(evidence)
        self._scores = [rng.gauss(score, noise) for score in self._scores]
        self._scores[self._winner] += evidence
        self._price()

    def payouts_e4(self) -> list[int]:
        return [ONE_DOLLAR_E4 * (number == self._winner) for number in range(self._listed)]

    def state(self) -> list[float]:
        return [float(self._winner), *self._scores]

    def restore(self, state: Sequence[float]) -> None:
        self._winner, self._scores = int(state[0]), list(state[1:])
        self._price()

    def _price(self) -> None:
        highest = max(self._scores)
        weights = [math.exp(score - highest) for score in self._scores]
        total = sum(weights)
        self.prices = [weight / total for weight in weights[: self._listed]]


class IndependentOutcomes:
    """Each outcome happens or not, whatever the others do."""

    def __init__(self, opening: Sequence[float], rng: Random) -> None:
        self._log_odds = [math.log(price / (1.0 - price)) for price in map(_inside, opening)]
        self._happens = [rng.random() < price for price in opening]
        self.prices: list[float] = list(opening)

    def reveal(self, evidence: float, rng: Random) -> None:
        noise = math.sqrt(2.0 * evidence)
        self._log_odds = [
            rng.gauss(log_odds + evidence if happens else log_odds - evidence, noise)
            for log_odds, happens in zip(self._log_odds, self._happens, strict=True)
        ]
        self.prices = [_logistic(log_odds) for log_odds in self._log_odds]

    def payouts_e4(self) -> list[int]:
        return [ONE_DOLLAR_E4 * happens for happens in self._happens]

    def state(self) -> list[float]:
        return [*map(float, self._happens), *self._log_odds]

    def restore(self, state: Sequence[float]) -> None:
        half = len(state) // 2
        self._happens, self._log_odds = [bool(flag) for flag in state[:half]], list(state[half:])
        self.prices = [_logistic(log_odds) for log_odds in self._log_odds]


class _Quantity:
    """A number that is standard normal at first and known ever better: a Brownian bridge to its value."""

    __slots__ = ("final", "level", "variance_left")

    def __init__(self, rng: Random) -> None:
        self.final = rng.gauss(0.0, 1.0)
        self.level = 0.0
        self.variance_left = 1.0

    def reveal(self, evidence: float, rng: Random) -> None:
        """Go on to what is expected of it after the evidence."""
        left = self.variance_left * _VARIANCE_LEFT ** (evidence / TOTAL_EVIDENCE)
        part = 1.0 - left / self.variance_left
        self.level = rng.gauss(self.level + part * (self.final - self.level), math.sqrt(part * left))
        self.variance_left = left

    def state(self) -> list[float]:
        return [self.final, self.level, self.variance_left]

    def restore(self, state: Sequence[float]) -> None:
        self.final, self.level, self.variance_left = state


class Ladder:
    """ "Above K" for rising strikes: one quantity decides them all."""

    def __init__(self, opening: Sequence[float], rng: Random) -> None:
        self._strikes = [-_probit(price) for price in opening]
        self._quantity = _Quantity(rng)
        self.prices: list[float] = list(opening)

    def reveal(self, evidence: float, rng: Random) -> None:
        self._quantity.reveal(evidence, rng)
        self._price()

    def payouts_e4(self) -> list[int]:
        return [ONE_DOLLAR_E4 * (self._quantity.final > strike) for strike in self._strikes]

    def state(self) -> list[float]:
        return self._quantity.state()

    def restore(self, state: Sequence[float]) -> None:
        self._quantity.restore(state)
        self._price()

    def _price(self) -> None:
        level, deviation = self._quantity.level, math.sqrt(self._quantity.variance_left)
        self.prices = [_normal((level - strike) / deviation) for strike in self._strikes]


class Shares:
    """Scalar markets: each pays a fraction that depends on a quantity of its own."""

    def __init__(self, opening: Sequence[float], rng: Random) -> None:
        self._offsets = [math.sqrt(2.0) * _probit(price) for price in opening]
        self._quantities = [_Quantity(rng) for _ in opening]
        self.prices: list[float] = list(opening)

    def reveal(self, evidence: float, rng: Random) -> None:
        for quantity in self._quantities:
            quantity.reveal(evidence, rng)
        self._price()

    def payouts_e4(self) -> list[int]:
        pairs = zip(self._offsets, self._quantities, strict=True)
        return [round(ONE_DOLLAR_E4 * _normal(offset + quantity.final)) for offset, quantity in pairs]

    def state(self) -> list[float]:
        return [number for quantity in self._quantities for number in quantity.state()]

    def restore(self, state: Sequence[float]) -> None:
        for number, quantity in enumerate(self._quantities):
            quantity.restore(state[3 * number : 3 * number + 3])
        self._price()

    def _price(self) -> None:
        # The mean of a normal distribution function over a normal argument is one again.
        self.prices = [
            _normal((offset + quantity.level) / math.sqrt(1.0 + quantity.variance_left))
            for offset, quantity in zip(self._offsets, self._quantities, strict=True)
        ]


_MODELS: Final[dict[EventKind, Callable[[Sequence[float], Random], FairValue]]] = {
    "exclusive": ExclusiveOutcomes,
    "independent": IndependentOutcomes,
    "ladder": Ladder,
    "scalar": Shares,
}


def fair_value(kind: EventKind, opening: Sequence[float], rng: Random) -> FairValue:
    """The secret result and today's prices of an event whose markets open at these probabilities."""
    return _MODELS[kind](opening, rng)


def _inside(price: float) -> float:
    return min(max(price, _EDGE), 1.0 - _EDGE)


def _logistic(log_odds: float) -> float:
    if log_odds < -700.0:  # exp() of more would overflow
        return 0.0
    return 1.0 / (1.0 + math.exp(-log_odds))


def _normal(level: float) -> float:
    """The standard normal distribution function."""
    return 0.5 * math.erfc(-level / math.sqrt(2.0))


def _probit(price: float) -> float:
    """Where the standard normal distribution function has this value, by bisection."""
    price = _inside(price)
    low, high = -6.0, 6.0
    for _ in range(40):
        middle = (low + high) / 2
        if _normal(middle) < price:
            low = middle
        else:
            high = middle
    return (low + high) / 2
