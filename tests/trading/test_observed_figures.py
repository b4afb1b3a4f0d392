"""Figures are exact, mirror when the market is mirrored, and are 0 where there is nothing to say."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading.book import Book
from trading.observation import Observation, Resting, WatchedMarket, observe
from trading.trade_flow import MEDIUM, SHORT, TradeFlow

COUNTS = st.integers(1, 10**12)


def seen(*books, trades=None) -> Observation:
    """Markets A, B, C … with these (yes, no) sides."""
    markets = []
    for name, (yes, no) in zip("ABCDEFGH", books, strict=False):
        book = Book()
        book.replace(yes, no)
        markets.append(WatchedMarket(name, book, 0, 1, 9))
    return observe(markets, 9, trades)


def test_the_figures_of_a_known_book():
    batch = seen(({4_000: 300, 3_900: 100}, {5_800: 100, 5_700: 300}))

    assert batch.two_sided.tolist() == [True]
    assert batch.best_yes_bid_e4.tolist() == [4_000]
    assert batch.best_no_bid_e4.tolist() == [5_800]
    assert batch.yes_ask_e4.tolist() == [4_200]
    assert batch.spread_e4.tolist() == [200]
    assert batch.mid_e6.tolist() == [410_000]
    assert batch.microprice_e6.tolist() == [415_000]  # three quarters of the way to the ask
    assert batch.imbalance_e4(1).tolist() == [5_000]
    assert batch.imbalance_e4(10).tolist() == [0]


@pytest.mark.parametrize("book", [({}, {}), ({4_000: 1}, {}), ({}, {4_000: 1})])
def test_a_book_with_a_side_missing_has_no_mid(book):
    batch = seen(book)

    assert batch.two_sided.tolist() == [False]
    assert batch.spread_e4.tolist() == batch.mid_e6.tolist() == batch.microprice_e6.tolist() == [0]


@given(st.integers(1, 9_998), st.integers(1, 9_998), COUNTS, COUNTS)
def test_mid_and_microprice_are_exact_and_the_microprice_rounds_down(low, width, bid_e2, ask_e2):
    bid_e4, ask_e4 = low, min(low + width, 9_999)
    batch = seen(({bid_e4: bid_e2}, {10_000 - ask_e4: ask_e2}))

    mid_e6, microprice_e6 = int(batch.mid_e6[0]), int(batch.microprice_e6[0])

    exact = Fraction(bid_e4 * ask_e2 + ask_e4 * bid_e2, bid_e2 + ask_e2) * 100
    assert mid_e6 == Fraction(bid_e4 + ask_e4, 2) * 100
    assert microprice_e6 <= exact < microprice_e6 + 1
    assert bid_e4 * 100 <= microprice_e6 <= ask_e4 * 100


@given(st.dictionaries(st.integers(1, 4_999), COUNTS), st.dictionaries(st.integers(1, 4_999), COUNTS))
def test_the_mirrored_market_has_the_mirrored_imbalance(yes, no):
    batch = seen((yes, no), (no, yes))

    for levels in (1, 3, 10):
        here, mirrored = batch.imbalance_e4(levels).tolist()
        assert here == -mirrored
        assert -10_000 <= here <= 10_000


def test_flow_and_mean_price_of_trades_are_by_window():
    trades = TradeFlow()
    trades.add("A", trade_id="old", price_e4=4_000, count_e2=300, taker_side="bid", at_us=0)
    trades.add("A", trade_id="new", price_e4=5_000, count_e2=100, taker_side="ask", at_us=20_000_000)

    batch = seen(({}, {}), ({}, {}), trades=trades)

    assert batch.taker_flow_e2[:, SHORT].tolist() == [-100, 0]
    assert batch.taker_flow_e2[:, MEDIUM].tolist() == [200, 0]
    assert batch.taker_flow_share_e4[:, SHORT].tolist() == [-10_000, 0]
    assert batch.taker_flow_share_e4[:, MEDIUM].tolist() == [5_000, 0]
    assert batch.mean_trade_price_e6[:, SHORT].tolist() == [500_000, 0]
    assert batch.mean_trade_price_e6[:, MEDIUM].tolist() == [425_000, 0]


def test_an_own_order_rests_where_it_has_a_price():
    batch = seen(({}, {}), ({}, {})).with_account({}, {"B": Resting(0, 0, 4_300, 100)})

    assert batch.resting_bid.tolist() == [False, False]
    assert batch.resting_ask.tolist() == [False, True]
