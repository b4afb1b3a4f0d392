"""The makers' belief about an event is wrong, but never incoherent."""

from __future__ import annotations

from itertools import pairwise
from random import Random
from statistics import pstdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.flow.opinion import ERROR, MEMORY_S, Opinion

FAIRS = st.lists(st.floats(0, 1), min_size=2, max_size=8)


@given(FAIRS.filter(lambda fairs: sum(fairs) > 0.01), st.integers())
def test_exclusive_outcomes_still_make_one_dollar(weights, seed):
    fairs = [weight / sum(weights) for weight in weights]
    believed = Opinion("exclusive", len(fairs), Random(seed)).prices(fairs)

    assert sum(believed) == pytest.approx(1)


@given(FAIRS, st.integers())
def test_a_ladder_still_falls(fairs, seed):
    falling = sorted(fairs, reverse=True)
    believed = Opinion("ladder", len(fairs), Random(seed)).prices(falling)

    assert all(higher >= lower - 1e-12 for higher, lower in pairwise(believed))


@given(FAIRS, st.integers())
def test_a_belief_is_a_probability_and_what_is_certain_is_believed(fairs, seed):
    fairs = [0.0, 1.0, *fairs]
    believed = Opinion("independent", len(fairs), Random(seed)).prices(fairs)

    assert believed[:2] == [0.0, 1.0]
    assert all(0 <= price <= 1 for price in believed)


def test_errors_are_as_large_at_any_time_and_forgotten():
    rng = Random(7)
    opinion = Opinion("independent", 20_000, rng)
    before = opinion.errors
    opinion.drift(3 * MEMORY_S, rng)

    assert pstdev(before) == pytest.approx(ERROR, rel=0.05)
    assert pstdev(opinion.errors) == pytest.approx(ERROR, rel=0.05)
    alike = sum(x * y for x, y in zip(before, opinion.errors, strict=True)) / len(before) / ERROR**2
    assert alike == pytest.approx(0.05, abs=0.03)


@pytest.mark.parametrize(("kind", "corrected"), [("independent", 1), ("ladder", 3)])
def test_makers_learn_from_who_knows_better(kind, corrected):
    opinion = Opinion(kind, 3, Random(7))
    before = opinion.errors.copy()
    opinion.learn(1)
    smaller = [abs(now) < abs(then) for now, then in zip(opinion.errors, before, strict=True)]

    assert smaller[1]
    assert sum(smaller) == corrected
