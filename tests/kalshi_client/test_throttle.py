"""The bucket never hands out more than the venue's would."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_client.rest.throttle import CANCEL_ORDER, CREATE_ORDER, READ_ORDER, EndpointCosts, TokenBucket

STEPS = st.lists(st.tuples(st.floats(0, 5), st.integers(1, 40)), max_size=60)


@given(steps=STEPS, capacity=st.integers(1, 200), refill=st.integers(1, 200))
def test_tokens_taken_in_any_window_never_exceed_capacity_plus_refill(steps, capacity, refill):
    bucket = TokenBucket(capacity, refill)
    now, taken = 0.0, []
    for wait, cost in steps:
        now += wait
        if bucket.take(cost, now):
            taken.append((now, cost))

    for i, (start, _) in enumerate(taken):
        total = 0
        for at, cost in taken[i:]:
            total += cost
            assert total <= capacity + refill * (at - start) + 1e-6


@given(steps=STEPS, capacity=st.integers(1, 200), refill=st.integers(1, 200))
def test_waiting_as_long_as_told_always_suffices(steps, capacity, refill):
    bucket = TokenBucket(capacity, refill)
    now = 0.0
    for wait, cost in steps:
        now += wait
        delay = bucket.wait_s(cost, now)
        if cost > capacity:
            assert delay == float("inf")
            continue
        now += delay + 1e-9
        assert bucket.take(cost, now)
        assert -1e-6 <= bucket.tokens(now) <= capacity


def test_refused_request_takes_nothing():
    bucket = TokenBucket(10, 1)

    assert not bucket.take(11, 0.0)
    assert bucket.tokens(0.0) == 10


def test_what_is_kept_for_cancels_is_not_given_to_orders():
    bucket = TokenBucket(20, 1)

    assert bucket.take(10, 0.0, keep=10)
    assert not bucket.take(10, 0.0, keep=10)
    assert bucket.take(2, 0.0)


def test_clock_that_goes_back_adds_nothing():
    bucket = TokenBucket(10, 1)
    bucket.take(10, 100.0)

    assert bucket.tokens(50.0) == 0
    assert bucket.tokens(101.0) == 1


def test_refused_by_the_venue_means_empty():
    bucket = TokenBucket(10, 1)

    bucket.drained(0.0)

    assert not bucket.take(1, 0.0)
    assert bucket.wait_s(5, 0.0) == 5


@pytest.mark.parametrize(("capacity", "refill"), [(0, 1), (1, 0), (-1, 1)])
def test_bucket_that_can_never_serve_is_refused(capacity, refill):
    with pytest.raises(ValueError):
        TokenBucket(capacity, refill)


def test_costs_are_the_published_ones_until_the_account_says_otherwise():
    published = EndpointCosts()
    own = EndpointCosts(7, [("DELETE", "/trade-api/v2/portfolio/events/orders/{order_id}", 3)])

    assert [published.of(e) for e in (CREATE_ORDER, CANCEL_ORDER, READ_ORDER)] == [10, 2, 2]
    assert [own.of(e) for e in (CREATE_ORDER, CANCEL_ORDER, READ_ORDER)] == [7, 3, 2]
