"""Marks of an axis are round, and a thinned curve keeps its extremes."""

from hypothesis import given
from hypothesis import strategies as st

from reports.scales import Point, round_steps, thinned, time_ticks

MINUTE_US = 60_000_000
MIDNIGHT_US = 1_796_083_200_000_000


def test_the_marks_of_an_axis_are_round_and_enclose_what_is_drawn():
    assert round_steps(9_957, 10_016, most=6) == [9_940, 9_960, 9_980, 10_000, 10_020]
    assert round_steps(5, 5, most=6)[0] < 5 < round_steps(5, 5, most=6)[-1]


@given(low=st.integers(-(10**15), 10**15), span=st.integers(0, 10**15))
def test_an_axis_has_few_marks_whatever_it_spans(low, span):
    steps = round_steps(low, low + span, most=6)

    assert 2 <= len(steps) <= 7
    assert steps[0] <= low
    assert low + span <= steps[-1]


def test_times_are_written_as_short_as_they_can_be_told_apart():
    def texts(span_us):
        return [tick.text for tick in time_ticks(MIDNIGHT_US, MIDNIGHT_US + span_us, most=7)]

    assert texts(3 * MINUTE_US)[:2] == ["00:00:00", "00:00:30"]
    assert texts(600 * MINUTE_US)[:2] == ["00:00", "02:00"]
    assert texts(72 * 60 * MINUTE_US)[:2] == ["01 Dec 00:00", "01 Dec 12:00"]
    assert texts(30 * 24 * 60 * MINUTE_US)[:2] == ["03 Dec", "08 Dec"]


@given(st.lists(st.integers(-1_000, 1_000), min_size=1, max_size=400), st.integers(8, 60))
def test_a_thinned_curve_keeps_its_ends_and_its_extremes(values, most):
    points = [Point(x, y) for x, y in enumerate(values)]

    kept = thinned(points, most=most)

    assert len(kept) <= most + 8
    assert (kept[0], kept[-1]) == (points[0], points[-1])
    assert {min(values), max(values)} <= {point.y for point in kept}
    assert kept == sorted(kept, key=lambda point: point.x)
