"""Reads never draw more than the venue's bucket gives, and each of them has its turn."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_client.errors import RateLimited
from kalshi_client.rest.client import RestClient
from kalshi_client.rest.read_budget import (
    BASIC_READS,
    LEARN_AGAIN_S,
    MOST_REFUSALS,
    Pacing,
    ReadBudget,
)
from kalshi_client.rest.throttle import READ_ORDER, EndpointCosts, TokenBucket
from kalshi_client.wire.records import BucketLimit

LIST = ("GET", "/portfolio/orders")
# So many threads ask at once, then nobody for so many seconds.
BURSTS = st.lists(
    st.tuples(st.floats(0, 3), st.integers(1, 60), st.sampled_from([LIST, READ_ORDER])), max_size=8
)
LIMITS = st.builds(BucketLimit, st.integers(20, 400), st.integers(20, 300))


class Clock:
    """Time that the test moves; a wait is noted with the time at which it will be over."""

    def __init__(self) -> None:
        self.now_s = 50.0
        self.over_at_s = 0.0

    def wait(self, seconds: float) -> None:
        self.over_at_s = self.now_s + seconds

    def budget(self, **settings) -> ReadBudget:
        return ReadBudget(Pacing(monotonic_s=lambda: self.now_s, **settings), self.wait)

    def sends(self, budget: ReadBudget, endpoint=LIST, *, signed=True) -> float:
        """When a thread that asks for this read now will send it."""
        self.over_at_s = self.now_s
        budget.take(endpoint, signed=signed)
        return self.over_at_s


@given(bursts=BURSTS, limit=LIMITS)
def test_threads_together_never_exceed_the_published_bucket_and_none_starves(bursts, limit):
    clock, costs = Clock(), EndpointCosts()
    budget = clock.budget(most_wait_s=1e9)
    budget.learn(limit)
    venue = TokenBucket(limit.capacity, limit.refill_per_s)
    last_s, owed = clock.now_s, 0.0
    reads = [
        (0.0 if thread else pause_s, endpoint)
        for pause_s, threads, endpoint in bursts
        for thread in range(threads)
    ]
    for pause_s, endpoint in reads:
        clock.now_s += pause_s
        # All of these threads wait at the same time: the clock does not move while they do.
        sent_s = clock.sends(budget, endpoint)
        cost = costs.of(endpoint)
        owed += cost

        assert sent_s >= last_s - 1e-9, "whoever asked first goes first"
        assert sent_s - clock.now_s <= owed / limit.refill_per_s + 1e-6
        assert venue.wait_s(min(cost, limit.capacity), sent_s) <= 1e-6, "the venue would refuse this"
        venue.reserve(min(cost, limit.capacity), sent_s)
        last_s = sent_s


@given(limit=LIMITS, drained_after=st.integers(0, 40))
def test_read_that_others_left_no_tokens_for_gets_them_at_the_second_attempt(limit, drained_after):
    clock = Clock()
    budget, venue = clock.budget(), TokenBucket(limit.capacity, limit.refill_per_s)
    budget.learn(limit)
    attempts = 0
    for n in range(40):
        if n == drained_after:
            venue.drained(clock.now_s)
        for attempts in range(1, MOST_REFUSALS + 2):
            clock.now_s = clock.sends(budget) + 1e-6
            if venue.take(10, clock.now_s):
                break
            budget.refused(LIST, signed=True, times=attempts)

        assert attempts <= 2


def test_account_is_taken_to_be_the_smallest_until_it_is_known():
    clock = Clock()
    budget = clock.budget()
    at_once = sum(clock.sends(budget) == clock.now_s for _ in range(100))

    assert at_once == BASIC_READS.capacity // 10


def test_limits_are_learnt_when_they_make_a_difference_and_once_a_minute():
    clock = Clock()
    budget = clock.budget()
    assert not budget.should_learn(LIST)
    for _ in range(60):
        budget.take(LIST, signed=True)

    assert [budget.should_learn(LIST) for _ in range(2)] == [True, False]
    clock.now_s += LEARN_AGAIN_S
    for _ in range(60):
        budget.take(LIST, signed=True)
    assert budget.should_learn(LIST)
    budget.learn(BASIC_READS)
    clock.now_s += 1
    assert not budget.should_learn(LIST)


def test_limits_are_doubted_when_the_venue_refuses_what_should_have_passed():
    clock = Clock()
    budget = clock.budget()
    budget.learn(BASIC_READS)

    budget.refused(LIST, signed=True, times=1)

    assert budget.should_learn(LIST)


def test_waits_after_refusals_double():
    clock, waits = Clock(), []
    budget = clock.budget(wait=waits.append)

    for times in range(1, 5):
        budget.refused(LIST, signed=True, times=times)

    assert waits == [0.05, 0.1, 0.2]  # the first is that of the next turn


def test_read_that_would_wait_too_long_is_refused_and_takes_nothing():
    clock = Clock()
    budget = clock.budget(most_wait_s=1.01)
    for _ in range(60 + 20):
        budget.take(LIST, signed=True)

    for _ in range(2):
        with pytest.raises(RateLimited, match="read_budget_spent"):
            budget.take(LIST, signed=True)
    clock.now_s += 0.05
    assert clock.sends(budget) == pytest.approx(clock.now_s + 1.0)


def test_endpoint_that_costs_more_than_the_bucket_holds_is_still_asked():
    clock = Clock()
    budget = clock.budget()
    budget.learn_costs(EndpointCosts(10_000))

    assert clock.sends(budget) == clock.now_s
    assert clock.sends(budget) == pytest.approx(clock.now_s + 3.0)


def test_unsigned_reads_do_not_draw_on_the_account():
    clock = Clock()
    budget = clock.budget(unsigned_per_s=4.0)

    sent = [clock.sends(budget, signed=False) - clock.now_s for _ in range(6)]

    assert sent == pytest.approx([0, 0, 0, 0, 0.25, 0.5])
    assert clock.sends(budget) == clock.now_s


@pytest.mark.parametrize(
    "url",
    [
        "https://external-api.demo.kalshi.co/trade-api/v2",
        "http://127.0.0.1:9000/trade-api/v2",
        "http://localhost:9000/trade-api/v2",
    ],
)
def test_a_client_is_careful_whatever_the_address_unless_told_otherwise(url):
    assert RestClient(url, None)._budget._pacing == Pacing(unsigned_per_s=10)


def test_a_refusal_by_one_venue_holds_no_read_of_another():
    clock = Clock()
    data, execution = clock.budget(), clock.budget()

    data.refused(LIST, signed=True, times=1)

    assert clock.sends(execution) == clock.now_s
    assert clock.sends(data) > clock.now_s
