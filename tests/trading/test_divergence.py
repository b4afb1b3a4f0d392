"""Two books of one market differ by their mids."""

import pytest

from trading.divergence import AgedQuote, TwoBooks, divergence


def two(ticker, data, execution):
    return TwoBooks(ticker, data and AgedQuote(*data, 0.5), execution and AgedQuote(*execution, 2.0))


@pytest.mark.parametrize(
    ("quote", "mid_e6", "spread_e4"),
    [
        pytest.param(AgedQuote(4_000, 5_500, 0.0), 425_000, 500, id="two sides"),
        pytest.param(AgedQuote(4_001, 5_998, 0.0), 400_150, 1, id="half a tick of the finest grid"),
        pytest.param(AgedQuote(None, 5_500, 0.0), None, None, id="no bid"),
        pytest.param(AgedQuote(4_000, None, 0.0), None, None, id="no ask"),
    ],
)
def test_a_quote_has_mid_and_spread_where_it_has_two_sides(quote, mid_e6, spread_e4):
    assert (quote.mid_e6, quote.spread_e4) == (mid_e6, spread_e4)


def test_a_difference_is_the_execution_mid_less_the_data_mid():
    assert two("A", (4_000, 5_500), (4_200, 5_500)).difference_e6 == 10_000
    assert two("A", (4_200, 5_500), (4_000, 5_500)).difference_e6 == -10_000


@pytest.mark.parametrize(
    "lacking", [two("A", None, (4_000, 5_500)), two("A", (4_000, 5_500), None), two("A", (None, 5), (4, 5))]
)
def test_a_market_without_two_mids_is_not_compared(lacking):
    found = divergence([lacking])

    assert (found.compared, found.median_e6, found.worst) == (0, None, None)


def test_the_figures_are_of_the_sizes_of_the_differences():
    low = two("LOW", (4_000, 5_500), (3_000, 5_500))
    markets = [two("SAME", (4_000, 5_500), (4_000, 5_500)), low, two("A", (4_000, 5_500), (4_200, 5_500))]

    found = divergence(markets)

    assert (found.compared, found.median_e6, found.worst) == (3, 10_000, low)
