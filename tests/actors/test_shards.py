"""Is every chosen market in exactly one shard, and does it stay there?"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from actors.market_data.shards import ShardPlan, assign_shards

TICKERS = st.lists(st.integers(0, 40).map("T{}".format), unique=True)


def test_markets_are_dealt_out_by_rank():
    assert assign_shards(["a", "b", "c", "d", "e"], [[], []]) == [["a", "c", "e"], ["b", "d"]]


def test_a_market_stays_in_its_shard():
    assert assign_shards(["x", "c", "a"], [["a"], ["b", "c"]]) == [["a", "x"], ["c"]]


@given(TICKERS, TICKERS, st.integers(1, 5))
def test_every_market_is_in_exactly_one_shard(before, after, shards):
    previous = assign_shards(before, [[] for _ in range(shards)])

    assigned = assign_shards(after, previous)

    assert len(assigned) == shards
    assert sorted(ticker for shard in assigned for ticker in shard) == sorted(after)


def test_only_the_best_are_chosen_and_a_mere_change_of_rank_changes_nothing():
    plan = ShardPlan(1, count=2)

    assert plan.choose(["a", "b", "c"], closes_us=[1, 2, 3])
    assert (plan.chosen, plan.closes_us["b"]) == (["a", "b"], 2)
    assert not plan.choose(["b", "a", "c"], closes_us=[2, 1, 3])
    assert plan.choose(["c", "a", "b"], closes_us=[3, 1, 2])
    assert (plan.shards, plan.shard_of("c"), plan.shard_of("b")) == ([["a", "c"]], 0, None)
