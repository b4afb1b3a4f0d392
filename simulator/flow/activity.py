"""The moves of the markets to come, soonest first.

A few events have most of the trading and within an event a few markets (Zipf). Every move excites
more moves, at once and within seconds, trades more than quotes (a Hawkes process, as a branching
tree): activity comes in bursts. Times are counted in book changes due over all markets, so the rate
may change at any moment and nothing has to be drawn again.
"""

from __future__ import annotations

import heapq
import math
from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final, Literal

from simulator.flow.quoting import Quoting

Move = Literal["quote", "trade"]

EVENT_EXPONENT: Final = 1.2
MARKET_EXPONENT: Final = 2.0  # within an event
_OFFSPRING: Final[dict[Move, float]] = {"quote": 0.65, "trade": 1.3}  # moves that a move excites
_ABROAD: Final = 0.15  # of them happen in another market of the event
_QUICK: Final = 0.75  # of them follow at once, the others take their time
_QUICK_S: Final = 0.15
_SLOW_S: Final = 2.0
_NEWS_S: Final = 2.0
_MOST_OFFSPRING: Final = 8
_PROMINENT: Final = 2.5  # orders of magnitude between a market nobody looks at and the busiest
# What one move and all that follows from it changes in the books; for spontaneous moves until a
# market's own record tells.
_CHANGES: Final = 5.5
_RECORD: Final = 10.0  # spontaneous moves that this guess counts as


@dataclass(slots=True, eq=False)
class Pulse:
    """The activity of one market."""

    quoting: Quoting
    event_ticker: str
    place: int  # in the listing of the event
    weight: float
    siblings: Sequence[Pulse] = ()
    sibling_weights: Sequence[float] = ()  # cumulative
    is_live: bool = True
    changes: int = 0  # book changes so far
    moves: int = 0  # spontaneous ones so far


def ranked_weights(rank: int, closeness: Sequence[float]) -> list[float]:
    """Weights of an event's markets: the event has a rank, within it the most open question leads."""
    order = sorted(range(len(closeness)), key=lambda number: -closeness[number])
    ranks = {number: place for place, number in enumerate(order, 1)}
    parts = [ranks[number] ** -MARKET_EXPONENT for number in range(len(closeness))]
    return [rank**-EVENT_EXPONENT * part / sum(parts) for part in parts]


@dataclass(slots=True)
class Agenda:
    """The moves to come, soonest first."""

    floor_share: float  # of all activity, spread evenly over the markets
    clock: float = 0.0  # book changes due since the beginning
    # A calendar queue: a list for every whole change to come and a heap of the present one, since a
    # heap of everything costs four times as much.
    _present: list[tuple[float, int, Pulse, bool]] = field(default_factory=list)
    _present_no: int = 0
    _later: dict[int, list[tuple[float, int, Pulse, bool]]] = field(default_factory=dict)
    _entered: int = 0
    _live: int = 0
    _weight: float = 0.0

    def resume(self, clock: float) -> None:
        """Go on from a clock of an earlier run; nothing may have begun."""
        self.clock, self._present_no = clock, int(clock)

    def enter(self, pulses: Sequence[Pulse]) -> None:
        """Take in the markets of one event."""
        cumulative = list(accumulate(pulse.weight for pulse in pulses))
        for pulse in pulses:
            pulse.siblings, pulse.sibling_weights = pulses, cumulative
            self._weight += pulse.weight
        self._live += len(pulses)

    def leave(self, pulse: Pulse) -> None:
        pulse.is_live = False
        self._live -= 1
        self._weight -= pulse.weight

    def share(self, pulse: Pulse) -> float:
        """The market's part of all book changes, in the long run."""
        return self.floor_share / self._live + (1 - self.floor_share) * pulse.weight / self._weight

    def prominence(self, pulse: Pulse) -> float:
        """Where a market stands between the quiet ones (0) and the busiest (1)."""
        against_mean = self.share(pulse) * self._live
        return min(1.0, max(0.0, (math.log10(against_mean) + 0.5) / _PROMINENT))

    def begin(self, pulse: Pulse) -> None:
        """Draw a market's first move."""
        self._add(self._next_spontaneous(pulse), pulse, is_spontaneous=True)

    def pop_due(self) -> Pulse | None:
        """The market whose turn it is, if one is due."""
        while True:
            while self._present and self._present[0][0] <= self.clock:
                due, _, pulse, is_spontaneous = heapq.heappop(self._present)
                if not pulse.is_live:
                    continue
                if is_spontaneous:
                    pulse.moves += 1
                    self._add(due + self._gap(pulse), pulse, is_spontaneous=True)
                return pulse
            if self._present or self._present_no >= int(self.clock):
                return None
            self._present_no += 1
            self._present = self._later.pop(self._present_no, self._present)
            heapq.heapify(self._present)

    def excite(self, pulse: Pulse, move: Move, rate: float) -> None:
        """Let a move that was just made have its consequences."""
        rng = pulse.quoting.rng
        for _ in range(bisect(_OFFSPRING_TABLE[move], rng.random())):
            where = pulse
            if rng.random() < _ABROAD:
                (where,) = rng.choices(pulse.siblings, cum_weights=pulse.sibling_weights)
            mean_s = _QUICK_S if rng.random() < _QUICK else _SLOW_S
            self._add(self.clock - math.log(1.0 - rng.random()) * mean_s * rate, where, is_spontaneous=False)

    def stir(self, pulse: Pulse, changes: float, rate: float) -> None:
        """News: about this many book changes more, soon."""
        rng = pulse.quoting.rng
        for _ in range(int(changes / _CHANGES + rng.random())):
            self._add(self.clock + rng.expovariate(1.0) * _NEWS_S * rate, pulse, is_spontaneous=False)

    def _next_spontaneous(self, pulse: Pulse) -> float:
        return self.clock + self._gap(pulse)

    def _gap(self, pulse: Pulse) -> float:
        """Changes over all markets between two spontaneous moves of one.

        What such a move brings about is taken from the market's own record, so that its share
        comes out right whatever its book makes of the moves; save that of a book that moves change
        nothing in, nobody tries ever faster.
        """
        per_move = (pulse.changes + _CHANGES * _RECORD) / (pulse.moves + _RECORD)
        return -math.log(1.0 - pulse.quoting.rng.random()) * max(1.0, per_move) / self.share(pulse)

    def _add(self, due: float, pulse: Pulse, *, is_spontaneous: bool) -> None:
        self._entered += 1  # no two entries compare equal, and none compares by its market
        entry = due, self._entered, pulse, is_spontaneous
        number = int(due)
        if number <= self._present_no:
            heapq.heappush(self._present, entry)
        elif number in self._later:
            self._later[number].append(entry)
        else:
            self._later[number] = [entry]


def _poisson_table(mean: float) -> list[float]:
    terms = [math.exp(-mean) * mean**count / math.factorial(count) for count in range(_MOST_OFFSPRING)]
    return list(accumulate(terms))


_OFFSPRING_TABLE: Final = {move: _poisson_table(mean) for move, mean in _OFFSPRING.items()}
