from hypothesis import given
from hypothesis import strategies as st

from trading.events import PositionAt
from trading.portfolio import Position
from trading.reconciliation import compare

TICKERS = st.sampled_from(["RAIN-NYC", "RAIN-LA", "BTC-UP"])
FIGURES = st.tuples(*[st.integers(-3, 3)] * 4)
POSITIONS = st.dictionaries(TICKERS, FIGURES)
CASH = st.dictionaries(st.integers(0, 1), st.integers(-3, 3))
FLAT = (0, 0, 0, 0)


def check(ours, theirs, *, cash=None, venue_cash=None, moved=(), suspects=None):
    """Positions as figures by ticker."""
    return compare(
        positions={ticker: Position(*figures) for ticker, figures in ours.items()},
        available_e6=cash or {},
        venue_positions=[PositionAt(ticker, 0, *figures) for ticker, figures in theirs.items()],
        venue_available_e6=venue_cash or {},
        moved=moved,
        suspects=suspects or {},
    )


@given(POSITIONS, CASH, st.sets(TICKERS))
def test_equal_figures_are_never_a_difference(positions, cash, moved):
    first = check(positions, positions, cash=cash, venue_cash=cash, moved=moved)

    assert (first.different, first.suspects, first.in_motion) == ({}, {}, 0)
    assert first.equal == len(positions) + len(cash)


@given(POSITIONS, FIGURES)
def test_a_market_that_the_venue_lists_on_two_shards_is_compared_with_what_both_come_to(positions, part):
    rest = {t: tuple(a - b for a, b in zip(held, part, strict=True)) for t, held in positions.items()}
    listed = [
        PositionAt(ticker, shard, *f) for ticker in positions for shard, f in ((0, part), (2, rest[ticker]))
    ]

    found = compare(
        positions={ticker: Position(*figures) for ticker, figures in positions.items()},
        available_e6={},
        venue_positions=listed,
        venue_available_e6={},
        moved=(),
        suspects={},
    )

    assert found.suspects == {}


@given(POSITIONS, POSITIONS, CASH, CASH)
def test_a_difference_counts_when_the_same_one_appears_twice_in_a_row(ours, theirs, cash, venue_cash):
    first = check(ours, theirs, cash=cash, venue_cash=venue_cash)
    second = check(ours, theirs, cash=cash, venue_cash=venue_cash, suspects=first.suspects)

    assert first.different == {}
    assert set(second.different) == set(first.suspects)
    assert {
        f"position {t}" for t in ours.keys() | theirs.keys() if ours.get(t, FLAT) != theirs.get(t, FLAT)
    } | {
        f"cash shard {s}" for s in cash.keys() | venue_cash.keys() if cash.get(s, 0) != venue_cash.get(s, 0)
    } == set(first.suspects)


@given(POSITIONS, POSITIONS, POSITIONS, POSITIONS)
def test_a_difference_that_changed_is_only_suspected_again(ours, theirs, ours_later, theirs_later):
    first = check(ours, theirs)
    second = check(ours_later, theirs_later, suspects=first.suspects)

    for key in second.different:
        assert second.suspects[key] == first.suspects[key]
    changed = {key for key in second.suspects if second.suspects[key] != first.suspects.get(key)}
    assert not changed & set(second.different)


@given(POSITIONS, POSITIONS, st.sets(TICKERS))
def test_what_moved_while_the_venue_was_read_says_nothing(ours, theirs, moved):
    suspects = check(ours, theirs).suspects

    second = check(ours, theirs, moved=moved, suspects=suspects)

    assert not {f"position {ticker}" for ticker in moved} & (set(second.different) | set(second.suspects))
    assert second.in_motion + second.equal + len(second.suspects) == len(ours.keys() | theirs.keys())


def test_a_pause_of_one_motion_starts_the_suspicion_anew():
    ours, theirs = {"RAIN-NYC": (1, 0, 0, 0)}, {}
    first = check(ours, theirs)
    moving = check(ours, theirs, moved={"RAIN-NYC"}, suspects=first.suspects)

    third = check(ours, theirs, suspects=moving.suspects)

    assert third.different == {}
    assert third.suspects == first.suspects


def test_any_event_puts_the_cash_of_every_shard_in_motion():
    result = check({}, {}, cash={0: 5, 1: 7}, venue_cash={0: 6, 1: 8}, moved={"RAIN-NYC"})

    assert (result.in_motion, result.suspects) == (2, {})


def test_a_difference_is_told_with_both_figures():
    ours, theirs = {"RAIN-NYC": (100, 4, 0, 0)}, {"RAIN-NYC": (200, 8, 0, 0)}
    first = check(ours, theirs)

    second = check(ours, theirs, suspects=first.suspects)

    assert second.different == {
        "position RAIN-NYC": "position RAIN-NYC: ours 100/4/0/0, the venue's 200/8/0/0"
    }


def test_cash_counts_as_checked_only_when_nothing_moved():
    assert check({}, {}).is_cash_checked
    assert not check({}, {}, moved={"BTC-UP"}).is_cash_checked
