"""The times at which an event's evidence comes in, little by little and as news.

Evidence comes in ever faster as the close nears. Part of it comes in lumps: a piece of news, most
of them small and a few large, at times that form a Poisson process of the same growing pace.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from simulator.flow.fair_value import TOTAL_EVIDENCE, FairValue

if TYPE_CHECKING:
    from random import Random

_GRACE: Final = 1 / 40  # of a life, added to the time left: the pace is finite at the close
_LUMP_SPREAD: Final = 1.2  # of the logarithm of a lump
LARGEST_LUMP: Final = 4.0


@dataclass(frozen=True, slots=True)
class NewsTerms:
    """The share of news in the evidence of an event."""

    share: float  # of all evidence
    pieces: float  # expected over the life of an event


@dataclass(slots=True)
class Story:
    """The evidence of one event so far, and the time of its next news.

    Times are seconds since the event was listed.
    """

    life_s: float
    terms: NewsTerms
    trickled: float = 0.0  # evidence so far that was no news
    next_news: float = math.inf  # at that much of it

    @staticmethod
    def beginning(life_s: float, terms: NewsTerms, rng: Random) -> Story:
        story = Story(life_s, terms)
        story.next_news = story._gap(rng)
        return story

    @property
    def next_news_s(self) -> float:
        """When news breaks; infinite if none will."""
        left = (1 + _GRACE) * math.exp(-self.next_news / self._pace)
        return math.inf if left < _GRACE else self.life_s * (1 + _GRACE - left)

    def tell(self, fair: FairValue, at_s: float, rng: Random) -> float:
        """Bring prices up to a time; returns how much of it was news."""
        due = self._due(at_s)
        news = 0.0
        while self.next_news <= due:
            news += self._lump(rng)
            self.next_news += self._gap(rng)
        evidence = due - self.trickled + news
        if evidence > 0.0:
            fair.reveal(evidence, rng)
        self.trickled = due
        return news

    @property
    def _pace(self) -> float:
        """The evidence that trickles in while the time left falls e-fold."""
        return TOTAL_EVIDENCE * (1 - self.terms.share) / math.log((1 + _GRACE) / _GRACE)

    def _due(self, at_s: float) -> float:
        left = max(0.0, 1.0 - at_s / self.life_s)
        return self._pace * math.log((1 + _GRACE) / (left + _GRACE))

    def _gap(self, rng: Random) -> float:
        """Trickling evidence between two pieces of news."""
        if not self.terms.pieces:
            return math.inf
        return rng.expovariate(self.terms.pieces / (TOTAL_EVIDENCE * (1 - self.terms.share)))

    def _lump(self, rng: Random) -> float:
        """Log-normal, of the mean that makes the news' share."""
        mean = TOTAL_EVIDENCE * self.terms.share / self.terms.pieces
        return min(LARGEST_LUMP, mean * rng.lognormvariate(-(_LUMP_SPREAD**2) / 2, _LUMP_SPREAD))
