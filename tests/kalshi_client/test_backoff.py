"""Delays double, stay under their cap and are never near zero."""

from hypothesis import given
from hypothesis import strategies as st

from kalshi_client.stream.backoff import Backoff


def test_delays_double_up_to_the_cap():
    backoff = Backoff(base_s=1, cap_s=10)

    assert [backoff.delay_s(attempt, 1.0) for attempt in range(5)] == [1, 2, 4, 8, 10]


@given(attempt=st.integers(0, 10**9), spread=st.floats(0, 1, exclude_max=True))
def test_delay_lies_between_a_half_and_the_whole(attempt, spread):
    backoff = Backoff(base_s=0.5, cap_s=30)

    whole = backoff.delay_s(attempt, 1.0)

    assert whole / 2 <= backoff.delay_s(attempt, spread) <= whole <= 30
