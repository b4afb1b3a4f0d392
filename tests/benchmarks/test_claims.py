"""Figures say what they are called."""

from __future__ import annotations

import pytest

from benchmarks import claims


def test_percentiles_of_a_hundred_and_one_values_are_the_values_themselves():
    values = [float(number) for number in reversed(range(101))]

    assert [claims.percentile(values, percent) for percent in (1, 50, 99)] == [1.0, 50.0, 99.0]


def test_percentiles_between_two_values_are_interpolated():
    assert claims.percentile([10.0, 20.0], 50) == 15.0


def test_one_value_has_no_percentiles():
    with pytest.raises(ValueError, match="no percentiles"):
        claims.percentile([1.0], 50)


def test_the_slope_is_that_of_the_line_through_the_points():
    assert claims.slope([(0, 5), (1, 7), (2, 9), (3, 11)]) == pytest.approx(2)


@pytest.mark.parametrize(
    ("result", "ok"),
    [
        pytest.param(claims.goal("ms", 9.9, below=10), True, id="below"),
        pytest.param(claims.goal("ms", 10.0, below=10), False, id="not below"),
        pytest.param(claims.goal("n", 10, at_least=10), True, id="at least"),
        pytest.param(claims.goal("n", 9.99, at_least=10), False, id="less"),
        pytest.param(claims.times_faster("us", 1.0, 6.0, at_least=6.0), True, id="six times faster"),
        pytest.param(claims.times_faster("us", 1.0, 5.9, at_least=6.0), False, id="not six times faster"),
        pytest.param(claims.times_as_much("us", 1.5, 1.0, at_most=1.5), True, id="half as much again"),
        pytest.param(claims.times_as_much("us", 1.6, 1.0, at_most=1.5), False, id="more than that"),
        pytest.param(claims.same("hash", "a", "a"), True, id="equal"),
        pytest.param(claims.same("hash", "a", "b"), False, id="different"),
        pytest.param(claims.skipped("x", "not installed"), None, id="skipped is neither"),
    ],
)
def test_a_claim_is_met_or_not(result, ok):
    assert result["ok"] is ok


def test_of_three_measurements_the_middle_one_is_told_whole_and_the_range_with_it():
    runs = [claims.goal("ms", ms, below=10) | {"n": n} for ms, n in ((9.0, 1), (30.0, 2), (8.0, 3))]

    middle = claims.middle(runs)

    assert (middle["ours"], middle["n"], middle["ok"]) == (9.0, 1, True)
    assert (middle["range"], middle["times"]) == ([8.0, 30.0], 3)


def test_of_comparisons_the_ratio_decides_which_is_the_middle():
    runs = [claims.times_faster("us", ours, 12.0, at_least=6.0) for ours in (3.0, 1.0, 2.0)]

    assert (claims.middle(runs)["ratio"], claims.middle(runs)["range"]) == (6.0, [4.0, 12.0])


def test_what_has_to_be_equal_has_to_be_so_each_time():
    runs = [claims.same("hash", ours, "a") for ours in ("a", "b", "a")]

    assert claims.middle(runs)["ok"] is False
    assert claims.middle([runs[0]] * 3)["ok"] is True


def test_what_was_skipped_stays_skipped():
    assert claims.middle([claims.skipped("x", "not installed")] * 3)["ok"] is None
