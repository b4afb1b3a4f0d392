"""Equity is what the session itself would have said at each recorded fact."""

from hypothesis import given
from hypothesis import strategies as st

from persistence.sessions.facts import Cash, Move
from reports.equity import Quoted, WorthSoFar, drawdown, ended_with, equity_curve
from reports.scales import Point
from trading.events import AccountOpened, FillSeen, SettlementSeen
from trading.held_prices import UNKNOWN, OutcomePrices, held_prices, last_bids
from trading.ledger import Ledger
from trading.portfolio import Portfolio, Position
from trading.position_history import take
from trading.valuation import valuation

DOLLAR = 1_000_000


def test_what_is_held_counts_at_cost_until_its_first_price():
    worth = WorthSoFar({"A": Position(200, DOLLAR)}, {0: 10 * DOLLAR})

    curve = equity_curve(worth, [Cash(1, 0, 10 * DOLLAR), Quoted(2, "A", OutcomePrices(6_000, 3_500))])

    assert curve == [Point(1, 11 * DOLLAR), Point(2, 11_200_000)]


def test_a_price_that_is_gone_stands_but_never_above_the_offer():
    worth = WorthSoFar({"A": Position(100, 0)}, {0: 0})
    quotes = [OutcomePrices(6_000, 3_000), OutcomePrices(None, 3_000), OutcomePrices(None, 5_000)]

    curve = equity_curve(worth, [Quoted(at, "A", bids) for at, bids in enumerate(quotes)])

    assert [point.y for point in curve] == [600_000, 600_000, 500_000]


def test_facts_of_one_instant_are_one_point():
    worth = WorthSoFar({}, {0: 0, 1: 0})

    assert equity_curve(worth, [Cash(5, 0, 3), Cash(5, 1, 4)]) == [Point(5, 7)]


def test_a_curve_ends_with_the_last_word():
    curve = [Point(1, 10), Point(5, 12), Point(7, 13)]

    assert ended_with(curve, Point(5, 11)) == [Point(1, 10), Point(5, 11)]
    assert ended_with([], Point(5, 11)) == [Point(5, 11)]


def test_a_drawdown_is_counted_from_the_highest_point_before():
    curve = [Point(at, y) for at, y in enumerate([10, 12, 7, 13, 11])]

    assert [point.y for point in drawdown(curve)] == [0, 0, -5, 0, -2]


MARKET, PRICE = st.sampled_from("AB"), st.one_of(st.none(), st.integers(1, 49))
STEP = st.one_of(
    st.tuples(MARKET, st.sampled_from(["bid", "ask"]), st.integers(1, 99), st.integers(1, 300)),
    st.tuples(MARKET, st.just("quote"), PRICE, PRICE),
    st.tuples(MARKET, st.just("settle"), st.integers(0, 100), st.none()),
)


def fact(at_us, ticker, what, first, second):
    if what == "settle":
        return SettlementSeen(at_us, ticker, 0, "yes", first * 100, None)
    place = (at_us, f"t{at_us}", "o", "", ticker, 0)
    return FillSeen(*place, what, first * 100, second, 7, False, at_us, 0)


@given(st.lists(STEP, max_size=30))
def test_equity_is_that_of_the_ledger_at_the_same_prices(steps):
    opened = AccountOpened(0, "account", {0: 50 * DOLLAR}, (), 0)
    portfolio, ledger, worth = Portfolio(), Ledger({}), WorthSoFar({}, {0: 50 * DOLLAR})
    take(portfolio, opened)
    ledger.apply(opened)
    last, prices = {}, {}
    for at_us, (ticker, what, first, second) in enumerate(steps, 1):
        if what == "quote":
            bids = OutcomePrices(first and first * 100, second and second * 100)
            last[ticker] = last_bids(last.get(ticker, UNKNOWN), bids)
            prices[ticker] = held_prices(last[ticker], bids)
            worth.take(Quoted(at_us, ticker, bids))
            continue
        event = fact(at_us, ticker, what, first, second)
        ledger.apply(event)
        for change in take(portfolio, event):
            held = (change.after.position_e2, change.after.cost_e6)
            worth.take(Move(at_us, 0, change.cash_e6, ticker, *held))

    assert worth.equity_e6 == valuation(ledger, lambda ticker: prices.get(ticker, UNKNOWN)).equity
