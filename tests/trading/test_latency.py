import pytest

from trading.latency import LatencyRecord


def test_there_is_no_latency_before_the_first():
    assert LatencyRecord().summary() == {"p50": None, "p95": None, "p99": None, "n": 0}


@pytest.mark.parametrize(
    ("durations", "p50", "p95", "p99"),
    [
        pytest.param([7.0], 7.0, 7.0, 7.0, id="one"),
        pytest.param([float(n) for n in range(101)], 50.0, 95.0, 99.0, id="ascending"),
        pytest.param([float(n) for n in reversed(range(101))], 50.0, 95.0, 99.0, id="descending"),
        pytest.param([1.0] * 98 + [500.0] * 3, 1.0, 1.0, 500.0, id="a tail"),
        pytest.param([1.23456], 1.235, 1.235, 1.235, id="to the microsecond"),
    ],
)
def test_the_median_and_the_tail(durations, p50, p95, p99):
    record = LatencyRecord()
    for milliseconds in durations:
        record.add(milliseconds)

    assert record.summary() == {"p50": p50, "p95": p95, "p99": p99, "n": len(durations)}


def test_percentiles_are_of_the_last_ones_and_the_count_is_of_all():
    record = LatencyRecord(kept=3)
    for milliseconds in (900.0, 900.0, 1.0, 2.0, 3.0):
        record.add(milliseconds)

    assert record.summary() == {"p50": 2.0, "p95": 3.0, "p99": 3.0, "n": 5}
