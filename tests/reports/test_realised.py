"""Realised trades add up to the ledger's realised P&L and fees, day by day and market by market."""

from hypothesis import given
from hypothesis import strategies as st

from reports.realised import Filled, Holding, Moved, RealisedTrades
from trading.events import AccountOpened, FillSeen, PositionAt, SettlementSeen
from trading.portfolio import Portfolio
from trading.position_history import take

DAY_US = 86_400_000_000
NOON_US = 1_796_126_400_000_000
LATER_US = NOON_US + 1_000_000


def moved(event, change):
    """As the database has it."""
    is_news = change.cause != "opened"
    before, after = change.before, change.after
    return Moved(
        change.ticker,
        event.at_us,
        after.position_e2,
        after.cost_e6,
        (after.realised_e6 - before.realised_e6) * is_news,
        (after.fees_e6 - before.fees_e6) * is_news,
        Filled(event.side, event.price_e4, event.count_e2) if isinstance(event, FillSeen) else None,
        is_from_before=not is_news,
    )


def moves_of(*events, positions=()):
    portfolio = Portfolio()
    opened = AccountOpened(0, "account", {0: 0}, tuple(positions), 0)
    moves = [moved(event, change) for event in (opened, *events) for change in take(portfolio, event)]
    return portfolio, moves


def fill(side, price_e4, count_e2, *, at_us=NOON_US, ticker="A"):
    place = (at_us, f"{ticker}{side}{price_e4}{at_us}", "o", "", ticker, 0)
    return FillSeen(*place, side, price_e4, count_e2, 100, False, at_us // 1_000, 0)


def settled(value_e4, *, at_us=LATER_US, ticker="A"):
    return SettlementSeen(at_us, ticker, 0, "yes", value_e4, None)


def realised(*events, positions=()):
    return RealisedTrades({}).take(moves_of(*events, positions=positions)[1]).all()


def figures(trade):
    return trade.outcome, trade.contracts_e2, trade.cost_e6, trade.proceeds_e6, trade.fees_e6


def test_a_sale_is_told_at_the_average_cost_of_what_was_bought():
    (trade,) = realised(
        fill("bid", 4_000, 100), fill("bid", 6_000, 100), fill("ask", 7_000, 50, at_us=LATER_US)
    )

    assert figures(trade) == ("YES", 50, 250_000, 350_000, 300)
    assert (trade.opened_us, trade.closed_us) == (NOON_US, LATER_US)


def test_a_fill_past_zero_closes_one_outcome_and_opens_the_other():
    first, second = realised(
        fill("bid", 4_000, 100), fill("ask", 6_000, 300, at_us=LATER_US), settled(0, at_us=LATER_US + 9)
    )

    assert figures(first) == ("NO", 200, 800_000, 2_000_000, 0)
    assert first.opened_us == LATER_US
    assert figures(second) == ("YES", 100, 400_000, 600_000, 200)


def test_fees_stand_on_the_day_on_which_they_were_charged():
    first, second = realised(fill("bid", 4_000, 100), settled(10_000, at_us=NOON_US + DAY_US))

    assert (first.contracts_e2, first.fees_e6, first.closed_us) == (0, 100, None)
    assert (second.contracts_e2, second.fees_e6, second.profit_e6) == (100, 0, 600_000)
    assert (second.day - first.day).days == 1


def test_what_was_held_before_the_ledger_began_has_no_time_of_opening():
    (trade,) = realised(settled(10_000), positions=[PositionAt("A", 0, 100, 300_000, 5, 6)])

    assert (trade.opened_us, trade.cost_e6, trade.proceeds_e6) == (None, 300_000, 1_000_000)


def test_a_fill_told_after_the_settlement_is_paid_out_as_it_comes():
    (trade,) = realised(settled(10_000, at_us=NOON_US), fill("ask", 8_000, 100, at_us=LATER_US))

    assert figures(trade) == ("NO", 100, 200_000, 0, 100)


def test_what_an_earlier_session_bought_is_known():
    _, moves = moves_of(fill("bid", 4_000, 100), fill("ask", 5_000, 100, at_us=NOON_US + DAY_US))

    (trade,) = RealisedTrades({"A": Holding(100, 400_000, NOON_US)}).take(moves[1:]).all()

    assert (trade.opened_us, trade.cost_e6, trade.profit_e6) == (NOON_US, 400_000, 100_000)


STEP = st.tuples(
    st.sampled_from("AB"), st.sampled_from(["bid", "ask", "settle"]), st.integers(0, 100), st.integers(1, 500)
)


@given(st.lists(STEP, max_size=40))
def test_the_sums_are_those_of_the_ledger(steps):
    events = []
    for number, (ticker, what, price, count_e2) in enumerate(steps):
        place = {"at_us": NOON_US + number * DAY_US // 7, "ticker": ticker}
        is_end = what == "settle"
        events.append(settled(price * 100, **place) if is_end else fill(what, price * 100, count_e2, **place))
    portfolio, moves = moves_of(*events)

    trades = RealisedTrades({}).take(moves).all()

    assert sum(trade.profit_e6 for trade in trades) == portfolio.realised_e6
    assert sum(trade.fees_e6 for trade in trades) == portfolio.fees_e6
    assert all(trade.contracts_e2 > 0 or trade.fees_e6 for trade in trades)
