"""Times of two clocks meet through the offset that the evidence allows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading.venue_time import UNMEASURED, ClockOffset

MINUTE_US = 60_000_000
TIMES_US = st.integers(0, 2**52)
BOUNDS_US = st.integers(-(10**10), 10**10)


@st.composite
def offsets(draw):
    return ClockOffset(*sorted((draw(BOUNDS_US), draw(BOUNDS_US))))


@given(offsets(), TIMES_US)
def test_a_time_comes_back_from_the_other_clock_as_it_went(offset, local_us):
    assert offset.to_local_us(offset.to_venue_us(local_us)) == local_us


@given(offsets(), TIMES_US)
def test_the_best_guess_lies_between_the_earliest_and_the_latest(offset, local_us):
    earliest_us, latest_us = offset.earliest_venue_us(local_us), offset.latest_venue_us(local_us)

    assert earliest_us <= offset.to_venue_us(local_us) <= latest_us
    assert latest_us - earliest_us == offset.width_us


@pytest.mark.parametrize(
    ("least_us", "most_us", "guess_us"), [(-5, 7, 0), (3, 9, 3), (-9, -3, -3), (0, 0, 0), (4, 4, 4)]
)
def test_the_clocks_are_taken_to_be_no_farther_apart_than_the_evidence_demands(least_us, most_us, guess_us):
    assert ClockOffset(least_us, most_us).guess_us == guess_us


@given(offsets(), offsets(), BOUNDS_US)
def test_narrowed_offsets_allow_what_both_allow(one, other, true_us):
    both = one.narrowed(other)

    allowed = all(o.least_us <= true_us <= o.most_us for o in (one, other))
    assert allowed == (both is not None and both.least_us <= true_us <= both.most_us)


@pytest.mark.parametrize(
    ("offset", "is_beyond"),
    [
        (ClockOffset(9 * MINUTE_US, 11 * MINUTE_US), False),
        (ClockOffset(10 * MINUTE_US + 1, 11 * MINUTE_US), True),
        (ClockOffset(-11 * MINUTE_US, -10 * MINUTE_US - 1), True),
        (UNMEASURED, False),
    ],
)
def test_clocks_are_too_far_apart_only_when_no_evidence_allows_less(offset, is_beyond):
    assert offset.is_beyond(10 * MINUTE_US) is is_beyond


def test_an_offset_that_no_evidence_can_mean_is_a_mistake():
    with pytest.raises(ValueError, match="at least 2 and at most 1"):
        ClockOffset(2, 1)
