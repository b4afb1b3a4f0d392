import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading.events import Difference, PositionAt
from trading.portfolio import Position
from trading.reconciliation import advice, compare

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

    assert (first.different, first.suspects, first.in_motion, first.shifted_e6) == ({}, {}, 0, {})
    assert first.equal == 2 * len(positions) + 1


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
    differ = {
        f"{kind} {ticker}"
        for kind, part in (("position", slice(1)), ("figures", slice(1, None)))
        for ticker in ours.keys() | theirs.keys()
        if ours.get(ticker, FLAT)[part] != theirs.get(ticker, FLAT)[part]
    }
    differ |= {"cash"} if sum(cash.values()) != sum(venue_cash.values()) else set()
    assert set(second.different) == differ
    assert {key for key in first.suspects if not key.startswith("cash shard")} == differ


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

    in_motion = {f"{kind} {ticker}" for kind in ("position", "figures") for ticker in moved}
    assert not in_motion & (set(second.different) | set(second.suspects))
    keys = 2 * len(ours.keys() | theirs.keys()) + 1
    assert second.in_motion + second.equal + len(second.suspects) == keys


def test_a_pause_of_one_motion_starts_the_suspicion_anew():
    ours, theirs = {"RAIN-NYC": (1, 0, 0, 0)}, {}
    first = check(ours, theirs)
    moving = check(ours, theirs, moved={"RAIN-NYC"}, suspects=first.suspects)

    third = check(ours, theirs, suspects=moving.suspects)

    assert third.different == {}
    assert third.suspects == first.suspects


@pytest.mark.parametrize("venue_cash", [{0: 6, 1: 8}, {0: 6, 1: 6}])
def test_any_event_puts_the_cash_in_motion(venue_cash):
    cash = {0: 5, 1: 7}
    before = check({}, {}, cash=cash, venue_cash=venue_cash)

    moving = {"cash": cash, "venue_cash": venue_cash, "moved": {"RAIN-NYC"}, "suspects": before.suspects}
    result = check({}, {}, **moving)

    assert (result.suspects, result.shifted_e6, result.is_cash_checked) == ({}, {}, False)


@pytest.mark.parametrize(
    ("figures", "sentences"),
    [
        pytest.param(
            {"ours": {"RAIN-NYC": (100, 0, 0, 0)}, "theirs": {"RAIN-NYC": (-250, 0, 0, 0)}},
            ["position RAIN-NYC: ours 1.00 contracts, the venue's -2.50 contracts"],
            id="contracts",
        ),
        pytest.param(
            {"ours": {"RAIN-NYC": (0, 1_500_000, 0, 0)}, "theirs": {"RAIN-NYC": (0, 0, -20, 7_000)}},
            [
                "cost/realised/fees RAIN-NYC: ours $1.5000/$0.0000/$0.0000,"
                " the venue's $0.0000/-$0.000020/$0.0070"
            ],
            id="money of a market",
        ),
        pytest.param(
            {"ours": {}, "theirs": {}, "cash": {0: 5_000_000}, "venue_cash": {0: 1_000_000, 1: 3_000_000}},
            ["available cash: ours $5.0000, the venue's $4.0000"],
            id="cash over all shards",
        ),
    ],
)
def test_a_difference_is_told_with_both_figures(figures, sentences):
    first = check(**figures)

    second = check(**figures, suspects=first.suspects)

    assert [difference.sentence for difference in second.different.values()] == sentences


@pytest.mark.parametrize(
    ("kind", "ticker", "says"),
    [
        pytest.param("position", "RAIN-NYC", "in RAIN-NYC until the two agree", id="its market"),
        pytest.param("cash", "", "anywhere until the two agree", id="everywhere"),
        pytest.param("figures", "RAIN-NYC", "stops no order", id="nothing"),
    ],
)
def test_a_person_is_told_what_an_unexplained_difference_stops_and_what_to_do(kind, ticker, says):
    told = advice(Difference(kind, f"{kind} {ticker}", ticker, "ours 1, the venue's 2"), "state/demo-1")

    assert told.startswith("ours 1, the venue's 2; ")
    assert says in told
    assert (kind == "figures") == ("state/demo-1" not in told)


def test_cash_counts_as_checked_only_when_nothing_moved():
    assert check({}, {}).is_cash_checked
    assert not check({}, {}, moved={"BTC-UP"}).is_cash_checked
