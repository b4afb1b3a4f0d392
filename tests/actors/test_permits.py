import struct

import pytest

from actors.messages import FactsCommitted, LeaseGranted, ShardObserved
from actors.orders.permits import SHARD_VALID_S, STREAM_VALID_S, HeldPermits

NYC, LA = "RAIN-NYC", "RAIN-LA"


@pytest.fixture
def permits():
    return HeldPermits()


def shard(tickers=(NYC,), bids=((4_000, 5_900),), untradable=None, number=0):
    marks = [bid for pair in bids for bid in pair]
    return ShardObserved(number, list(tickers), struct.pack(f"<{len(marks)}i", *marks), untradable or {})


def test_nothing_is_allowed_before_anybody_spoke(permits):
    assert not permits.lease_valid(0.0)
    assert not permits.stream_reconciled(0.0)
    assert permits.untradable(NYC, 0.0) == "not_watched"
    assert permits.state == "starting"


def test_a_lease_runs_out_by_itself(permits):
    permits.grant_lease(LeaseGranted(3.0, "trading", ""), 100.0)

    assert permits.lease_valid(102.9)
    assert not permits.lease_valid(103.0)


def test_the_state_of_trading_comes_with_the_lease(permits):
    permits.grant_lease(LeaseGranted(3.0, "paused", "by hand"), 100.0)

    assert (permits.state, permits.state_reason) == ("paused", "by hand")


def test_the_streams_word_runs_out_by_itself(permits):
    permits.hear_stream(FactsCommitted("o", 1, live=True, generation=1), 100.0)

    assert permits.stream_reconciled(100.0 + STREAM_VALID_S - 0.01)
    assert not permits.stream_reconciled(100.0 + STREAM_VALID_S)


def test_a_stream_that_says_it_is_not_live_is_believed_at_once(permits):
    permits.hear_stream(FactsCommitted("o", 1, live=True, generation=1), 100.0)
    permits.hear_stream(FactsCommitted("o", 1, live=False, generation=2), 100.1)

    assert not permits.stream_reconciled(100.1)


def test_a_market_that_its_watcher_no_longer_names_may_not_be_traded(permits):
    permits.hear_shard(shard((NYC, LA), ((1, 2), (3, 4))), 100.0)
    permits.hear_shard(shard((NYC,), ((1, 2),)), 100.5)

    assert permits.untradable(NYC, 100.5) is None
    assert permits.untradable(LA, 100.5) == "not_watched"
    assert permits.mark(LA) == (3, 4)


def test_a_market_that_moved_to_another_watcher_may_be_traded(permits):
    permits.hear_shard(shard((NYC, LA), ((1, 2), (3, 4))), 100.0)
    permits.hear_shard(shard((LA,), ((3, 4),), number=1), 100.5)
    permits.hear_shard(shard((NYC,), ((1, 2),)), 100.6)

    assert permits.untradable(LA, 100.6) is None


def test_a_market_may_be_traded_while_its_watcher_says_so(permits):
    permits.hear_shard(shard((NYC, LA), ((1, 2), (3, 4)), {LA: "gap"}), 100.0)

    assert permits.untradable(NYC, 100.0) is None
    assert permits.untradable(LA, 100.0) == "gap"
    assert permits.untradable(NYC, 100.0 + SHARD_VALID_S) == "watcher_silent"


def test_one_silent_watcher_stops_only_its_own_markets(permits):
    permits.hear_shard(shard((NYC,), number=0), 100.0)
    permits.hear_shard(shard((LA,), number=1), 102.0)

    assert permits.untradable(NYC, 104.0) == "watcher_silent"
    assert permits.untradable(LA, 104.0) is None


def test_a_mark_is_the_best_bid_of_each_side(permits):
    permits.hear_shard(shard((NYC, LA), ((4_000, 5_900), (0, 700))), 0.0)

    assert permits.mark(NYC) == (4_000, 5_900)
    assert permits.mark(LA) == (None, 700)


def test_a_book_never_seen_has_no_mark(permits):
    assert permits.mark(NYC) is None
    permits.hear_shard(shard(bids=((0, 0),), untradable={NYC: "no_snapshot"}), 0.0)
    assert permits.mark(NYC) is None


def test_a_suspect_book_keeps_its_last_mark(permits):
    permits.hear_shard(shard(), 0.0)
    permits.hear_shard(shard(bids=((0, 0),), untradable={NYC: "disconnected"}), 1.0)

    assert permits.mark(NYC) == (4_000, 5_900)


def test_a_live_book_that_nobody_bids_on_is_worth_nothing(permits):
    permits.hear_shard(shard(), 0.0)
    permits.hear_shard(shard(bids=((0, 0),)), 1.0)

    assert permits.mark(NYC) == (None, None)
