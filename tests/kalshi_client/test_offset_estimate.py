"""Every answer bounds the offset from both sides; together they bound it far below a second."""

from hypothesis import given
from hypothesis import strategies as st

from kalshi_client.offset_estimate import DRIFT_PPM, SECOND_US, SLACK_US, OffsetEstimate, shown_between
from trading.venue_time import UNMEASURED, ClockOffset

NOW_US = 1_795_345_200_000_000
OFFSETS_US = st.integers(-(10**10), 10**10)
# Microseconds before the request, on its way there, and on its way back.
TRIPS = st.tuples(st.integers(0, 10**9), st.integers(0, 10**6), st.integers(0, 10**6))


class Venue:
    """A venue whose clock is ``offset_us`` ahead, and what is known of it here."""

    def __init__(self, offset_us, *, now_us=NOW_US):
        self.offset_us, self.now_us = offset_us, now_us
        self.estimate = OffsetEstimate()

    def ask(self, wait_us=0, there_us=5_000, back_us=5_000):
        """An answer with a ``Date`` of whole seconds."""
        self.now_us += wait_us
        sent_us, shown_us = self.now_us, (self.now_us + there_us + self.offset_us) // SECOND_US * SECOND_US
        self.now_us += there_us + back_us
        evidence = shown_between(shown_us, grain_us=SECOND_US, sent_us=sent_us, received_us=self.now_us)
        self.estimate.take(evidence, now_us=self.now_us)

    def hear(self, delay_us=0):
        """A message of the stream, which took so long."""
        least_us = self.offset_us - delay_us - SLACK_US
        self.estimate.take_least(least_us, now_us=self.now_us)

    @property
    def known(self):
        return self.estimate.offset(self.now_us)

    def is_right(self):
        return self.wrong_by_us() == 0

    def wrong_by_us(self):
        return self.known.distance_us(ClockOffset(self.offset_us, self.offset_us))


def test_nothing_is_known_before_the_first_answer():
    assert OffsetEstimate().offset(NOW_US) == UNMEASURED


@given(OFFSETS_US, st.lists(TRIPS, min_size=1, max_size=30))
def test_the_true_offset_is_always_among_those_allowed(offset_us, trips):
    venue = Venue(offset_us)

    for trip in trips:
        venue.ask(*trip)

        assert venue.is_right()
    assert venue.estimate.starts == 1


@given(OFFSETS_US, st.integers(0, SECOND_US))
def test_the_first_answer_leaves_its_second_and_its_trip_open(offset_us, phase_us):
    venue = Venue(offset_us, now_us=NOW_US + phase_us)

    venue.ask(0, 3_000, 4_000)

    assert venue.known.width_us == SECOND_US + 7_000 + 2 * SLACK_US


@given(OFFSETS_US)
def test_twenty_answers_in_different_parts_of_their_seconds_leave_a_tenth_open(offset_us):
    venue = Venue(offset_us)

    for _ in range(20):
        venue.ask(wait_us=1_050_000 - 10_000)

    assert venue.is_right()
    assert venue.known.width_us <= 100_000


@given(OFFSETS_US, st.lists(st.integers(0, 10**6), min_size=1))
def test_messages_of_a_stream_narrow_it_to_the_fastest_of_them_from_below(offset_us, delays_us):
    venue = Venue(offset_us)
    venue.ask()

    for delay_us in delays_us:
        venue.hear(delay_us)

    assert venue.is_right()
    assert offset_us - venue.known.least_us <= min(delays_us) + SLACK_US


def test_a_message_alone_tells_nothing():
    venue = Venue(10**9)

    venue.hear()

    assert venue.known == UNMEASURED


@given(OFFSETS_US, st.integers(0, 10**11), st.integers(-DRIFT_PPM, DRIFT_PPM))
def test_clocks_that_drift_apart_stay_within_what_is_allowed(offset_us, pause_us, drift_ppm):
    venue = Venue(offset_us)
    venue.ask()

    venue.now_us += pause_us
    venue.offset_us += int(pause_us * drift_ppm / 1_000_000)

    assert venue.is_right()
    venue.ask()
    assert venue.is_right()
    assert venue.estimate.starts == 1


@given(OFFSETS_US, st.integers(2_600_000, 10**9), st.booleans(), st.booleans())
def test_a_clock_that_is_set_starts_the_estimate_anew(offset_us, step_us, is_ahead, is_heard_first):
    venue = Venue(offset_us)
    for _ in range(5):
        venue.ask(wait_us=100_000)

    venue.offset_us += step_us if is_ahead else -step_us
    if is_heard_first:
        venue.hear(delay_us=1_000)
    venue.ask()

    assert venue.is_right()
    assert venue.estimate.starts == 2


@given(
    OFFSETS_US,
    st.lists(st.integers(-200_000, 200_000), min_size=1, max_size=4),
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2 * SECOND_US)), min_size=30, max_size=30),
)
def test_machines_of_a_venue_that_differ_a_little_widen_what_is_known_and_restart_nothing(
    offset_us, apart_us, answers
):
    venue = Venue(offset_us)
    for machine, wait_us in answers:
        venue.offset_us = offset_us + apart_us[machine % len(apart_us)]
        venue.ask(wait_us=wait_us)

        assert venue.wrong_by_us() <= 400_000  # what two of them differ by at most
    assert venue.estimate.starts == 1


@given(OFFSETS_US, st.integers(-400_000, 400_000))
def test_a_clock_that_is_set_a_little_makes_what_is_known_wrong_by_no_more(offset_us, step_us):
    venue = Venue(offset_us)
    for _ in range(10):
        venue.ask(wait_us=110_000)

    venue.offset_us += step_us
    venue.ask(wait_us=110_000)

    assert venue.wrong_by_us() <= abs(step_us)


def test_an_answer_during_which_this_clock_was_set_back_tells_nothing():
    assert shown_between(NOW_US, grain_us=SECOND_US, sent_us=NOW_US, received_us=NOW_US - 5_000_000) is None
