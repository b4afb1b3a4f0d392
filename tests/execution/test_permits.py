import pytest

from execution.permits import STREAM_VALID_S, HeldPermits


@pytest.fixture
def permits():
    return HeldPermits()


def test_nothing_is_allowed_before_anybody_spoke(permits):
    assert not permits.lease_valid(0.0)
    assert not permits.stream_reconciled(0.0)
    assert permits.shards.untradable("RAIN-NYC", 0.0) == "not_watched"
    assert permits.state == "starting"


def test_a_lease_runs_out_by_itself(permits):
    permits.grant_lease(3.0, "trading", "", now=100.0)

    assert permits.lease_valid(102.9)
    assert not permits.lease_valid(103.0)


def test_the_state_of_trading_comes_with_the_lease(permits):
    permits.grant_lease(3.0, "paused", "by hand", now=100.0)

    assert (permits.state, permits.state_reason) == ("paused", "by hand")


def test_the_streams_word_runs_out_by_itself(permits):
    permits.hear_stream(live=True, now=100.0)

    assert permits.stream_reconciled(100.0 + STREAM_VALID_S - 0.01)
    assert not permits.stream_reconciled(100.0 + STREAM_VALID_S)


def test_a_stream_that_says_it_is_not_live_is_believed_at_once(permits):
    permits.hear_stream(live=True, now=100.0)
    permits.hear_stream(live=False, now=100.1)

    assert not permits.stream_reconciled(100.1)
