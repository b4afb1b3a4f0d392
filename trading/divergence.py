"""The distance of the execution venue's books from those that decisions are made on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median_low
from typing import NamedTuple

from trading.market import complement_e4


class AgedQuote(NamedTuple):
    """The best bid of each outcome, and how long ago they were last known to be right."""

    yes_bid_e4: int | None
    no_bid_e4: int | None
    age_s: float

    @property
    def spread_e4(self) -> int | None:
        """From best bid to best ask; None for a book that lacks one of them."""
        if self.yes_bid_e4 is None or self.no_bid_e4 is None:
            return None
        return complement_e4(self.no_bid_e4) - self.yes_bid_e4

    @property
    def mid_e6(self) -> int | None:
        """Halfway between best bid and best ask, in 1/1000000 dollar: half a tick is a whole number."""
        if self.yes_bid_e4 is None or self.no_bid_e4 is None:
            return None
        return (self.yes_bid_e4 + complement_e4(self.no_bid_e4)) * 50


@dataclass(frozen=True, slots=True)
class TwoBooks:
    """One market at both venues; None for a book that is not known."""

    ticker: str  # at the execution venue
    data: AgedQuote | None
    execution: AgedQuote | None

    @property
    def difference_e6(self) -> int | None:
        """Mid there less mid here; None where one of the two has no mid."""
        if self.data is None or self.execution is None:
            return None
        here_e6, there_e6 = self.data.mid_e6, self.execution.mid_e6
        return None if here_e6 is None or there_e6 is None else there_e6 - here_e6


@dataclass(frozen=True, slots=True)
class Divergence:
    """The differences of many markets in a few figures."""

    compared: int
    """Markets with a mid at both venues."""
    median_e6: int | None
    """Of the sizes of the differences; the lower of two in the middle."""
    worst: TwoBooks | None


def divergence(markets: Iterable[TwoBooks]) -> Divergence:
    """The figures of those markets that have a mid at both venues."""
    sizes: Sequence[tuple[int, TwoBooks]] = [
        (abs(market.difference_e6), market) for market in markets if market.difference_e6 is not None
    ]
    if not sizes:
        return Divergence(0, None, None)
    worst = max(sizes, key=lambda sized: (sized[0], sized[1].ticker))
    return Divergence(len(sizes), median_low(size_e6 for size_e6, _ in sizes), worst[1])
