import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.write_budget import CANCELS_KEPT, WriteBudget
from kalshi_client.rest.throttle import EndpointCosts, TokenBucket

COSTS = EndpointCosts()  # an order costs 10, a cancel 2
CREATE, CANCEL = 10, 2

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("create"), st.just(0.0)),
        st.tuples(st.just("cancel"), st.just(0.0)),
        st.tuples(st.just("429"), st.just(0.0)),
        st.tuples(st.just("wait"), st.floats(0, 3)),
        st.tuples(st.just("ask"), st.integers(0, 5)),
    ),
    max_size=30,
)


def budget(capacity=100.0, refill_per_s=100.0):
    return WriteBudget(TokenBucket(capacity, refill_per_s), COSTS)


def payable(made, take, now):
    """The number of times that ``take`` would succeed at once."""
    trial = copy.deepcopy(made)
    count = 0
    while getattr(trial, take)(now):
        count += 1
    return count


def walk(made, steps):
    """The time after each step."""
    now = 0.0
    for what, how in steps:
        match what:
            case "create":
                made.take_create(now)
            case "cancel":
                made.take_cancel(now)
            case "429":
                made.refused(now)
            case "ask":
                made.asked(how)
            case "wait":
                now += how
        yield now


@given(st.integers(CREATE + CANCELS_KEPT * CANCEL, 500), st.floats(1, 500), STEPS)
def test_orders_leave_enough_for_cancels(capacity, refill_per_s, steps):
    made = budget(capacity, refill_per_s)
    for now in walk(made, [step for step in steps if step[0] not in ("cancel", "429")]):
        assert payable(made, "take_cancel", now) >= CANCELS_KEPT


@given(STEPS)
def test_where_an_order_is_refused_cancels_still_go_out(steps):
    made = budget()
    for now in walk(made, steps):
        if made.can_create(now):
            assert payable(made, "take_cancel", now) >= CANCELS_KEPT + CREATE // CANCEL


@given(st.integers(1, 500), st.floats(1, 500), STEPS)
def test_no_more_credits_are_outstanding_than_the_bucket_pays(capacity, refill_per_s, steps):
    made = budget(capacity, refill_per_s)
    used = 0
    for now, (what, how) in zip(walk(made, steps), steps, strict=True):
        used += how if what == "ask" else 0
        assert made.granted(now) - used == payable(made, "take_create", now)


@given(st.integers(1, 500), STEPS)
def test_what_it_says_it_can_pay_it_pays(capacity, steps):
    made = budget(capacity)
    for now in walk(made, steps):
        assert made.can_create(now) == (payable(made, "take_create", now) > 0)


@pytest.mark.parametrize("capacity", [CREATE, CREATE + 1, CREATE + CANCELS_KEPT * CANCEL])
def test_a_bucket_that_holds_an_order_can_always_send_one_when_full(capacity):
    assert budget(capacity).take_create(0.0)


def test_after_a_429_nothing_goes_out_until_the_bucket_refills():
    made = budget(refill_per_s=10.0)

    made.refused(5.0)

    assert not made.can_create(5.0)
    assert not made.take_cancel(5.0)
    assert made.cancel_wait_s(5.0) == pytest.approx(0.2)
    assert made.take_cancel(5.2)


def test_credits_start_from_zero_for_a_new_asker():
    made = budget(capacity=50.0)
    made.asked(40)

    made.asker_is_new()

    assert made.granted(0.0) == 3
