"""The stages that an event passes through, and their times."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Final, Literal

from simulator.engine.calendar.schedule import HOUR_US, MINUTE_US, SECOND_US
from simulator.engine.catalogue.listing import Event
from simulator.engine.catalogue.world_topics import Topic

Stage = Literal[
    "open", "succeed", "pause", "unpause", "hasten", "close", "determine", "dispute", "amend", "settle"
]

PAUSED: Final = 0.03  # chance that an event is paused once
HASTENED: Final = 0.08  # that its outcome is known early
DISPUTED: Final = 0.02
VOID: Final = 0.01  # that nobody can say how it ended
_PAUSE_LENGTH_US: Final = 5 * MINUTE_US
_NOTICE_US: Final = 5 * MINUTE_US  # of an early close
_LEAST_LIFE_US: Final = 2 * HOUR_US  # of an event that something special happens to


@dataclass(slots=True, eq=False)
class Course:
    """The stages still to come for an event, in schedule time."""

    event: Event
    due: dict[Stage, int]
    is_void: bool = False
    is_amended_to_void: bool = False
    values: dict[str, int] = field(default_factory=dict)  # what one YES pays, price_e4, from the close on

    @property
    def last_us(self) -> int:
        """When it will really close, an early close that nobody knows of yet considered."""
        return self.due["hasten"] + _NOTICE_US if "hasten" in self.due else self.due["close"]

    def hasten(self, at_us: int) -> None:
        """Close after a short notice; the rest keeps its distance from the close."""
        sooner_us = max(0, self.due["close"] - at_us - _NOTICE_US)
        for stage in self.due:
            if stage in ("close", "determine", "dispute", "amend", "settle"):
                self.due[stage] -= sooner_us
        if "succeed" in self.due:
            self.due["succeed"] = at_us


def chart_course(event: Event, topic: Topic, rng: Random, *, opens_us: int, closes_us: int) -> Course:
    """The stages of an event that opens and closes then."""
    determined_us = closes_us + topic.determined_after_s * SECOND_US
    timer_us = topic.settlement_timer_s * SECOND_US
    lead_us = 5 * MINUTE_US if topic.rhythm.frequency == "hourly" else HOUR_US
    due: dict[Stage, int] = {"open": opens_us, "succeed": max(opens_us, closes_us - lead_us)}
    due |= {"close": closes_us, "determine": determined_us, "settle": determined_us + timer_us}
    pause, haste, dispute, void, amended = (rng.random() for _ in range(5))
    life_us = closes_us - opens_us
    if life_us >= _LEAST_LIFE_US:
        # In the later half: a new exchange is quiet for a while.
        when_us = min(opens_us + round(life_us * rng.uniform(0.5, 0.9)), due["succeed"])
        if pause < PAUSED:
            due |= {"pause": when_us, "unpause": when_us + _PAUSE_LENGTH_US}
        elif haste < HASTENED:
            due["hasten"] = when_us
    if dispute < DISPUTED:
        due |= {"dispute": determined_us + timer_us // 2, "amend": determined_us + timer_us}
        due["settle"] = determined_us + 2 * timer_us
    return Course(event, due, is_void=void < VOID, is_amended_to_void=amended < 0.5)
