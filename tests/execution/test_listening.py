"""Only reads as fresh as the subscription leave no gap, by the venue's clock."""

from hypothesis import given
from hypothesis import strategies as st

from execution.listening import Listening
from trading.venue_time import ClockOffset, VenueTimeUs

FIRST, SECOND, RESET = (1, 1), (2, 1), (1, 2)
NOW_US = 10**12
OFFSETS_US = st.integers(-(10**9), 10**9)


def listening(clock, stretch=FIRST, now_us=NOW_US):
    made = Listening()
    made.go_on(stretch, clock, now_us=now_us)
    return made


@given(OFFSETS_US, st.integers(0, 10**6), st.integers(0, 10**6))
def test_no_read_from_before_the_subscription_is_taken_whichever_offset_is_the_true_one(
    true_us, below_us, above_us
):
    clock = ClockOffset(true_us - below_us, true_us + above_us)
    heard = listening(clock)

    subscribed_us = NOW_US + true_us
    assert not heard.is_covered_by(VenueTimeUs(subscribed_us - 1), FIRST)
    assert heard.is_covered_by(VenueTimeUs(subscribed_us + above_us), FIRST)


@given(OFFSETS_US, st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_read_that_has_waited_is_fresh_enough(true_us, below_us, above_us):
    clock = ClockOffset(true_us - below_us, true_us + above_us)
    heard = listening(clock)

    begun_us = NOW_US + heard.wait_us(clock, now_us=NOW_US)

    assert heard.wait_us(clock, now_us=begun_us) == 0
    assert heard.is_covered_by(VenueTimeUs(begun_us + true_us), FIRST)


def test_a_stretch_begins_when_it_is_first_known_and_not_later():
    clock = ClockOffset(0, 0)
    heard = listening(clock)

    heard.go_on(FIRST, clock, now_us=NOW_US + 5)

    assert heard.is_covered_by(VenueTimeUs(NOW_US), FIRST)


def test_a_loss_and_a_clock_that_was_set_begin_another_stretch():
    for other in (SECOND, RESET):
        heard = listening(ClockOffset(0, 0))
        assert not heard.is_covered_by(VenueTimeUs(NOW_US), other)

        heard.go_on(other, ClockOffset(60, 60), now_us=NOW_US)

        assert not heard.is_covered_by(VenueTimeUs(NOW_US), other)
        assert heard.is_covered_by(VenueTimeUs(NOW_US + 60), other)
