"""Reserves are worked out once for a burst of changes, and their sums are those of the markets."""

from hypothesis import given
from hypothesis import strategies as st

from trading.market_reserves import MarketReserves

TICKERS = ["A", "B", "C"]
changes = st.tuples(st.sampled_from(TICKERS), st.integers(0, 3), st.integers(0, 10**9))


def test_a_burst_of_changes_is_worked_out_once():
    asked = []
    reserves = MarketReserves(lambda ticker: asked.append(ticker) or 7)
    for _ in range(9):
        reserves.is_stale("A", 0)

    assert (reserves.of_market("A"), reserves.of_shard(None), reserves.of_market("A")) == (7, 7, 7)
    assert asked == ["A"]


@given(st.lists(changes, max_size=30))
def test_the_sums_are_those_of_the_markets_in_their_last_shards(steps):
    now = {}
    reserves = MarketReserves(lambda ticker: now[ticker][1])
    for number, (ticker, shard, reserve_e6) in enumerate(steps):
        now[ticker] = (shard, reserve_e6)
        reserves.is_stale(ticker, shard)
        if number % 3 == 0:
            reserves.of_shard(None)

    assert [reserves.of_market(ticker) for ticker in TICKERS] == [now.get(t, (0, 0))[1] for t in TICKERS]
    for shard in range(4):
        assert reserves.of_shard(shard) == sum(e6 for of, e6 in now.values() if of == shard)
    assert reserves.of_shard(None) == sum(e6 for _, e6 in now.values())
    assert set(reserves.shards()) == {shard for shard, e6 in now.values() if e6}
    assert reserves.tickers() == {ticker: shard for ticker, (shard, _) in now.items()}
    assert all((ticker in reserves) == (ticker in now) for ticker in TICKERS)
