"""A shard trades and shows only what it may, and only when it may."""

import struct

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kalshi_client.wire.public import TradeMessage
from market_data.book_state import book_state
from market_data.read_books import ReadBook
from market_data.shard_books import ShardBooks
from trading.book import Book
from trading.venue_time import TOGETHER, ClockOffset

NYC, LA, BOS = "RAIN-NYC", "RAIN-LA", "RAIN-BOS"
CLOSES_US = {NYC: 1_000, LA: 2_000, BOS: 3_000}
THROTTLE_S = 2.0
YES, NO = {4_000: 500}, {5_900: 300}


@pytest.fixture
def books():
    made = ShardBooks(throttle_s=THROTTLE_S)
    made.keep(CLOSES_US)
    return made


@pytest.fixture
def live(books):
    """Every book known, nothing left to tell, and no throttle running."""
    for ticker in CLOSES_US:
        books.held.confirm(ticker, YES, NO, received_us=1)
    books.take_due(-THROTTLE_S, limit=10)
    return books


def change(books, ticker=NYC, at_us=5):
    """Do a session's work when a change comes in."""
    if ticker not in books.held.untrusted:
        books.held.changed.setdefault(ticker, at_us)


def marks(books):
    values = struct.unpack(f"<{2 * len(books.tickers)}i", books.marks())
    return dict(zip(books.tickers, zip(values[::2], values[1::2], strict=True), strict=True))


# --- which may be traded -----------------------------------------------------------------------------


def test_no_book_is_tradable_before_its_snapshot(books):
    assert books.untradable == dict.fromkeys(CLOSES_US, "no_snapshot")
    assert books.live == 0
    assert books.due_in_s(0.0) is None


def test_a_market_may_be_blocked_whose_book_is_whole(live):
    live.block(NYC, "paused")
    live.block("ELSEWHERE", "paused")

    assert live.untradable == {NYC: "paused"}
    assert live.live == 2


def test_a_doubtful_book_is_the_first_reason_said(live):
    live.block(NYC, "paused")
    live.held.distrust([NYC], "gap")

    assert live.untradable == {NYC: "gap"}


def test_a_market_that_is_free_again_is_shown_as_it_is_now(live):
    live.block(NYC, "paused")
    change(live)
    assert live.take_due(10.0, limit=10) == {}

    live.unblock(NYC, at_us=77)

    assert live.take_due(10.0, limit=10) == {NYC: 77}


def test_a_market_past_its_close_is_blocked_without_a_message(live):
    live.block_closed(1_500, TOGETHER)
    assert live.untradable == {NYC: "closed"}

    live.closes_at(NYC, 9_000)
    live.block_closed(1_500, TOGETHER)

    assert live.untradable == {}


@pytest.mark.parametrize(("now_us", "is_closed"), [(900, True), (899, False)])
def test_a_market_closes_by_the_venues_clock(live, now_us, is_closed):
    ahead = ClockOffset(100, 100)

    live.block_closed(now_us, ahead)

    assert (live.untradable == {NYC: "closed"}) is is_closed
    assert list(live.observe({NYC: 1}, now_us, ahead).close_us) == [900]


def test_a_trade_happened_when_this_machines_clock_said_so(live):
    behind = ClockOffset(-20_000_000, -20_000_000)
    trade = TradeMessage(2, 1, "t1", NYC, 4_000, 100, "bid", is_block_trade=False, ts_ms=5_000)

    live.traded(trade, behind, now_us=26_000_000)

    assert live.observe({NYC: 1}, 26_000_000, behind).last_trade_us[0] == 25_000_000


def test_a_pause_outlives_the_close(live):
    live.block(NYC, "paused")
    live.block_closed(1_500, TOGETHER)

    assert live.untradable == {NYC: "paused"}


def test_a_market_that_is_freed_after_its_close_has_come_is_closed(live):
    live.block(NYC, "paused")
    live.block_closed(1_500, TOGETHER)

    live.unblock(NYC, at_us=1_600)
    live.block_closed(1_600, TOGETHER)

    assert live.untradable == {NYC: "closed"}


# --- markets that come and go ------------------------------------------------------------------------


def test_what_is_known_of_a_market_that_stays_is_kept(live):
    change(live)
    live.keep({NYC: 7, "RAIN-CHI": 8})

    assert live.tickers == [NYC, "RAIN-CHI"]
    assert live.untradable == {"RAIN-CHI": "no_snapshot"}
    assert live.take_due(0.0, limit=10) == {NYC: 5}


