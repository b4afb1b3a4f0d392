"""The markets as time goes by (protocol 7.4).

Every event has a course: stages that are due at schedule times. A stage does to each of the event's
markets what the table of statuses allows and says so; the next occurrence of the topic opens as the
event closes, so the number of open markets stays.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from typing import Final, Protocol

from simulator.engine.calendar.course import Course, Stage, chart_course
from simulator.engine.calendar.market_stages import BEFORE, MarketStages, void_value_e4
from simulator.engine.calendar.opening import Opening
from simulator.engine.calendar.schedule import SECOND_US, Calendar
from simulator.engine.catalogue.listing import Event
from simulator.engine.catalogue.world import World, first_listings
from simulator.engine.matching.listener import Listener
from simulator.engine.matching.matching_engine import MatchingEngine
from simulator.engine.matching.traded_market import TradedMarket

MOST_STAGES_AT_ONCE: Final = 10  # a calendar that jumped is caught up with between other work
_NOT_CLOSED: Final = ("initialized", *BEFORE["closed"])


class Outcomes(Protocol):
    """The counterparties: they trade in what is open and know how it ends."""

    def open_events(self, openings: Sequence[Opening], *, now_us: int) -> None: ...

    def close_event(self, ticker: str) -> None: ...

    def payouts_e4(self, ticker: str) -> dict[str, int]:
        """The payout of one YES of each market of an open event."""


class Lifecycle:
    """Carries out what the calendar says."""

    def __init__(
        self,
        world: World,
        engine: MatchingEngine,
        flow: Outcomes,
        listener: Listener,
        calendar: Calendar,
    ) -> None:
        self.calendar = calendar
        self.courses: dict[str, Course] = {}  # by event, until it is settled
        self.changed: set[str] = set()  # events that have moved on; whoever keeps them clears it
        self._world = world
        self._stages = MarketStages(engine, listener)
        self._flow = flow
        self._listener = listener
        self._due: list[tuple[int, int, Course, Stage]] = []  # heap by schedule time
        self._pushed = 0

    def begin(self, count: int, *, now_us: int) -> None:
        """List the exchange's first markets and open them."""
        for event, close_us in first_listings(self._world, count, self.calendar, now_us=now_us):
            course = self._chart(event, opens_us=self.calendar.at(now_us), closes_us=close_us)
            del course.due["open"]
            self._follow(course)
            for listed in self._markets(event):
                listed.created_us = listed.open_us
                listed.become("active", now_us=listed.open_us)
        self._flow.open_events(self.openings(now_us=now_us), now_us=now_us)

    def advance(self, *, now_us: int, at_most: int = MOST_STAGES_AT_ONCE) -> None:
        """Carry out what has become due, oldest first."""
        at_us = self.calendar.at(now_us)
        while self._due and self._due[0][0] <= at_us and at_most:
            due_us, _, course, stage = heapq.heappop(self._due)
            if course.due.get(stage) == due_us:  # a hastened course has other times
                at_most -= 1
                del course.due[stage]
                self._carry_out(course, stage, due_us, now_us)

    def run_at(self, speed: float, *, now_us: int) -> None:
        """Compress or stretch the calendar; every market that has not closed gets another close time."""
        self.calendar.run_at(speed, now_us=now_us)
        for course in self.courses.values():
            self._tell_times(course, now_us)

    def resume(self, courses: Iterable[Course]) -> None:
        """Go on with courses of an earlier run."""
        for course in courses:
            self._follow(course)

    def openings(self, *, now_us: int) -> list[Opening]:
        """The events that trade."""
        trading = (each for each in self.courses.values() if "close" in each.due and "open" not in each.due)
        return [self._opening(course, now_us) for course in trading]

    def change_grid(self, listed: TradedMarket, structure: str, *, now_us: int) -> None:
        """Orders to come obey another grid; those that rest keep their prices. Raises KeyError."""
        self._stages.change_grid(listed, structure, now_us)

    def rename(self, listed: TradedMarket, outcome: str, *, now_us: int) -> None:
        self._stages.rename(listed, outcome, now_us)

    def close_market(self, listed: TradedMarket, *, now_us: int) -> None:
        """Close one market before its time; it is determined with its event."""
        self._stages.close_early(listed, now_us)

    def settle_market(self, listed: TradedMarket, *, now_us: int, value_e4: int | None = None) -> None:
        """Close, determine and pay one market at once, as its event would end or at a given value."""
        self.close_market(listed, now_us=now_us)
        course = self.courses.get(listed.market.event_ticker)
        if course is not None and value_e4 is None:
            values = course.values or self._flow.payouts_e4(course.event.ticker)
            value_e4 = values[listed.ticker]
        if value_e4 is not None:
            self._stages.determine(listed, value_e4, now_us)
        self._stages.settle(listed, now_us)

    def _chart(self, event: Event, *, opens_us: int, closes_us: int) -> Course:
        topic, rng = self._world.topic_of(event), self._world.generator(f"{event.ticker} course")
        return chart_course(event, topic, rng, opens_us=opens_us, closes_us=closes_us)

    def _follow(self, course: Course) -> None:
        self.courses[course.event.ticker] = course
        self.changed.add(course.event.ticker)
        for stage in course.due:
            self._push(course, stage)

    def _push(self, course: Course, stage: Stage) -> None:
        self._pushed += 1  # what is due at once happens in the order of its announcement
        heapq.heappush(self._due, (course.due[stage], self._pushed, course, stage))

    def _carry_out(self, course: Course, stage: Stage, due_us: int, now_us: int) -> None:
        event = course.event
        self.changed.add(event.ticker)
        markets = self._markets(event)
        if stage == "open":
            self._open(course, markets, now_us)
        elif stage == "succeed":
            self._succeed(course, now_us)
        elif stage == "hasten":
            self._hasten(course, due_us, now_us)
        elif stage == "close":
            self._close(course, markets, now_us)
        else:
            for listed in markets:
                self._change(course, listed, stage, now_us)
        if not course.due:
            del self.courses[event.ticker]

    def _change(self, course: Course, listed: TradedMarket, stage: Stage, now_us: int) -> None:
        if stage == "pause":
            self._stages.pause(listed, now_us)
        elif stage == "unpause":
            self._stages.activate(listed, now_us)
        elif stage == "determine":
            self._stages.determine(listed, course.values[listed.ticker], now_us)
        elif stage == "dispute":
            self._stages.dispute(listed, now_us)
        elif stage == "amend":
            value_e4 = void_value_e4(listed) if course.is_amended_to_void else None
            self._stages.amend(listed, value_e4, now_us)
        elif stage == "settle":
            self._stages.settle(listed, now_us)

    def _open(self, course: Course, markets: list[TradedMarket], now_us: int) -> None:
        for listed in markets:
            self._stages.activate(listed, now_us)
        self._flow.open_events([self._opening(course, now_us)], now_us=now_us)

    def _opening(self, course: Course, now_us: int) -> Opening:
        """The counterparties learn in time of an early close: by then they have found out how it ends."""
        life_us = course.last_us - self.calendar.at(now_us)
        event = course.event
        return Opening(event.ticker, event.kind, self._markets(event), max(life_us, SECOND_US) / SECOND_US)

    def _close(self, course: Course, markets: list[TradedMarket], now_us: int) -> None:
        course.values = self._flow.payouts_e4(course.event.ticker)
        if course.is_void:
            course.values = {listed.ticker: void_value_e4(listed) for listed in markets}
        self._flow.close_event(course.event.ticker)
        for listed in markets:
            self._stages.close(listed, now_us)

    def _succeed(self, course: Course, now_us: int) -> None:
        """List the topic's next occurrence, as large as this one. It opens when this one closes; what
        should have closed while the exchange was not running is left out."""
        opens_us = course.due["close"]
        event, closes_us = self._world.list_event(
            self._world.topic_of(course.event),
            after_us=max(opens_us, self.calendar.at(now_us)),
            opens_us=opens_us,
            calendar=self.calendar,
            at_most=course.event.outcomes,
        )
        self._follow(self._chart(event, opens_us=opens_us, closes_us=closes_us))
        markets = self._markets(event)
        self._listener.event_listed(event, is_combo=markets[0].is_combo)
        for listed in markets:
            listed.created_us = listed.updated_us = now_us
            self._listener.market_changed(listed, "created", now_us)

    def _hasten(self, course: Course, due_us: int, now_us: int) -> None:
        """The outcome is known early: the event closes soon, and all that follows comes sooner."""
        course.hasten(due_us)
        for stage in course.due:
            self._push(course, stage)
        self._tell_times(course, now_us)

    def _tell_times(self, course: Course, now_us: int) -> None:
        opens, closes = course.due.get("open"), course.due.get("close")
        for listed in self._markets(course.event):
            if opens is not None:
                listed.open_us = self.calendar.wire_us(opens)
            if closes is not None and listed.market.status in _NOT_CLOSED:
                self._stages.close_at(listed, self.calendar.wire_us(closes), now_us)

    def _markets(self, event: Event) -> list[TradedMarket]:
        return [
            self._world.markets[ticker] for ticker in event.market_tickers if ticker in self._world.markets
        ]
