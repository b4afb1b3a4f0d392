"""All that the order flow knows of one event: its story, its markets, its end."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from simulator.engine.calendar.opening import Opening
from simulator.flow.activity import Pulse
from simulator.flow.fair_value import FairValue, fair_value
from simulator.flow.news import NewsTerms, Story
from simulator.flow.opinion import Opinion
from simulator.flow.quoting import Quoting

if TYPE_CHECKING:
    from random import Random

QUARTER_S: Final = 900
ATTENTION_SHARE: Final = 0.4  # of an event's activity can be about news
_ONE: Final = 1e-6  # opening prices that add up to a dollar within this leave no other outcome


@dataclass(slots=True, eq=False)
class EventFlow:
    """One event. Schedule times are those of the calendar that closes markets."""

    opening: Opening
    rng: Random
    rank: int  # in activity, among the events; 1 is the busiest
    opened_s: float  # schedule time
    story: Story
    fair: FairValue
    opinion: Opinion
    opinions: list[float] = field(default_factory=list)  # what makers take the prices for
    pulses: list[Pulse] = field(default_factory=list)
    told_s: float = 0.0  # flow time
    attention: float = 0.0  # book changes that news may still cause
    attended: float = 0.0  # the agenda's clock then

    @staticmethod
    def beginning(
        opening: Opening, rng: Random, *, rank: int, opened_s: float, now_s: float, terms: NewsTerms
    ) -> EventFlow:
        """Lives are rounded up to quarters of an hour, so that starts within one make the same books."""
        life_s = math.ceil(opening.life_s / QUARTER_S) * QUARTER_S
        story = Story.beginning(life_s, terms, rng)
        fair = fair_value(opening.kind, [listed.opening_fair for listed in opening.markets], rng)
        opinion = Opinion(opening.kind, len(fair.prices), rng)
        return EventFlow(
            opening, rng, rank, opened_s, story, fair, opinion, opinion.prices(fair.prices), told_s=now_s
        )

    @property
    def is_complete(self) -> bool:
        """Whether exactly one of the listed outcomes happens."""
        return self.opening.kind == "exclusive" and abs(sum(self.fair.prices) - 1) < _ONE

    @property
    def next_news_s(self) -> float:
        """Schedule time; infinite if there will be none."""
        return self.opened_s + self.story.next_news_s

    def tell(self, *, schedule_s: float, now_s: float) -> float:
        """Bring fair values and opinions up to now; returns how much of what was learnt is news."""
        self.opinion.drift(now_s - self.told_s, self.rng)
        self.told_s = now_s
        news = self.story.tell(self.fair, schedule_s - self.opened_s, self.rng)
        self.opinions = self.opinion.prices(self.fair.prices)
        return news

    def teach(self, pulse: Pulse) -> None:
        """Makers see that somebody who knows better has traded."""
        self.opinion.learn(pulse.place)
        self.opinions = self.opinion.prices(self.fair.prices)

    def take_notice(self, wanted: float, *, clock: float, share: float) -> float:
        """The number of book changes that news does cause, of those that it would.

        Readers are only so many: what follows at once upon other news passes nearly unnoticed, and
        however fast a calendar runs, the market keeps its share of all activity.
        """
        fresh = (clock - self.attended) * share * ATTENTION_SHARE
        self.attention, self.attended = min(self.attention + fresh, wanted), clock
        noticed = min(wanted, self.attention)
        self.attention -= noticed
        return noticed

    def payouts_e4(self) -> dict[str, int]:
        """The payout of one YES of each market in the end, by ticker. A secret until then."""
        payouts = self.fair.payouts_e4()
        return {listed.ticker: payout for listed, payout in zip(self.opening.markets, payouts, strict=True)}

    def quotings(self) -> list[Quoting]:
        return [pulse.quoting for pulse in self.pulses]

    def memory(self) -> dict[str, Any]:
        """All it knows besides the listing and the orders in the books."""
        return {
            "rank": self.rank,
            "life_s": self.story.life_s,
            "opened_s": self.opened_s,
            "trickled": self.story.trickled,
            "next_news": None if self.story.next_news == math.inf else self.story.next_news,
            "fair": self.fair.state(),
            "errors": self.opinion.errors,
            "estimates_e4": {p.quoting.listed.ticker: p.quoting.estimate_e4 for p in self.pulses},
        }

    def recall(self, memory: dict[str, Any]) -> None:
        """Go on from a memory; its markets follow."""
        self.rank, self.opened_s = memory["rank"], memory["opened_s"]
        self.story.life_s, self.story.trickled = memory["life_s"], memory["trickled"]
        self.story.next_news = math.inf if memory["next_news"] is None else memory["next_news"]
        self.fair.restore(memory["fair"])
        self.opinion.errors = list(memory.get("errors", self.opinion.errors))
        self.opinions = self.opinion.prices(self.fair.prices)
