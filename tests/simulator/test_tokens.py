from __future__ import annotations

from simulator.access.tokens import TIERS, Limit, TokenBucket


def test_the_lowest_tier_writes_ten_orders_at_once_and_no_more():
    bucket = TokenBucket.full(TIERS["basic"].write, 0.0)

    assert [bucket.take(10, 0.0) for _ in range(11)] == [True] * 10 + [False]


def test_tokens_come_back_with_time_up_to_the_capacity():
    bucket = TokenBucket.full(Limit(refill_per_s=100, capacity=100), 0.0)
    bucket.take(100, 0.0)

    assert not bucket.take(10, 0.05)
    assert bucket.take(10, 0.1)
    assert not bucket.take(101, 100.0)


def test_a_refused_request_costs_nothing():
    bucket = TokenBucket.full(Limit(refill_per_s=1, capacity=10), 0.0)
    bucket.take(11, 0.0)

    assert bucket.take(10, 0.0)