def test_nothing_of_a_market_that_is_gone_is_left(live):
    change(live)
    live.block(LA, "paused")
    live.take_due(0.0, limit=1)
    change(live)
    live.due_in_s(0.1)

    live.keep({BOS: 1})

    assert live.untradable == {}
    assert live.due_in_s(99.0) is None


# --- which are shown ---------------------------------------------------------------------------------


def test_a_change_is_due_with_its_time_and_once(live):
    change(live, at_us=123)

    assert live.take_due(0.0, limit=10) == {NYC: 123}
    assert live.take_due(99.0, limit=10) == {}


def test_a_book_that_becomes_doubtful_is_not_shown_before_its_snapshot(live):
    change(live)
    live.due_in_s(0.0)
    live.held.distrust([NYC], "disconnected")

    assert live.take_due(0.0, limit=10) == {}
    live.held.confirm(NYC, YES, NO, received_us=9)
    assert live.take_due(0.0, limit=10) == {NYC: 9}


def test_a_market_inside_its_throttle_waits_and_is_due_at_its_end(live):
    change(live)
    live.take_due(10.0, limit=10)
    change(live, at_us=6)
    change(live, at_us=7)

    assert live.take_due(10.0 + THROTTLE_S - 0.5, limit=10) == {}
    assert live.due_in_s(10.0 + THROTTLE_S - 0.5) == 0.5
    assert live.due_in_s(10.0 + THROTTLE_S) == 0.0
    assert live.take_due(10.0 + THROTTLE_S, limit=10) == {NYC: 6}
    assert live.due_in_s(99.0) is None


def test_the_longest_waiting_go_first_and_the_rest_wait(live):
    for ticker in (BOS, NYC, LA, BOS):
        change(live, ticker)

    assert list(live.take_due(0.0, limit=2)) == [BOS, NYC]
    assert list(live.take_due(0.0, limit=2)) == [LA]


def test_an_observation_is_the_newest_state_with_its_source(live):
    book = live.book(NYC)
    book.apply("yes", 4_100, 700)
    book.connection = 3
    live.held.seqs[3] = 9

    seen = live.observe({NYC: 5, LA: 6}, 123, TOGETHER)

    assert (seen.tickers, seen.observed_us) == ([NYC, LA], 123)
    assert list(seen.best_yes_bid_e4) == [4_100, 4_000]
    assert (list(seen.stream), list(seen.seq)) == ([3, 0], [9, 0])
    assert list(seen.close_us) == [1_000, 2_000]


def test_marks_are_the_best_bids_and_none_where_nothing_may_be_traded(live):
    live.held.confirm(LA, {}, NO, received_us=2)
    live.held.distrust([BOS], "gap")

    assert marks(live) == {NYC: (4_000, 5_900), LA: (0, 5_900), BOS: (0, 0)}


def test_lines_are_every_level_of_every_book(live):
    assert set(live.held.lines()) == {
        f"{ticker},{level}" for ticker in CLOSES_US for level in ("yes,4000,500", "no,5900,300")
    }


TICKERS = st.sampled_from([NYC, LA, BOS])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("confirm"), TICKERS, st.just(0)),
        st.tuples(st.just("change"), TICKERS, st.just(0)),
        st.tuples(st.just("distrust"), TICKERS, st.just(0)),
        st.tuples(st.just("block"), TICKERS, st.just(0)),
        st.tuples(st.just("unblock"), TICKERS, st.just(0)),
        st.tuples(st.just("take"), st.floats(0, 3), st.integers(1, 3)),
        st.tuples(st.just("look"), st.floats(0, 3), st.just(0)),
    ),
    max_size=40,
)


