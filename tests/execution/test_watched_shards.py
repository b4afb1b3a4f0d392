"""A market is tradable only while its watcher says so, and keeps its value all the same."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution import watched_shards
from execution.watched_shards import NEVER_S, SHARD_VALID_S, WatchedShards
from market_data.shard_report import ShardReport
from trading.held_prices import UNKNOWN
from trading.shard_marks import ShardMarks

NYC, LA = "RAIN-NYC", "RAIN-LA"


@pytest.fixture
def shards():
    return WatchedShards()


def packed(bids) -> bytes:
    return struct.pack(f"<{2 * len(bids)}i", *[bid for pair in bids for bid in pair])


def shard(tickers=(NYC,), bids=((4_000, 5_900),), untradable=None, number=0, version=1):
    positions: dict[str, list[int]] = {}
    for ticker, reason in (untradable or {}).items():
        positions.setdefault(reason, []).append(tickers.index(ticker))
    return ShardMarks(number, 1, version, list(tickers), packed(bids), positions)


def hear(shards: WatchedShards, told: ShardMarks, now: float) -> None:
    assert shards.hear(told, now)


def test_a_market_that_its_watcher_no_longer_names_may_not_be_traded(shards):
    hear(shards, shard((NYC, LA), ((1, 2), (3, 4))), 100.0)
    hear(shards, shard((NYC,), ((1, 2),)), 100.5)

    assert shards.untradable(NYC, 100.5) is None
    assert shards.untradable(LA, 100.5) == "not_watched"
    assert shards.mark(LA) == (3, 4)


def test_a_market_that_moved_to_another_watcher_may_be_traded(shards):
    hear(shards, shard((NYC, LA), ((1, 2), (3, 4))), 100.0)
    hear(shards, shard((LA,), ((3, 4),), number=1), 100.5)
    hear(shards, shard((NYC,), ((1, 2),)), 100.6)

    assert shards.untradable(LA, 100.6) is None


def test_a_market_may_be_traded_while_its_watcher_says_so(shards):
    hear(shards, shard((NYC, LA), ((1, 2), (3, 4)), {LA: "gap"}), 100.0)

    assert shards.untradable(NYC, 100.0) is None
    assert shards.untradable(LA, 100.0) == "gap"
    assert shards.untradable(NYC, 100.0 + SHARD_VALID_S) == "watcher_silent"


def test_one_silent_watcher_stops_only_its_own_markets(shards):
    hear(shards, shard((NYC,), number=0), 100.0)
    hear(shards, shard((LA,), number=1), 102.0)

    assert shards.untradable(NYC, 104.0) == "watcher_silent"
    assert shards.untradable(LA, 104.0) is None


def test_a_mark_is_the_best_bid_of_each_side(shards):
    hear(shards, shard((NYC, LA), ((4_000, 5_900), (0, 700))), 0.0)

    assert shards.mark(NYC) == (4_000, 5_900)
    assert shards.mark(LA) == (0, 700)


def test_a_book_never_seen_has_no_mark(shards):
    assert shards.mark(NYC) == UNKNOWN
    hear(shards, shard(bids=((0, 0),), untradable={NYC: "no_snapshot"}), 0.0)
    assert shards.mark(NYC) == UNKNOWN


def test_a_suspect_book_keeps_its_last_mark(shards):
    hear(shards, shard(), 0.0)
    hear(shards, shard(bids=((0, 0),), untradable={NYC: "disconnected"}), 1.0)

    assert shards.mark(NYC) == (4_000, 5_900)


def test_a_live_book_that_nobody_bids_on_is_worth_nothing(shards):
    hear(shards, shard(), 0.0)
    hear(shards, shard(bids=((0, 0),)), 1.0)

    assert shards.mark(NYC) == (0, 0)


# --- since when a mark is not confirmed ------------------------------------------------------------


def test_a_mark_is_as_old_as_the_last_report_that_showed_its_book(shards):
    assert shards.confirmed_at(NYC) == NEVER_S
    hear(shards, shard((NYC, LA), ((1, 2), (3, 4))), 10.0)
    hear(shards, shard((NYC, LA), ((0, 0), (3, 4)), untradable={NYC: "gap"}), 11.0)
    hear(shards, shard((NYC, LA), ((0, 0), (3, 4)), untradable={NYC: "gap"}), 12.0)

    assert (shards.confirmed_at(NYC), shards.confirmed_at(LA)) == (10.0, 12.0)


def test_a_book_that_is_right_again_is_confirmed_by_every_report(shards):
    hear(shards, shard(), 10.0)
    hear(shards, shard(bids=((0, 0),), untradable={NYC: "gap"}), 11.0)
    hear(shards, shard(), 12.0)
    hear(shards, shard(bids=((0, 0),), untradable={NYC: "gap"}), 13.0)

    assert shards.confirmed_at(NYC) == 12.0


def test_another_list_of_markets_makes_no_doubtful_mark_younger_or_older(shards):
    hear(shards, shard((NYC, LA), ((1, 2), (3, 4))), 10.0)
    hear(shards, shard((NYC, LA), ((0, 0), (3, 4)), untradable={NYC: "gap"}), 11.0)

    hear(shards, shard((LA, NYC), ((0, 0), (0, 0)), version=2, untradable={NYC: "gap", LA: "gap"}), 12.0)

    assert (shards.confirmed_at(NYC), shards.confirmed_at(LA)) == (10.0, 11.0)


def test_a_market_that_nobody_watches_has_a_mark_that_nothing_confirms(shards):
    hear(shards, shard((NYC, LA), ((1, 2), (3, 4))), 10.0)
    hear(shards, shard((LA,), ((3, 4),), version=2), 11.0)

    assert (shards.mark(NYC), shards.confirmed_at(NYC)) == ((1, 2), NEVER_S)


# --- tickers once, marks after that ----------------------------------------------------------------


def test_marks_without_tickers_are_those_of_the_version_heard_before(shards):
    hear(shards, shard((NYC, LA), ((1, 2), (3, 4))), 0.0)

    hear(shards, ShardMarks(0, 1, 1, None, packed(((5, 6), (7, 8))), {"gap": [0]}), 1.0)

    assert (shards.mark(NYC), shards.mark(LA)) == ((1, 2), (7, 8))
    assert (shards.untradable(NYC, 1.0), shards.untradable(LA, 1.0)) == ("gap", None)


@pytest.mark.parametrize(
    "unknown",
    [ShardMarks(0, 1, 2, None, b"", {}), ShardMarks(0, 2, 1, None, b"", {}),
     ShardMarks(1, 1, 1, None, b"", {})],
    ids=["another version", "another watcher", "another shard"],
)  # fmt: skip
def test_marks_of_tickers_that_never_came_are_not_taken(shards, unknown):
    hear(shards, shard((NYC,), ((1, 2),)), 0.0)

    assert not shards.hear(unknown, 1.0)

    assert shards.mark(NYC) == (1, 2)
    assert shards.untradable(NYC, SHARD_VALID_S) == "watcher_silent"


def test_what_is_not_watched_any_more_is_remembered_up_to_a_number(shards, monkeypatch):
    monkeypatch.setattr(watched_shards, "MOST_PAST_MARKS", 2)
    hear(shards, shard(("A", "B", "C"), ((1, 1), (2, 2), (3, 3))), 0.0)

    hear(shards, shard((NYC,), version=2), 1.0)

    assert [shards.mark(ticker) for ticker in "ABC"] == [UNKNOWN, (2, 2), (3, 3)]


LISTS = st.lists(st.sampled_from("ABCDE"), unique=True, max_size=5)
BIDS = st.integers(0, 9_999)


@given(st.lists(st.tuples(LISTS, st.lists(st.tuples(BIDS, BIDS), min_size=5, max_size=5), LISTS), max_size=8))
def test_a_listener_knows_what_it_would_know_had_it_heard_all_tickers_each_time(reports):
    report, shards = ShardReport(0, 1), WatchedShards()
    listed: list[str] | None = None
    known: dict[str, tuple[int, int]] = {}
    for tickers, bids, suspect in reports:
        if tickers != listed:
            listed = tickers
            report.list_tickers(tickers)
        reasons = {ticker: "gap" for ticker in tickers if ticker in suspect}
        hear(shards, report.observed(packed(bids[: len(tickers)]), reasons), 0.0)
        known |= {t: pair for t, pair in zip(tickers, bids, strict=False) if t not in reasons}

        for ticker in "ABCDE":
            expected = known.get(ticker)
            told = shards.mark(ticker)
            assert told == (UNKNOWN if expected is None else expected)
            why = reasons.get(ticker) if ticker in tickers else "not_watched"
            assert shards.untradable(ticker, 0.0) == why


@pytest.mark.parametrize("reason", ["degraded", "data_paused"])
def test_a_book_that_is_good_for_closing_alone_has_its_own_value(shards, reason):
    hear(shards, shard((NYC, LA), ((4_000, 5_900), (1, 2))), 100.0)

    told = shard((NYC, LA), ((4_100, 5_800), (0, 0)), {NYC: reason, LA: "gap"})
    hear(shards, told, 100.5)

    assert shards.mark(NYC) == (4_100, 5_800)
    assert shards.untradable(NYC, 100.5) == reason
    assert shards.live(100.5) == 0
