"""Prices of one event that contradict each other are found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading.coherence import EventShape, Incoherence, Strike, YesQuote, incoherences

EXACT = {"sum_tolerance_e4": 0, "ladder_tolerance_e4": 0}


def event(*tickers: str, exclusive: bool = False, whole: bool = True, **strikes: Strike) -> EventShape:
    return EventShape("E", exclusive, whole, dict.fromkeys(tickers, Strike()) | strikes)


def above(strike: float, *, or_equal: bool = False) -> Strike:
    return Strike("greater_or_equal" if or_equal else "greater", floor=strike)


def below(strike: float, *, or_equal: bool = False) -> Strike:
    return Strike("less_or_equal" if or_equal else "less", cap=strike)


def quotes(**prices: tuple[int | None, int | None]) -> dict[str, YesQuote]:
    return {ticker: YesQuote(*pair) for ticker, pair in prices.items()}


# --- one book --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pair", "by_e4"),
    [((5_000, 4_990), 10), ((5_000, 5_000), 0), ((4_990, 5_000), None), ((5_000, None), None)],
)
def test_a_bid_that_meets_an_ask_is_crossed(pair, by_e4):
    found = incoherences(event("A", "B"), quotes(A=pair, B=(None, None)))

    assert found == ([] if by_e4 is None else [Incoherence("E", "crossed", by_e4, ("A",))])


# --- exclusive outcomes ----------------------------------------------------------------------------


def test_bids_of_exclusive_outcomes_come_to_a_dollar_at_most():
    shape = event("A", "B", "C", exclusive=True, whole=False)

    assert incoherences(shape, quotes(A=(6_000, 6_100), B=(4_700, 4_800))) == []
    assert incoherences(shape, quotes(A=(6_000, 6_100), B=(4_701, 4_800))) == [
        Incoherence("E", "bids_above_one", 701, ("A", "B"))
    ]


def test_asks_of_all_exclusive_outcomes_come_to_a_dollar_at_least():
    shape = event("A", "B", exclusive=True)

    assert incoherences(shape, quotes(A=(5_000, 5_100), B=(4_100, 4_200))) == []
    assert incoherences(shape, quotes(A=(5_000, 5_100), B=(4_100, 4_199))) == [
        Incoherence("E", "asks_below_one", 701, ("A", "B"))
    ]


@pytest.mark.parametrize(
    ("shape", "seen"),
    [
        (event("A", "B", exclusive=True, whole=False), quotes(A=(10, 20), B=(10, 20))),
        (event("A", "B", exclusive=True), quotes(A=(10, 20), B=(10, None))),
        (event("A", "B", exclusive=True), quotes(A=(10, 20))),
        (event("A", exclusive=True), quotes(A=(10, 20))),
    ],
    ids=["not all watched", "one not offered", "one not trusted", "the others have closed"],
)
def test_what_is_not_seen_may_be_worth_all_that_is_missing(shape, seen):
    assert incoherences(shape, seen) == []


def test_independent_outcomes_may_come_to_anything():
    assert incoherences(event("A", "B"), quotes(A=(9_000, 9_100), B=(9_000, 9_100))) == []


# --- ladders ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("worth_more", "worth_less"),
    [
        (above(10), above(20)),
        (above(-5.5), above(-5)),
        (above(10, or_equal=True), above(10)),
        (above(10), above(10.01, or_equal=True)),
        (below(20), below(10)),
        (below(10, or_equal=True), below(10)),
    ],
)
def test_what_happens_whenever_another_does_is_worth_no_less(worth_more, worth_less):
    shape = event(MORE=worth_more, LESS=worth_less)

    assert incoherences(shape, quotes(MORE=(3_000, 3_100), LESS=(3_450, 3_500))) == []
    assert incoherences(shape, quotes(MORE=(3_000, 3_100), LESS=(3_451, 3_500))) == [
        Incoherence("E", "ladder", 351, ("MORE", "LESS"))
    ]
    assert incoherences(shape, quotes(MORE=(9_000, 9_100), LESS=(3_451, 3_500))) == []


def test_only_the_worst_pair_of_a_ladder_is_told_however_far_apart_it_is():
    shape = event(A=above(1), B=above(2), C=above(3), D=above(4))
    seen = quotes(A=(1_900, 2_000), B=(4_000, 5_000), C=(None, None), D=(7_000, 7_100))

    assert incoherences(shape, seen) == [Incoherence("E", "ladder", 5_000, ("A", "D"))]


@pytest.mark.parametrize(
    "strikes",
    [
        {"A": above(1), "B": above(1)},
        {"A": above(1), "B": below(0)},
        {"A": Strike("between", 1, 2), "B": Strike("between", 2, 3)},
        {"A": Strike("greater"), "B": above(1)},
        {"A": Strike("custom"), "B": Strike()},
    ],
    ids=["the same strike", "up and down", "bands", "a strike not told", "names"],
)
def test_outcomes_that_do_not_imply_each_other_may_have_any_price(strikes):
    assert incoherences(event(**strikes), quotes(A=(10, 20), B=(9_000, 9_100)), **EXACT) == []


# --- of all events ---------------------------------------------------------------------------------

VALUES = st.lists(st.integers(1, 9_999), min_size=1, max_size=8)
SPREADS = st.lists(st.tuples(st.integers(1, 300), st.integers(1, 300)), min_size=8, max_size=8)


def around(values: list[int], spreads: list[tuple[int, int]]) -> dict[str, YesQuote]:
    """Books whose bid is below and whose ask is above what the market is worth."""
    return {
        f"M{n}": YesQuote(value - down if value > down else None, value + up if value + up < 10_000 else None)
        for n, (value, (down, up)) in enumerate(zip(values, spreads, strict=False))
    }


@given(VALUES, SPREADS)
def test_books_around_the_values_of_a_ladder_are_coherent(values, spreads):
    values = sorted(values, reverse=True)
    up = {f"M{n}": above(n) for n in range(len(values))}
    down = {f"M{n}": below(-n) for n in range(len(values))}

    assert incoherences(event(**up), around(values, spreads), **EXACT) == []
    assert incoherences(event(**down), around(values, spreads), **EXACT) == []


@given(VALUES, SPREADS)
def test_books_around_the_values_of_exclusive_outcomes_are_coherent(weights, spreads):
    values = [max(1, weight * 10_000 // sum(weights)) for weight in weights]
    values[0] = 10_000 - sum(values[1:])
    shape = event(*(f"M{n}" for n in range(len(values))), exclusive=True)

    assert incoherences(shape, around(values, spreads), **EXACT) == []


@given(
    st.lists(st.tuples(st.none() | st.integers(1, 9_999), st.none() | st.integers(1, 9_999)), max_size=8),
    st.lists(st.sampled_from([above(1), above(2), above(2, or_equal=True), below(1), Strike()]), min_size=8),
    st.booleans(), st.booleans(),
)  # fmt: skip
def test_every_claim_can_be_checked_by_hand(pairs, strikes, exclusive, whole):
    seen = {f"M{n}": YesQuote(*pair) for n, pair in enumerate(pairs)}
    shape = EventShape("E", exclusive, whole, {t: strikes[n] for n, t in enumerate(seen)})

    for claim in incoherences(shape, seen, **EXACT):
        bids = [seen[ticker].bid_e4 for ticker in claim.tickers]
        asks = [seen[ticker].ask_e4 for ticker in claim.tickers]
        if claim.kind == "crossed":
            assert claim.by_e4 == bids[0] - asks[0] >= 0
        elif claim.kind == "bids_above_one":
            assert claim.by_e4 == sum(bids) - 10_000 > 0
        elif claim.kind == "asks_below_one":
            assert claim.by_e4 == 10_000 - sum(asks) > 0
            assert len(claim.tickers) == len(seen)
        else:
            assert claim.by_e4 == bids[1] - asks[0] > 0
