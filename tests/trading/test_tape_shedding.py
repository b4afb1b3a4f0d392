"""A shed tape lacks a whole market, from one moment to its next snapshot."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading import tape_rows as rows_of
from trading.tape import TapeRecorder
from trading.tape_shedding import Shedding, shed

NYC, LA = "RAIN-NYC", "RAIN-LA"


def piece_of(*written):
    tape = TapeRecorder()
    numbers = {ticker: tape.text(ticker) for ticker in (NYC, LA)}
    for what in written:
        if what in numbers:
            tape.changed(numbers[what], "yes", 4_000, 100)
        elif what == "trade":
            tape.heard_trade(1, 1)
            tape.traded(LA, "bid", 4_000, 100, 5)
        elif what == "batch":
            tape.batch(1, 2, 3)
        else:
            tape.showed(numbers[what[1]], 1, {4_000: 100}, {})
    return tape.take(9), numbers


def kinds(piece):
    return piece.kind.tolist()


def test_changes_of_markets_with_nothing_at_stake_go_first():
    piece, number = piece_of(NYC, LA, NYC, "trade", "batch")
    left_out = set()

    left = shed(piece, Shedding.MARKETS, [number[LA]], left_out)

    assert kinds(left)[:3] == [rows_of.LEFT_OUT, rows_of.CHANGE_YES, rows_of.SKIPPED]
    assert kinds(left)[3:] == kinds(piece)[3:]
    assert left_out == {number[NYC]}


def test_a_market_is_named_again_after_each_snapshot_that_was_kept():
    piece, number = piece_of(NYC, ("snapshot", NYC), NYC, NYC)
    left_out = set()

    left = shed(piece, Shedding.MARKETS, [], left_out)

    snapshot = [rows_of.SNAPSHOT, rows_of.LEVEL_YES]
    assert kinds(left) == [rows_of.LEFT_OUT, *snapshot, rows_of.LEFT_OUT, rows_of.SKIPPED]
    assert left.a[0] == left.a[3] == number[NYC]


def test_then_everything_goes_but_snapshots_and_batches():
    piece, number = piece_of(NYC, ("snapshot", LA), "trade", "batch")

    left = shed(piece, Shedding.CHANGES, number.values(), set())

    gone = [rows_of.SKIPPED] * 3
    assert kinds(left) == [rows_of.LEFT_OUT, rows_of.SNAPSHOT, rows_of.LEVEL_YES, *gone, rows_of.BATCH]


def test_nothing_is_copied_where_nothing_is_left_out():
    piece, number = piece_of(NYC, ("snapshot", NYC), "batch")

    assert shed(piece, Shedding.NOTHING, [], set()) is piece
    assert shed(piece, Shedding.MARKETS, [number[NYC]], set()) is piece


@given(
    st.lists(st.sampled_from([NYC, LA, "trade", "batch", ("snapshot", NYC), ("snapshot", LA)]), min_size=1),
    st.sampled_from(Shedding),
    st.sets(st.sampled_from([NYC, LA])),
)
def test_no_single_change_of_a_kept_stretch_is_ever_missing(written, how, at_stake):
    piece, number = piece_of(*written)
    if how is Shedding.ALL:
        how = Shedding.CHANGES

    left = shed(piece, how, [number[ticker] for ticker in at_stake], set())

    assert len(left.kind) == len(piece.kind)
    lacking = set()
    for before, kind, market in zip(kinds(piece), kinds(left), left.a.tolist(), strict=True):
        if kind == rows_of.LEFT_OUT:
            lacking.add(market)
        elif kind == rows_of.SNAPSHOT:
            lacking.discard(market)
        elif kind == rows_of.CHANGE_YES:
            assert market not in lacking
        elif before == rows_of.CHANGE_YES:
            assert kind == rows_of.SKIPPED
            assert lacking


@pytest.mark.parametrize("how", [Shedding.NOTHING, Shedding.MARKETS])
def test_what_is_at_stake_is_kept_whole(how):
    piece, number = piece_of(NYC, "trade", NYC)

    assert shed(piece, how, [number[NYC]], set()) is piece
