"""The order flow: the next moves of the counterparties that trade against the user.

Time is counted in steps and chance comes from generators that belong to one market or one event
each: the same seed and the same commands of others between the same steps make the same books, and
what is done in one event changes nothing in another.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from simulator.engine.calendar.opening import Opening
from simulator.engine.matching.matching_engine import MatchingEngine
from simulator.flow.activity import Agenda, Pulse, ranked_weights
from simulator.flow.counterparties import Counterparties
from simulator.flow.event_flow import EventFlow
from simulator.flow.profiles import BRISK, Profile
from simulator.flow.quoting import Quoting
from trading.market import ONE_DOLLAR_E4

if TYPE_CHECKING:
    from random import Random

STEP_S: Final = 0.02
TICK_S: Final = 0.5  # the fair values of an event that trades move this often


class OrderFlow:
    """Drives the engine on behalf of the counterparties."""

    def __init__(
        self, engine: MatchingEngine, generator: Callable[[str], Random], profile: Profile = BRISK
    ) -> None:
        """``generator`` makes the generator of a name: the same for the same name and seed."""
        self._engine = engine
        self._generator = generator
        self._profile = profile
        self.counterparties = Counterparties(engine, profile)
        self._agenda = Agenda(profile.floor_share)
        self._events: dict[str, EventFlow] = {}
        self._news: list[tuple[float, int, EventFlow]] = []  # heap of schedule times
        self._announced = 0
        self._lives = 0  # earlier runs
        self._now_s = 0.0  # flow time: of the steps made
        self._schedule_s = 0.0

    def open_events(self, openings: Sequence[Opening], *, now_us: int) -> None:
        """Begin to trade events, their books quoted on both sides."""
        begun = self._begin_anew(openings)
        for event in begun:
            self._set_out(event)
        for event in begun:
            for pulse in event.pulses:
                self.counterparties.open_book(pulse.quoting, now_us)

    def close_event(self, ticker: str) -> None:
        """Trade it no more. Orders that rest are the engine's to cancel."""
        for pulse in self._events.pop(ticker).pulses:
            self._agenda.leave(pulse)

    def payouts_e4(self, ticker: str) -> dict[str, int]:
        """The payout of one YES of each market of an event that is traded."""
        return self._events[ticker].payouts_e4()

    def fair_values_e4(self) -> dict[str, float]:
        """The worth of a YES of every market when it last moved, to those who know all there is to know."""
        return {
            pulse.quoting.listed.ticker: event.fair.prices[place] * ONE_DOLLAR_E4
            for event in self._events.values()
            for place, pulse in enumerate(event.pulses)
        }

    def memory(self) -> dict[str, Any]:
        """Its knowledge besides the orders in the books."""
        return {
            "lives": self._lives,
            "now_s": self._now_s,
            "schedule_s": self._schedule_s,
            "clock": self._agenda.clock,
            "events": {ticker: event.memory() for ticker, event in self._events.items()},
        }

    def recall(self, memory: dict[str, Any], openings: Sequence[Opening]) -> None:
        """Go on trading events of an earlier run, with the quotes that rest in their books.

        The memory may be a little older than these: an event it does not know begins anew.
        """
        self._lives = memory["lives"] + 1
        self._now_s, self._schedule_s = memory["now_s"], memory["schedule_s"]
        self._agenda.resume(memory["clock"])
        remembered = memory["events"]
        known = [opening for opening in openings if opening.ticker in remembered]
        for opening in known:
            event = self._begin(opening, 0)
            event.recall(remembered[opening.ticker])
            event.rng = self._generator(self._in_this_life(opening.ticker))
            self._add_markets(event, remembered[opening.ticker]["estimates_e4"])
        self._begin_anew([opening for opening in openings if opening.ticker not in remembered])
        for event in self._events.values():
            self._set_out(event)
            for pulse in event.pulses:
                pulse.quoting.adopt(self.counterparties.makers)

    def step(self, rate: float, *, now_us: int, schedule_s: float = STEP_S) -> None:
        """``STEP_S`` of trading at ``rate`` deltas a second over all markets.

        ``schedule_s`` is how far the calendar that closes markets moves meanwhile.
        """
        self._now_s += STEP_S
        self._schedule_s += schedule_s
        if not rate:
            return
        self._agenda.clock += rate * STEP_S
        self._break_news(rate)
        while (pulse := self._agenda.pop_due()) is not None:
            market = pulse.quoting.listed.market
            if market.status == "active" and self._engine.hours.trades(market.exchange_index):
                self._move(pulse, rate, now_us)

    def _begin_anew(self, openings: Sequence[Opening]) -> list[EventFlow]:
        begun = [self._begin(opening, rank) for opening, rank in self._ranked(openings)]
        for event in begun:
            self._add_markets(event, {})
        return begun

    def _ranked(self, openings: Sequence[Opening]) -> list[tuple[Opening, int]]:
        """Free ranks in activity, the busiest first, dealt out at random."""
        taken = {event.rank for event in self._events.values()}
        free = (rank for rank in count(1) if rank not in taken)
        ranks = [next(free) for _ in openings]
        if openings:
            self._generator(f"ranks {openings[0].ticker}").shuffle(ranks)
        return list(zip(openings, ranks, strict=True))

    def _begin(self, opening: Opening, rank: int) -> EventFlow:
        event = self._events[opening.ticker] = EventFlow.beginning(
            opening,
            self._generator(opening.ticker),
            rank=rank,
            opened_s=self._schedule_s,
            now_s=self._now_s,
            terms=self._profile.news,
        )
        return event

    def _in_this_life(self, name: str) -> str:
        """A generator's name: after a restart chance must not repeat itself."""
        return f"{name} {self._lives}" if self._lives else name

    def _set_out(self, event: EventFlow) -> None:
        """Once all shares are known: how busy each market is, when it moves first, when news breaks."""
        for pulse in event.pulses:
            pulse.quoting.liquidity = self._profile.liquidity(self._agenda.prominence(pulse))
            self._agenda.begin(pulse)
        self._announce(event)

    def _add_markets(self, event: EventFlow, estimates_e4: Mapping[str, float]) -> None:
        prices = event.fair.prices
        weights = ranked_weights(event.rank, [price * (1 - price) for price in prices])
        for place, listed in enumerate(event.opening.markets):
            fair_e4 = prices[place] * ONE_DOLLAR_E4
            quoting = Quoting(
                listed,
                self._generator(self._in_this_life(listed.ticker)),
                self._profile.thin,
                fair_e4,
                estimates_e4.get(listed.ticker, event.opinions[place] * ONE_DOLLAR_E4),
                self._now_s,
            )
            event.pulses.append(Pulse(quoting, event.opening.ticker, place, weights[place]))
        self._agenda.enter(event.pulses)

    def _announce(self, event: EventFlow) -> None:
        if event.next_news_s < math.inf:
            self._announced += 1
            heapq.heappush(self._news, (event.next_news_s, self._announced, event))

    def _break_news(self, rate: float) -> None:
        while self._news and self._news[0][0] <= self._schedule_s:
            event = heapq.heappop(self._news)[2]
            if self._events.get(event.opening.ticker) is not event:
                continue
            event.tell(schedule_s=self._schedule_s, now_s=self._now_s)
            self._announce(event)
            self._react(event, rate)

    def _react(self, event: EventFlow, rate: float) -> None:
        """News makes an event's markets busy, in proportion to their usual activity and each a little."""
        profile, agenda = self._profile, self._agenda
        shares = [agenda.share(pulse) for pulse in event.pulses]
        wanted = [share * rate * profile.reaction_s + profile.reaction_changes for share in shares]
        noticed = event.take_notice(sum(wanted), clock=agenda.clock, share=sum(shares))
        for pulse, changes in zip(event.pulses, wanted, strict=True):
            agenda.stir(pulse, changes * noticed / sum(wanted), rate)

    def _move(self, pulse: Pulse, rate: float, now_us: int) -> None:
        quoting, before = pulse.quoting, self._engine.deltas
        event = self._events[pulse.event_ticker]
        if self._now_s - event.told_s >= TICK_S:
            event.tell(schedule_s=self._schedule_s, now_s=self._now_s)
            if event.is_complete:
                self.counterparties.arbitrage(event, now_us)
        fair, opinion = event.fair.prices[pulse.place], event.opinions[pulse.place]
        quoting.learn(fair * ONE_DOLLAR_E4, opinion * ONE_DOLLAR_E4, now_s=self._now_s)
        move = self.counterparties.act(event, pulse, now_us)
        pulse.changes += self._engine.deltas - before
        self._agenda.excite(pulse, move, rate)
