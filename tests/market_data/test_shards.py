"""Every watched market is in exactly one shard with the rest of its event, and stays there."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from market_data.shards import (
    Candidate,
    Change,
    EventFacts,
    ShardPlan,
    assign_connections,
    assign_shards,
    loads,
)
from trading.coherence import NO_STRIKE, EventShape, Strike

MARKETS = st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, 5), st.sampled_from([0, 1, 10, 10_000])),
    unique_by=lambda row: row[:2],
    max_size=40,
).map(lambda rows: [market(f"E{event}-{number}", day=day) for event, number, day in rows])


def market(ticker: str, *, day: int = 0, close_us: int = 1, strike: Strike = NO_STRIKE) -> Candidate:
    return Candidate(ticker, ticker.partition("-")[0], close_us, day, strike)


def markets(text: str) -> list[Candidate]:
    return [market(ticker) for ticker in text.split()]


def facts(found: list[Candidate], **open_markets: int) -> dict[str, EventFacts]:
    counted = Counter(each.event_ticker for each in found) | Counter(open_markets)
    return {event: EventFacts(is_exclusive=False, open_markets=number) for event, number in counted.items()}


def choose(
    plan: ShardPlan, ranked: list[Candidate], closing: list[Candidate] | None = None, **more
) -> Change:
    return plan.choose(ranked, closing or [], facts([*ranked, *(closing or [])]), **{"venue_us": 0, **more})


def by_event(found: list[Candidate], shard_of: dict[str, int]) -> dict[str, set[int]]:
    shards: dict[str, set[int]] = {}
    for each in found:
        shards.setdefault(each.event_ticker, set()).add(shard_of[each.ticker])
    return shards


# --- shards ----------------------------------------------------------------------------------------


def test_a_busy_event_is_alone_and_the_quiet_ones_share():
    found = [market("A-1", day=900), *markets("B-1 C-1 D-1 D-2")]

    shard_of = assign_shards(found, {}, 2)

    assert by_event(found, shard_of) == {"A": {0}, "B": {1}, "C": {1}, "D": {1}}


def test_a_market_stays_in_its_shard_and_what_is_new_of_its_event_comes_to_it():
    found = markets("A-1 A-2 A-3 B-1")

    assert assign_shards(found, {"A-1": 1, "A-2": 1}, 2) == {"A-1": 1, "A-2": 1, "A-3": 1, "B-1": 0}


@given(MARKETS, st.integers(1, 5))
def test_no_shard_is_above_the_mean_by_more_than_one_event(found, shards):
    shard_of = assign_shards(found, {}, shards)

    load_of = loads(found)
    load = [sum(load_of[t] for t, at in shard_of.items() if at == number) for number in range(shards)]
    of_event = Counter()
    for each in found:
        of_event[each.event_ticker] += load_of[each.ticker]
    assert max(load) <= sum(load) / shards + max(of_event.values(), default=0)
    assert sorted(shard_of) == sorted(each.ticker for each in found)
    assert all(len(where) == 1 for where in by_event(found, shard_of).values())


@given(MARKETS, MARKETS, st.integers(1, 5))
def test_a_refresh_moves_nothing_splits_nothing_and_lifts_no_shard_by_more_than_one_event(
    before, after, shards
):
    previous = assign_shards(before, {}, shards)

    shard_of = assign_shards(after, previous, shards)

    assert set(shard_of) == {each.ticker for each in after}
    assert all(shard_of[ticker] == previous[ticker] for ticker in shard_of.keys() & previous.keys())
    assert all(len(where) == 1 for where in by_event(after, shard_of).values())
    load_of, known = loads(after), {each.event_ticker for each in after if each.ticker in previous}
    load, stayed, of_new_event = Counter(), Counter(), Counter()
    for each in after:
        load[shard_of[each.ticker]] += load_of[each.ticker]
        if each.event_ticker in known:
            stayed[shard_of[each.ticker]] += load_of[each.ticker]
        else:
            of_new_event[each.event_ticker] += load_of[each.ticker]
    mean = sum(load.values()) / shards
    for number in range(shards):
        assert load[number] <= max(stayed[number], mean + max(of_new_event.values(), default=0))


@given(MARKETS)
def test_half_of_all_load_follows_activity(found):
    load_of = loads(found)

    assert all(load >= 1_000 for load in load_of.values())
    assert sum(load_of.values()) <= 2_000 * len(found)


# --- the choice ------------------------------------------------------------------------------------


def test_only_the_best_are_chosen_and_a_mere_change_of_rank_changes_nothing():
    plan = ShardPlan(1, count=2)

    assert choose(plan, markets("A-1 B-1 C-1")) == Change(["A-1", "B-1"], [], [0])
    assert choose(plan, markets("B-1 A-1 C-1")) == Change([], [], [])
    assert plan.chosen == ["B-1", "A-1"]


def test_a_watched_market_gives_way_to_a_quarter_more_better_ones_only():
    plan = ShardPlan(1, count=4)
    choose(plan, markets("A-1 B-1 C-1 D-1"))

    assert choose(plan, markets("X-1 A-1 B-1 C-1 D-1")) == Change([], [], [])
    assert choose(plan, markets("X-1 Y-1 A-1 B-1 C-1 D-1")) == Change(["X-1"], ["D-1"], [0])


def test_a_market_that_closed_makes_room_for_the_next():
    plan = ShardPlan(2, count=2)
    choose(plan, markets("A-1 B-1"))

    assert choose(plan, markets("B-1 C-1")) == Change(["C-1"], ["A-1"], [0])
    assert (plan.shard_of("A-1"), plan.shard_of("B-1"), plan.shard_of("C-1")) == (None, 1, 0)


def test_what_is_about_to_close_stays_watched_and_is_not_begun_with():
    plan = ShardPlan(1, count=3)
    choose(plan, markets("A-1 B-1"))

    assert choose(plan, markets("B-1"), markets("A-1 C-1")) == Change([], [], [])
    assert plan.chosen == ["B-1", "A-1"]


def test_what_is_held_stays_watched_until_it_closes():
    plan = ShardPlan(1, count=2)
    choose(plan, [market("A-1", close_us=9), market("B-1", close_us=9)])

    assert choose(plan, markets("C-1 D-1"), held=["A-1", "Y-1"], venue_us=8) == Change(["C-1"], ["B-1"], [0])
    assert plan.shards[0].events[0] == EventShape("A", False, True, {"A-1": NO_STRIKE})
    assert choose(plan, markets("C-1 D-1"), held=["A-1"], venue_us=9) == Change(["D-1"], ["A-1"], [0])


def test_what_is_held_and_open_is_watched_whatever_its_rank():
    plan = ShardPlan(1, count=2)
    choose(plan, markets("A-1 B-1"))

    assert choose(plan, markets("A-1 B-1"), markets("Y-1 Z-1"), held=["Z-1"]) == Change(["Z-1"], ["B-1"], [0])
    assert choose(plan, markets("A-1 B-1"), markets("Z-1"), held=["B-1", "Z-1"]) == Change(
        ["B-1"], ["A-1"], [0]
    )
    assert choose(plan, markets("A-1 B-1")) == Change(["A-1"], ["Z-1"], [0])


def test_another_close_time_is_told_to_the_shard_it_concerns():
    plan = ShardPlan(2, count=2)
    choose(plan, [market("A-1"), market("B-1")])

    assert choose(plan, [market("A-1"), market("B-1", close_us=9)]) == Change([], [], [1])
    assert plan.shards[1].closes_us == [9]


def test_an_event_is_whole_when_no_open_market_of_it_is_left_out():
    found = [market("A-1", strike=Strike("greater", 1.0)), market("A-2"), market("B-1")]
    plan = ShardPlan(1, count=2)

    plan.choose(found[:2], [], {"A": EventFacts(is_exclusive=True, open_markets=2)}, venue_us=0)
    assert plan.shards[0].events == [EventShape("A", True, True, {"A-1": found[0].strike, "A-2": NO_STRIKE})]

    plan.choose(found[:2], [], {"A": EventFacts(is_exclusive=True, open_markets=3)}, venue_us=0)
    assert not plan.shards[0].events[0].is_whole
    plan.choose(found[:2], [], {"A": EventFacts(is_exclusive=True, open_markets=0)}, venue_us=0)
    assert not plan.shards[0].events[0].is_whole


REFRESHES = st.lists(
    st.tuples(MARKETS, st.integers(0, 3), st.sets(st.integers(0, 12).map("E{}-0".format))), max_size=6
)


@given(REFRESHES, st.integers(1, 3), st.integers(1, 8))
def test_after_any_refreshes_the_plan_is_whole_and_says_all_that_changed(refreshes, shards, count):
    plan = ShardPlan(shards, count=count)
    for found, about_to_close, held in refreshes:
        closing, ranked = found[:about_to_close], found[about_to_close:]
        before, contents = set(plan.chosen), list(plan.shards)

        change = choose(plan, ranked, closing, held=held)

        assert held & ({each.ticker for each in found} | before) <= set(plan.chosen)

        chosen = set(plan.chosen)
        assert len(chosen) == len(plan.chosen) <= max(count, len(held & chosen))
        assert {each.ticker for each in ranked} <= chosen or len(chosen) >= count
        assert (set(change.added), set(change.removed)) == (chosen - before, before - chosen)
        assert sorted(t for shard in plan.shards for t in shard.tickers) == sorted(chosen)
        assert all(plan.shard_of(t) == n for n, shard in enumerate(plan.shards) for t in shard.tickers)
        members = [ticker for shard in plan.shards for event in shard.events for ticker in event.strikes]
        assert sorted(members) == sorted(chosen)
        assert change.shards == [n for n, shard in enumerate(plan.shards) if shard != contents[n]]


# --- connections -----------------------------------------------------------------------------------

EVENTS = st.lists(st.integers(0, 9), max_size=12).map(
    lambda sizes: [[f"E{event}-{n}" for n in range(size)] for event, size in enumerate(sizes)]
)


def test_an_event_is_on_one_connection_and_new_ones_fill_up_the_first_that_has_room():
    events = [["a1", "a2", "a3"], ["b1", "b2"], ["c1"]]

    assert assign_connections(events, most=4) == [["a1", "a2", "a3", "c1"], ["b1", "b2"]]


def test_markets_stay_on_their_connection_and_what_is_new_of_an_event_joins_it():
    events = [["a1", "a2"], ["b1", "b2"], ["c1"]]

    assert assign_connections(events, [["z1"], [], ["b1"]], most=3) == [["a1", "a2", "c1"], [], ["b1", "b2"]]


def test_only_an_event_that_fits_on_no_connection_is_split():
    assert assign_connections([["a1", "a2", "a3"], ["b1"]], most=2) == [["a1", "a2"], ["a3", "b1"]]


@given(EVENTS, EVENTS)
def test_no_connection_is_too_full_no_market_moves_and_no_small_event_begins_apart(before, after):
    most = 6
    previous = assign_connections(before, most=most)

    connections = assign_connections(after, previous, most=most)

    place = {ticker: number for number, tickers in enumerate(connections) for ticker in tickers}
    wanted = [ticker for event in after for ticker in event]
    assert max(map(len, connections), default=0) <= most
    assert sorted(ticker for tickers in connections for ticker in tickers) == sorted(wanted)
    assert all(place.get(t, number) == number for number, tickers in enumerate(previous) for t in tickers)
    assert len(assign_connections(after, most=most)) <= 2 * len(wanted) // most + 1
    for event in after:
        new = [ticker for ticker in event if not any(ticker in tickers for tickers in previous)]
        assert len({place[ticker] for ticker in new}) <= -(-len(new) // most)
