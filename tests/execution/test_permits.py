import pytest

from execution.permits import STREAM_VALID_S, HeldPermits
from trading.held_prices import UNKNOWN
from trading.market_map import MarketMap
from trading.shard_marks import ShardMarks


@pytest.fixture
def permits():
    return HeldPermits(MarketMap({"RAIN-NYC": "RAIN-NY"}))


def test_nothing_is_allowed_before_anybody_spoke(permits):
    assert not permits.lease_valid(0.0)
    assert not permits.stream_reconciled(0.0)
    assert permits.untradable("RAIN-NY", 0.0) == "not_watched"
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


def test_a_market_is_permitted_and_valued_by_the_book_of_its_ticker_at_the_data_venue(permits):
    marks = b"".join(price_e4.to_bytes(4, "little") for price_e4 in (4_000, 5_500, 1_000, 2_000, 10, 20))
    tickers = ["RAIN-NYC", "SUN", "RAIN-NY"]
    permits.shards.hear(ShardMarks(0, 1, 1, tickers, marks, {"gap": [0]}), 100.0)

    assert permits.untradable("RAIN-NY", 100.0) == "gap"
    assert permits.untradable("SUN", 100.0) is None
    assert permits.untradable("RAIN-NYC", 100.0) == "not_watched"  # over there it is another market
    assert permits.mark("SUN") == (1_000, 2_000)
    assert permits.mark("RAIN-NYC") == UNKNOWN
