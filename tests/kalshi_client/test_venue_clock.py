"""The offset is that of the fastest message, the lag what the others took longer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_client.venue_clock import SLOTS, VenueClock

NOW_MS = 1_795_345_200_000
WINDOW_US = 60_000_000
OFFSETS_US = st.integers(-10_000_000, 10_000_000)
DELAYS_US = st.lists(st.integers(0, 5_000_000), min_size=1, max_size=50)


def received_us(sent_ms, *, offset_us=0, delay_us=0):
    return sent_ms * 1_000 - offset_us + delay_us


def test_nothing_is_known_before_the_first_message():
    assert VenueClock(WINDOW_US).offset_us is None


@given(offset_us=OFFSETS_US, delays_us=DELAYS_US)
def test_offset_is_the_true_one_less_the_fastest_delay(offset_us, delays_us):
    clock = VenueClock(WINDOW_US)

    for n, delay_us in enumerate(delays_us):
        sent_ms = NOW_MS + n
        clock.observe(sent_ms, received_us(sent_ms, offset_us=offset_us, delay_us=delay_us))

    assert clock.offset_us == offset_us - min(delays_us)


@given(offset_us=OFFSETS_US, delays_us=DELAYS_US)
def test_lag_is_what_a_message_took_longer_than_the_fastest_so_far(offset_us, delays_us):
    clock = VenueClock(WINDOW_US)

    for n, delay_us in enumerate(delays_us):
        sent_ms = NOW_MS + n
        lag_us = clock.observe(sent_ms, received_us(sent_ms, offset_us=offset_us, delay_us=delay_us))

        assert lag_us == delay_us - min(delays_us[: n + 1])


@given(delays_us=DELAYS_US, extra_us=st.integers(0, 1_000_000))
def test_known_least_delay_makes_offset_and_lag_absolute(delays_us, extra_us):
    least_us = min(delays_us)
    clock = VenueClock(WINDOW_US, least_delay_us=least_us)
    clock.observe(NOW_MS, received_us(NOW_MS, offset_us=777, delay_us=least_us))

    lag_us = clock.observe(NOW_MS, received_us(NOW_MS, offset_us=777, delay_us=least_us + extra_us))

    assert (clock.offset_us, lag_us) == (777, least_us + extra_us)


@given(
    window_us=st.integers(1, 1_000_000),
    messages=st.lists(
        st.tuples(st.integers(0, 100_000), st.integers(-50_000_000, 50_000_000)), min_size=1, max_size=200
    ),
)
def test_offset_is_of_the_window_and_at_most_a_slot_more(window_us, messages):
    clock, seen, now_us = VenueClock(window_us), [], NOW_MS * 1_000
    slot_us = -(-window_us // SLOTS)
    for gap_us, transit_us in messages:
        now_us += gap_us
        sent_ms = (now_us - transit_us) // 1_000
        seen.append((now_us, now_us - sent_ms * 1_000))
        clock.observe(sent_ms, now_us)

        assert clock.offset_us is not None
        assert -clock.offset_us <= min(t for at_us, t in seen if at_us >= now_us - window_us)
        reach_us = SLOTS * slot_us + slot_us
        assert -clock.offset_us >= min(t for at_us, t in seen if at_us > now_us - reach_us)


def test_rising_lag_at_a_high_rate_takes_no_more_memory_than_the_slots():
    clock = VenueClock(WINDOW_US)

    for n in range(20_000):
        clock.observe(NOW_MS + n * 10, received_us(NOW_MS + n * 10, delay_us=n))

    assert len(clock._fastest) <= SLOTS + 1


def test_message_of_another_connection_may_come_a_little_late():
    clock = VenueClock(WINDOW_US)
    clock.observe(NOW_MS + 5_000, received_us(NOW_MS + 5_000, delay_us=9_000))

    assert clock.observe(NOW_MS, received_us(NOW_MS, delay_us=4_000)) == 0
    assert clock.offset_us == -4_000


def test_clock_set_back_by_more_than_the_window_starts_over():
    clock = VenueClock(WINDOW_US)
    clock.observe(NOW_MS, received_us(NOW_MS, offset_us=0))

    sent_ms = NOW_MS + 1_000
    clock.observe(sent_ms, received_us(sent_ms, offset_us=2 * WINDOW_US, delay_us=300))

    assert clock.offset_us == 2 * WINDOW_US - 300


def test_step_of_the_venues_clock_is_forgotten_with_the_window():
    clock = VenueClock(WINDOW_US)
    clock.observe(NOW_MS, received_us(NOW_MS, offset_us=50_000))
    sent_ms = NOW_MS + 2 * WINDOW_US // 1_000

    assert clock.observe(sent_ms, received_us(sent_ms, offset_us=0)) == 0
    assert clock.offset_us == 0


@pytest.mark.parametrize(("window_us", "least_delay_us"), [(0, 0), (-1, 0), (1, -1)])
def test_impossible_window_or_delay_is_a_mistake(window_us, least_delay_us):
    with pytest.raises(ValueError):
        VenueClock(window_us, least_delay_us=least_delay_us)
