import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.market_data.shard_books import ShardBooks

NYC, LA, BOS = "RAIN-NYC", "RAIN-LA", "RAIN-BOS"
CLOSES_US = {NYC: 1_000, LA: 2_000, BOS: 3_000}
THROTTLE_S = 2.0
YES, NO = {4_000: 500}, {5_900: 300}


@pytest.fixture
def books():
    return ShardBooks(CLOSES_US, throttle_s=THROTTLE_S)


@pytest.fixture
def live(books):
    """Every book known, nothing left to tell."""
    for ticker in CLOSES_US:
        books.confirm(ticker, YES, NO, source=(0, 1))
    books.take_due(-THROTTLE_S, limit=10)
    return books


def change(books, ticker=NYC, price_e4=4_000, delta_e2=100, seq=2):
    return books.change(ticker, "yes", price_e4, delta_e2, source=(0, seq))


def marks(books):
    values = struct.unpack(f"<{2 * len(books.tickers)}i", books.marks())
    return dict(zip(books.tickers, zip(values[::2], values[1::2], strict=True), strict=True))


def test_no_book_is_tradable_before_its_snapshot(books):
    assert books.untradable == dict.fromkeys(CLOSES_US, "no_snapshot")
    assert (books.live, books.has_changes) == (0, False)


def test_a_snapshot_makes_its_own_book_live_and_due(books):
    assert books.confirm(NYC, YES, NO, source=(0, 7))

    assert (books.live, NYC in books.untradable) == (1, False)
    assert books.source[NYC] == (0, 7)
    assert books.take_due(0.0, limit=10) == [NYC]


def test_a_snapshot_of_another_shards_market_is_not_ours(books):
    assert not books.confirm("ELSEWHERE", YES, NO, source=(0, 7))
    assert books.take_due(0.0, limit=10) == []


def test_a_change_of_a_live_book_is_applied_and_due(live):
    assert change(live, seq=9)

    assert live.books[NYC].yes == {4_000: 600}
    assert live.source[NYC] == (0, 9)
    assert live.deltas == 1
    assert live.take_due(0.0, limit=10) == [NYC]


def test_a_change_of_a_suspect_book_is_left_to_its_snapshot(live):
    live.suspect([NYC], "gap")

    assert change(live)
    assert live.books[NYC].yes == YES
    assert live.source[NYC] == (0, 1)
    assert not live.has_changes


def test_a_change_that_cannot_be_true_makes_its_book_suspect(live):
    assert not change(live, delta_e2=-501)

    assert live.untradable == {NYC: "negative_level"}
    assert not live.has_changes


def test_a_book_that_becomes_suspect_is_not_sent_any_more(live):
    change(live)
    live.suspect([NYC], "disconnected")

    assert live.take_due(0.0, limit=10) == []
    live.confirm(NYC, YES, NO, source=(0, 3))
    assert live.take_due(0.0, limit=10) == [NYC]


def test_a_market_inside_its_throttle_waits_and_is_due_once(live):
    change(live)
    assert live.take_due(10.0, limit=10) == [NYC]
    change(live)
    change(live)

    assert live.take_due(10.0 + THROTTLE_S - 0.01, limit=10) == []
    assert live.take_due(10.0 + THROTTLE_S, limit=10) == [NYC]
    assert live.take_due(99.0, limit=10) == []


def test_the_longest_waiting_go_first_and_the_rest_wait(live):
    for ticker in (BOS, NYC, LA, BOS):
        change(live, ticker)

    assert live.take_due(0.0, limit=2) == [BOS, NYC]
    assert live.take_due(0.0, limit=2) == [LA]


def test_an_observation_is_the_newest_state_with_its_source(live):
    change(live, NYC, 4_100, 700, seq=9)

    seen = live.observe([NYC, LA], 123)

    assert (seen.tickers, seen.observed_us) == ([NYC, LA], 123)
    assert list(seen.best_yes_bid_e4) == [4_100, 4_000]
    assert list(seen.seq) == [9, 1]
    assert list(seen.close_us) == [1_000, 2_000]


def test_marks_are_the_best_bids_and_none_of_a_suspect_book(live):
    live.confirm(LA, {}, NO, source=(0, 2))
    live.suspect([BOS], "gap")

    assert marks(live) == {NYC: (4_000, 5_900), LA: (0, 5_900), BOS: (0, 0)}


def test_lines_are_every_level_of_every_book(live):
    assert set(live.lines()) == {
        f"{ticker},{level}" for ticker in CLOSES_US for level in ("yes,4000,500", "no,5900,300")
    }


TICKERS = st.sampled_from([NYC, LA, BOS])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("confirm"), TICKERS, st.integers(0, 3)),
        st.tuples(st.just("change"), TICKERS, st.integers(-3, 3)),
        st.tuples(st.just("suspect"), TICKERS, st.just(0)),
        st.tuples(st.just("take"), st.floats(0, 3), st.integers(1, 3)),
    ),
    max_size=40,
)


def levels(count_e2):
    return {5_000: count_e2} if count_e2 else {}


@given(STEPS)
def test_a_suspect_book_is_never_sent_and_a_change_of_a_live_one_always_is(steps):
    books = ShardBooks(CLOSES_US, throttle_s=THROTTLE_S)
    suspect, untold, yes = set(CLOSES_US), set(), dict.fromkeys(CLOSES_US, 0)
    now, told_at = 0.0, {}
    for what, which, how in steps:
        if what == "take":
            now += which
            due = books.take_due(now, limit=how)
            assert set(due) <= untold - suspect
            ready = {t for t in untold if told_at.get(t, -THROTTLE_S) + THROTTLE_S <= now}
            assert set(due) <= ready
            assert len(due) == min(how, len(ready))
            told_at |= dict.fromkeys(due, now)
            untold -= set(due)
        elif what == "confirm":
            books.confirm(which, levels(how), {}, source=(0, 0))
            suspect.discard(which)
            untold.add(which)
            yes[which] = how
        elif what == "suspect":
            books.suspect([which], "gap")
            suspect.add(which)
            untold.discard(which)
        else:
            is_true = which in suspect or yes[which] + how >= 0
            assert books.change(which, "yes", 5_000, how, source=(0, 0)) == is_true
            if not is_true:
                suspect.add(which)
                untold.discard(which)
            elif which not in suspect:
                untold.add(which)
                yes[which] += how
        assert set(books.untradable) == suspect
        assert books.has_changes == bool(untold)
        assert books.live == len(CLOSES_US) - len(suspect)
        assert {t: books.books[t].yes for t in CLOSES_US} == {t: levels(yes[t]) for t in CLOSES_US}
        assert all(marks(books)[ticker] == (0, 0) for ticker in suspect)
