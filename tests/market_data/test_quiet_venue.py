"""A venue is quiet when its books have changed less than once a minute for five minutes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market_data.quiet_venue import QUIET_FOR_S, QuietVenue


def watched(changes_at: list[float], *, until_s: float, first: int = 1_000) -> list[float]:
    """The seconds at which a venue that changes at these seconds is called quiet, looked at each second."""
    venue = QuietVenue()
    return [
        now_s
        for now_s in range(int(until_s) + 1)
        if venue.look(first + sum(at <= now_s for at in changes_at), float(now_s))
    ]


def test_a_venue_without_a_change_is_quiet_after_five_minutes_and_not_before():
    assert watched([], until_s=310)[0] == QUIET_FOR_S


@pytest.mark.parametrize(("every_s", "is_quiet"), [(55, False), (70, True), (23 * 60, True), (7, False)])
def test_one_change_a_minute_is_the_limit(every_s, is_quiet):
    changes = [every_s * number for number in range(1, int(1_500 / every_s) + 1)]

    assert bool(watched(changes, until_s=1_500)) == is_quiet


def test_a_venue_that_wakes_is_not_quiet_any_more():
    assert max(watched([400.0 + number for number in range(300)], until_s=700)) < 410


def test_a_venue_whose_books_are_not_live_is_not_called_quiet():
    venue = QuietVenue()
    venue.look(7, 0.0)

    assert not venue.look(None, QUIET_FOR_S)
    assert not venue.look(7, QUIET_FOR_S + 1)


def test_a_count_that_begins_anew_says_nothing_of_the_time_before():
    venue = QuietVenue()
    venue.look(7, 0.0)

    assert not venue.look(0, QUIET_FOR_S)
    assert venue.look(0, 2 * QUIET_FOR_S)


@given(st.lists(st.floats(0, 2_000), max_size=60))
def test_whenever_it_is_called_quiet_fewer_than_one_a_minute_came(changes):
    for now_s in watched(changes, until_s=2_000):
        # A mark is taken every five seconds, so it may look back a little longer.
        assert sum(now_s - QUIET_FOR_S < at <= now_s for at in changes) <= 5
