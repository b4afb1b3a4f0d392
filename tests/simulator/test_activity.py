"""Activity is shared out as promised, in bursts, and at the rate that was asked for."""

from __future__ import annotations

import random
from statistics import mean, pvariance

import pytest

from simulator.flow.activity import Agenda, Pulse, ranked_weights
from simulator.flow.profiles import BRISK
from simulator.flow.quoting import Quoting
from tests.simulator.builders import listed


def agenda_of(ranks: int, floor_share: float) -> tuple[Agenda, list[Pulse]]:
    """Events of five markets each."""
    agenda, pulses = Agenda(floor_share), []
    for rank in range(1, ranks + 1):
        weights = ranked_weights(rank, [0.1, 0.25, 0.2, 0.05, 0.15])
        event = []
        for place, weight in enumerate(weights):
            quoting = Quoting(listed(), random.Random(f"{rank} {place}"), BRISK.thin, 5000.0, 5000.0)
            event.append(Pulse(quoting, "EVENT", place, weight))
        agenda.enter(event)
        pulses += event
    for pulse in pulses:
        agenda.begin(pulse)
    return agenda, pulses


def counted(agenda: Agenda, *, rate: float, seconds: int, changes: int = 1) -> list[int]:
    """Moves per second, each of which changes the book so often."""
    counts = []
    for _ in range(seconds):
        moves = 0
        for _ in range(50):
            agenda.clock += rate / 50
            while (pulse := agenda.pop_due()) is not None:
                moves += 1
                pulse.changes += changes
                agenda.excite(pulse, "quote", rate)
        counts.append(moves)
    return counts


def test_the_most_open_question_of_an_event_leads():
    weights = ranked_weights(1, [0.1, 0.25, 0.2])

    assert weights[1] > weights[2] > weights[0]
    assert sum(weights) == pytest.approx(1)


def test_shares_add_up_and_the_floor_is_everybodys():
    agenda, pulses = agenda_of(20, 0.3)
    shares = [agenda.share(pulse) for pulse in pulses]

    assert sum(shares) == pytest.approx(1)
    assert min(shares) >= 0.3 / len(pulses)


@pytest.mark.parametrize("changes", [1, 2, 3])
def test_the_rate_counts_changes_whatever_a_move_makes_of_them(changes):
    agenda, _ = agenda_of(20, 0.3)
    counted(agenda, rate=400, seconds=60, changes=changes)

    assert mean(counted(agenda, rate=400, seconds=60, changes=changes)) * changes == pytest.approx(
        400, rel=0.2
    )


def test_activity_comes_in_bursts():
    agenda, _ = agenda_of(20, 0.3)
    counts = counted(agenda, rate=400, seconds=200)

    assert pvariance(counts) / mean(counts) > 2.5


def test_a_market_that_left_never_moves_and_the_others_take_its_share():
    agenda, pulses = agenda_of(5, 0.3)
    agenda.leave(pulses[0])
    moved = set()
    agenda.clock += 5000
    while (pulse := agenda.pop_due()) is not None:
        moved.add(id(pulse))
        pulse.changes += 1

    assert id(pulses[0]) not in moved
    assert sum(agenda.share(pulse) for pulse in pulses[1:]) == pytest.approx(1)


def test_markets_whose_moves_change_nothing_are_not_tried_ever_faster():
    agenda, _ = agenda_of(5, 0.3)

    assert mean(counted(agenda, rate=100, seconds=50, changes=0)) < 400


def test_news_stirs_a_market_for_a_while():
    agenda, pulses = agenda_of(5, 0.3)
    counted(agenda, rate=100, seconds=5)
    agenda.stir(pulses[0], 400, 100)

    after = counted(agenda, rate=100, seconds=20)
    assert sum(after[:4]) > sum(after[-4:]) + 50
