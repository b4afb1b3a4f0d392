"""The chance of a count that is drawn with a given share: exact, so that a rare action is judged fairly."""

from __future__ import annotations

import math
from typing import Final

NEGLIGIBLE: Final = 1e-15  # of a sum: smaller terms change none of its digits that anybody reads


def two_sided_p(count: int, draws: int, share: float) -> float:
    """The chance of a count at least as far out as ``count``, on the likelier of its two sides, doubled."""
    at_most = _tail(count, draws, share)
    at_least = _tail(draws - count, draws, 1 - share)
    return min(1.0, 2 * min(at_most, at_least))


def _tail(most: int, draws: int, share: float) -> float:
    """The chance of at most so many, summed from the likeliest term downwards."""
    if most >= draws:
        return 1.0
    if most > (draws + 1) * share:  # past the middle, where terms still grow downwards
        return 1.0 - _tail(draws - most - 1, draws, 1 - share)
    log_term = (
        math.lgamma(draws + 1)
        - math.lgamma(most + 1)
        - math.lgamma(draws - most + 1)
        + most * math.log(share)
        + (draws - most) * math.log1p(-share)
    )
    term = total = math.exp(log_term)
    while most > 0 and term > total * NEGLIGIBLE:
        term *= most / (draws - most + 1) * (1 - share) / share
        total += term
        most -= 1
    return total
