"""The venue that the exchange resembles: production or demo (protocol 8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from simulator.engine.catalogue.world_topics import TOPICS, Topic


@dataclass(frozen=True, slots=True)
class Personality:
    """The differences between the production and the demo venue, besides hosts and keys.

    Both write their tickers alike, so a ticker of one is looked up as it is on the other; there it
    may be missing.
    """

    name: str
    activity: str  # of the order flow unless another is asked for
    every: int = 0  # so many-th series is not listed; 0 = all are
    lists_combos: bool = True
    lacks: tuple[str, ...] = ()  # routes below the REST prefix that are not there

    def topics(self) -> Sequence[Topic]:
        return [
            topic
            for number, topic in enumerate(TOPICS, 1)
            if (not self.every or number % self.every) and (self.lists_combos or not topic.collection)
        ]


PERSONALITIES: Final = {
    each.name: each
    for each in (
        Personality("production", activity="brisk"),
        Personality(
            "demo",
            activity="demo",
            every=4,
            lists_combos=False,
            lacks=("/series/fee_changes", "/events/fee_changes", "/milestones"),
        ),
    )
}
