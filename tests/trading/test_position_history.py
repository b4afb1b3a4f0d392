"""The changes of positions are the same, wherever their reader last began."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.trading.example_facts import fill, opened
from trading.events import CashMoved, PositionAt, SettlementSeen
from trading.portfolio import FLAT, Portfolio
from trading.position_history import moved_by, take

TICKERS = st.sampled_from(["T-1", "T-2", "T-3"])
PRICES = st.integers(1, 9_999)


@st.composite
def events(draw, number):
    kind = draw(st.sampled_from(["fill", "fill", "fill", "settlement", "cash"]))
    if kind == "cash":
        return CashMoved(number, f"m{number}", {0: draw(st.integers(-100, 100))}, "")
    if kind == "settlement":
        return SettlementSeen(number, draw(TICKERS), 0, "yes", draw(PRICES), None)
    side, count_e2 = draw(st.sampled_from(["bid", "ask"])), draw(st.integers(1, 900))
    return fill(
        f"t{number}", ticker=draw(TICKERS), side=side, price_e4=draw(PRICES), count_e2=count_e2, ts_ms=number
    )


@st.composite
def histories(draw):
    length = draw(st.integers(0, 15))
    return [opened(fills_from_us=0), *(draw(events(number)) for number in range(1, length + 1))]


@given(histories(), st.sets(st.integers(1, 15)))
def test_a_reader_that_begins_again_tells_the_same_changes(history, begins_again):
    whole, parts = Portfolio(), Portfolio()
    recalled = {"T-1", "T-2", "T-3"}
    positions, settled = {}, {}
    for number, event in enumerate(history):
        if number in begins_again:
            parts = Portfolio.resumed(parts.cash_e6, fills_from_us=parts.fills_from_us)
            recalled = set()
        for ticker in set(moved_by(event)) - recalled:
            parts.recall(ticker, positions.get(ticker, FLAT), settled_at_e4=settled.get(ticker))
            recalled.add(ticker)

        changes = take(parts, event)

        assert changes == take(whole, event)
        positions |= {change.ticker: change.after for change in changes}
        if isinstance(event, SettlementSeen):
            settled[event.ticker] = event.value_e4
    assert parts.cash_e6 == whole.cash_e6


def test_what_was_held_at_the_beginning_is_told_with_it():
    held = PositionAt("T-1", 0, -250, 1_325_000, -10, 7_000)

    (change,) = take(Portfolio(), opened(positions=(held,)))

    assert (change.ticker, change.cause, change.before, change.after.position_e2) == (
        "T-1",
        "opened",
        FLAT,
        -250,
    )


def test_a_fill_that_the_opening_figures_hold_changes_nothing():
    portfolio = Portfolio()
    take(portfolio, opened(fills_from_us=5_000))

    assert take(portfolio, fill(ts_ms=5)) == []