@given(STEPS)
@example(
    [
        ("confirm", NYC, 0),
        ("confirm", LA, 0),
        ("block", LA, 0),
        ("take", 0.0, 1),
        ("confirm", NYC, 0),
        ("look", 0.0, 0),
    ]
)
def test_what_may_not_be_traded_is_never_shown_and_every_other_change_is_in_time(steps):
    books = ShardBooks(throttle_s=THROTTLE_S)
    books.keep(CLOSES_US)
    untold: set[str] = set()
    now, told_at = 0.0, {}
    for what, which, how in steps:
        if what in ("take", "look"):
            now += which
            ready = {t for t in untold if told_at.get(t, -THROTTLE_S) + THROTTLE_S <= now}
            wait_s = books.due_in_s(now)
            if ready:
                assert wait_s == 0.0
            elif untold:
                assert wait_s == min(told_at[t] + THROTTLE_S for t in untold) - now
            if what == "take":
                due = set(books.take_due(now, limit=how))
                assert due <= ready
                assert len(due) == min(how, len(ready))
                told_at |= dict.fromkeys(due, now)
                untold -= due
        elif what == "confirm":
            books.held.confirm(which, YES, NO, received_us=1)
            untold.add(which)
        elif what == "change":
            change(books, which)
            untold |= {which} - books.held.untrusted.keys()
        elif what == "distrust":
            books.held.distrust([which], "gap")
        elif what == "block":
            books.block(which, "paused")
        elif which in books.blocked:
            books.unblock(which, at_us=1)
            untold |= {which} - books.held.untrusted.keys()
        untold -= books.untradable.keys()
        assert books.live == len(CLOSES_US) - len(books.untradable)
        assert all(marks(books)[ticker] == (0, 0) for ticker in books.untradable)


@pytest.mark.parametrize("reason", ["paused", "closed", "determined"])
def test_a_book_that_uncrosses_frees_no_market_that_may_not_be_traded_for_another_reason(live, reason):
    live.block(NYC, reason)
    live.block_crossed(NYC)
    assert live.untradable[NYC] == reason

    live.unblock_crossed(NYC, at_us=77)
    assert live.untradable[NYC] == reason

    live.unblock(NYC, at_us=78)
    assert NYC not in live.untradable


def test_a_market_that_trades_again_frees_no_book_that_is_still_crossed(live):
    live.block_crossed(NYC)
    live.block(NYC, "paused")

    live.unblock(NYC, at_us=77)
    assert live.untradable[NYC] == "crossed"

    live.unblock_crossed(NYC, at_us=78)
    assert NYC not in live.untradable


# --- books that are read while no stream tells of them -----------------------------------------------


def read(books, ticker=NYC, yes=YES, no=NO, *, changed=True):
    book = Book()
    book.replace(yes, no)
    books.show_read({ticker: ReadBook(book, 77)}, [ticker] if changed else [], at_us=77)


def test_a_book_that_is_read_has_a_value_and_is_shown_as_of_no_stream(live):
    live.held.distrust([NYC, LA], "disconnected")
    read(live, yes={4_400: 100})

    assert live.untradable == {NYC: "degraded", LA: "disconnected"}
    assert (live.live, live.degraded) == (1, [NYC])
    assert marks(live) == {NYC: (4_400, 5_900), LA: (0, 0), BOS: (4_000, 5_900)}
    seen = live.observe(live.take_due(0.0, limit=10), 99, TOGETHER)
    assert seen.tickers == [NYC]
    assert (seen.stream[0], seen.seq[0], seen.trade_seq[0], seen.confirmed_us[0]) == (0, 0, 0, 77)
    assert book_state(live, NYC)["reason"] == "degraded"
    assert book_state(live, NYC)["yes"] == [[4_400, 100]]


def test_the_next_snapshot_of_the_stream_takes_the_place_of_a_book_that_was_read(live):
    live.held.distrust([NYC], "disconnected")
    read(live, yes={4_400: 100})

    live.held.confirm(NYC, YES, NO, received_us=78)

    assert live.untradable == {}
    assert marks(live)[NYC] == (4_000, 5_900)
    assert book_state(live, NYC)["connection"] == live.held.books[NYC].connection


def test_what_is_stopped_or_blocked_is_not_shown_by_being_read(live):
    live.held.distrust([NYC], "disconnected")
    live.block(NYC, "closed")
    read(live)

    assert live.take_due(0.0, limit=10) == {}
    assert marks(live)[NYC] == (0, 0)

    live.unblock(NYC, at_us=78)
    live.blocks.stop("price_scale", "price_scale")
    assert live.take_due(0.0, limit=10) == {}
    assert marks(live)[NYC] == (0, 0)


def test_who_is_told_of_markets_hears_when_a_book_is_read_first_and_no_more(live):
    live.held.distrust([NYC], "disconnected")
    before = live.trust_version
    read(live)
    then = live.trust_version
    live.show_read({}, [], at_us=78)

    assert before < then < live.trust_version
    assert live.untradable == {NYC: "disconnected"}
