"""Fair values are honest: coherent, unpredictable, right in the end and right on average."""

from __future__ import annotations

import random
from statistics import mean

import pytest

from simulator.flow.fair_value import TOTAL_EVIDENCE, fair_value
from simulator.flow.news import NewsTerms, Story

KINDS = ("exclusive", "independent", "ladder", "scalar")
OPENING = {
    "exclusive": [0.5, 0.3, 0.15, 0.05],
    "independent": [0.3, 0.8, 0.05],
    "ladder": [0.9, 0.6, 0.3, 0.1],
    "scalar": [0.2, 0.5],
}


def halfway(kind: str, rng: random.Random):
    fair = fair_value(kind, OPENING[kind], rng)
    for _ in range(4):
        fair.reveal(0.3, rng)
    return fair


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_can_predict_where_prices_go(kind):
    rng = random.Random(3)
    moved = [halfway(kind, rng).prices for _ in range(4000)]

    for opened, prices in zip(OPENING[kind], zip(*moved, strict=True), strict=True):
        assert mean(prices) == pytest.approx(opened, abs=0.02)


@pytest.mark.parametrize("kind", KINDS)
def test_what_costs_a_third_pays_a_third_on_average(kind):
    rng = random.Random(4)
    seen = [halfway(kind, rng) for _ in range(4000)]
    pairs = [
        (price, payout / 10_000)
        for fair in seen
        for price, payout in zip(fair.prices, fair.payouts_e4(), strict=True)
    ]

    for low in range(10):
        bucket = [pair for pair in pairs if low <= pair[0] * 10 < low + 1]
        if len(bucket) > 400:
            assert mean(p for p, _ in bucket) == pytest.approx(mean(paid for _, paid in bucket), abs=0.05)


@pytest.mark.parametrize("kind", KINDS)
def test_all_evidence_leaves_no_doubt(kind):
    rng = random.Random(5)
    errors = []
    for _ in range(300):
        fair = fair_value(kind, OPENING[kind], rng)
        for _ in range(30):
            fair.reveal(TOTAL_EVIDENCE / 30, rng)
        paid = fair.payouts_e4()
        errors += [abs(price - payout / 1e4) for price, payout in zip(fair.prices, paid, strict=True)]

    assert mean(errors) < 0.03


def test_exclusive_outcomes_always_cost_one_dollar_and_one_pays():
    rng = random.Random(6)
    fair = fair_value("exclusive", OPENING["exclusive"], rng)
    for _ in range(50):
        fair.reveal(0.5, rng)

        assert sum(fair.prices) == pytest.approx(1, abs=1e-12)
        assert sum(fair.payouts_e4()) == 10_000


def test_what_exclusive_outcomes_leave_over_is_none_of_these():
    rng = random.Random(7)
    paid = [sum(fair_value("exclusive", [0.2, 0.1], rng).payouts_e4()) > 0 for _ in range(4000)]

    assert mean(paid) == pytest.approx(0.3, abs=0.03)


def test_a_ladder_never_costs_more_higher_up():
    rng = random.Random(8)
    fair = fair_value("ladder", OPENING["ladder"], rng)
    for _ in range(50):
        fair.reveal(0.5, rng)

        assert fair.prices == sorted(fair.prices, reverse=True)
        assert fair.payouts_e4() == sorted(fair.payouts_e4(), reverse=True)


@pytest.mark.parametrize("kind", KINDS)
def test_a_state_goes_on_where_it_was(kind):
    first = halfway(kind, random.Random(9))
    second = fair_value(kind, OPENING[kind], random.Random(10))
    second.restore(first.state())

    assert second.prices == pytest.approx(first.prices)
    assert second.payouts_e4() == first.payouts_e4()
    for fair in (first, second):
        fair.reveal(1.0, random.Random(11))
    assert second.prices == pytest.approx(first.prices)


def evidence_of(story: Story, life_s: float, steps: int) -> float:
    class Ear:
        total = 0.0

        def reveal(self, evidence, _):
            self.total += evidence

    ear, rng = Ear(), random.Random(12)
    for step in range(1, steps + 1):
        story.tell(ear, life_s * step / steps, rng)  # type: ignore[arg-type]
    return ear.total


@pytest.mark.parametrize("pieces", [0, 15, 2_500])
def test_a_life_reveals_all_evidence_however_often_it_is_told(pieces):
    terms = NewsTerms(share=0.3 if pieces else 0.0, pieces=pieces)
    totals = [
        evidence_of(Story.beginning(3600.0, terms, random.Random(seed)), 3600.0, steps)
        for seed in range(40)
        for steps in (1, 20)
    ]

    assert mean(totals) == pytest.approx(TOTAL_EVIDENCE, rel=0.15)


def test_news_breaks_when_it_was_announced_and_ever_more_often():
    story, rng = Story.beginning(1000.0, NewsTerms(0.5, 200), random.Random(13)), random.Random(14)
    fair = fair_value("independent", [0.5], rng)
    times = []
    while (due_s := story.next_news_s) < 1000.0:
        assert story.tell(fair, due_s + 1e-6, rng) > 0
        times.append(due_s)

    assert len(times) == pytest.approx(200, rel=0.3)
    assert sum(time > 900 for time in times) > 2 * sum(time < 100 for time in times)
