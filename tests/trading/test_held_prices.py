"""A thin execution book neither halts an account nor invents money."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading.held_prices import UNKNOWN, OutcomePrices, held_prices, last_bids


def follow(*bids):
    """The prices after books with these best bids, one after another."""
    last, prices = UNKNOWN, UNKNOWN
    for pair in bids:
        last = last_bids(last, OutcomePrices(*pair))
        prices = held_prices(last, OutcomePrices(*pair))
    return prices


@pytest.mark.parametrize(
    ("bids", "prices"),
    [
        pytest.param([(4_000, 5_500)], (4_000, 5_500), id="the best bids"),
        pytest.param([(None, None)], (None, None), id="an empty book at the start tells nothing"),
        pytest.param([(None, 5_500)], (None, 5_500), id="nor does a side without a bid, of its outcome"),
        pytest.param([(4_000, 5_500), (None, None)], (4_000, 5_500), id="a book that empties"),
        pytest.param([(4_000, 5_500), (None, 5_600)], (4_000, 5_600), id="a side that empties"),
        pytest.param([(4_000, 5_500), (None, 9_900)], (100, 9_900), id="never above what YES is offered at"),
        pytest.param([(4_000, 5_500), (9_800, None)], (9_800, 200), id="never above what NO is offered at"),
        pytest.param(
            [(4_000, 5_500), (None, 9_900), (None, None)], (4_000, 9_900), id="until that offer is gone"
        ),
        pytest.param([(4_000, 5_500), (None, None), (100, 100)], (100, 100), id="a bid that comes back low"),
    ],
)
def test_an_outcome_is_valued_at_its_bid_or_the_last_one_there_was(bids, prices):
    assert follow(*bids) == prices


cents = st.none() | st.integers(1, 99).map(lambda cent: cent * 100)
quotes = st.tuples(cents, cents).filter(lambda pair: None in pair or sum(pair) < 10_000)


@given(st.lists(quotes, min_size=1))
def test_nothing_is_valued_above_what_was_ever_bid_for_it_nor_above_what_it_is_offered_at(history):
    prices = follow(*history)

    for held, price in enumerate(prices):
        bid = [pair[held] for pair in history if pair[held] is not None]
        assert (price is None) == (not bid)
        if price is not None:
            assert price <= max(bid)
            opposite = history[-1][1 - held]
            assert opposite is None or price <= 10_000 - opposite
