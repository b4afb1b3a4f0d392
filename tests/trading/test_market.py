"""Prices, counts and money as integers, and the grids that markets trade on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading.market import (
    ONE_DOLLAR_E4,
    NumberError,
    PriceGrid,
    PriceRange,
    complement_e4,
    format_count_e2,
    format_money_e6,
    format_price_e4,
    parse_count_e2,
    parse_money_e6,
    parse_price_e4,
)

STRUCTURES = ["linear_cent", "deci_cent", "tapered_deci_cent", "center_deci_edge_centi_cent"]

# Protocol 4.3, written out a second time as the plain list of its prices.
TRADABLE = {
    "linear_cent": set(range(100, 10_000, 100)),
    "deci_cent": set(range(10, 10_000, 10)),
    "tapered_deci_cent": {*range(10, 1_000, 10), *range(1_000, 9_001, 100), *range(9_000, 10_000, 10)},
    "center_deci_edge_centi_cent": {*range(1, 100), *range(100, 9_901, 10), *range(9_900, 10_000)},
}


@pytest.mark.parametrize("structure", STRUCTURES)
def test_a_named_grid_holds_exactly_the_documented_prices(structure):
    grid = PriceGrid.named(structure)

    assert {p for p in range(-100, ONE_DOLLAR_E4 + 101) if grid.contains(p)} == TRADABLE[structure]


@pytest.mark.parametrize("structure", STRUCTURES)
def test_floor_and_ceil_find_the_nearest_tradable_price_from_anywhere(structure):
    grid = PriceGrid.named(structure)
    tradable = TRADABLE[structure]

    below: int | None = None
    for price_e4 in range(-100, ONE_DOLLAR_E4 + 101):
        below = price_e4 if price_e4 in tradable else below
        assert grid.floor(price_e4) == below
    above: int | None = None
    for price_e4 in range(ONE_DOLLAR_E4 + 100, -101, -1):
        above = price_e4 if price_e4 in tradable else above
        assert grid.ceil(price_e4) == above


@pytest.mark.parametrize("structure", STRUCTURES)
def test_the_complement_of_a_tradable_price_is_tradable_and_comes_back(structure):
    grid = PriceGrid.named(structure)

    for price_e4 in TRADABLE[structure]:
        assert grid.contains(complement_e4(price_e4))
        assert complement_e4(complement_e4(price_e4)) == price_e4


@pytest.mark.parametrize(
    "ranges",
    [
        pytest.param((), id="no range"),
        pytest.param((PriceRange(0, 10_000, 0),), id="no step"),
        pytest.param((PriceRange(0, 10_000, -100),), id="downward step"),
        pytest.param((PriceRange(500, 500, 100),), id="empty range"),
    ],
)
def test_a_grid_that_makes_no_sense_is_refused(ranges):
    with pytest.raises(ValueError):
        PriceGrid(ranges)


def test_an_unknown_structure_has_no_name():
    with pytest.raises(KeyError):
        PriceGrid.named("half_cent")


@given(st.integers(0, ONE_DOLLAR_E4))
def test_a_written_price_reads_back(price_e4):
    assert parse_price_e4(format_price_e4(price_e4)) == price_e4


@given(st.integers(-(10**12), 10**12))
def test_a_written_count_reads_back(count_e2):
    assert parse_count_e2(format_count_e2(count_e2)) == count_e2


@given(st.integers(-(10**15), 10**15))
def test_written_money_reads_back(money_e6):
    assert parse_money_e6(format_money_e6(money_e6)) == money_e6


@pytest.mark.parametrize(
    ("text", "price_e4"),
    [("0.4700", 4700), ("0.47", 4700), ("1", 10_000), ("0.0001", 1), ("0.47000", 4700), ("-0.0100", -100)],
)
def test_a_price_is_read_with_as_many_decimals_as_it_has(text, price_e4):
    assert parse_price_e4(text) == price_e4


@pytest.mark.parametrize(
    "text", ["", ".", "-", ".5", "0.47001", "0,47", "1e3", "+0.4700", " 0.4700", "0.4.7", "٠.٤", "nan"]
)
def test_what_is_no_price_is_refused(text):
    with pytest.raises(NumberError):
        parse_price_e4(text)


@pytest.mark.parametrize(
    ("money_e6", "text"),
    [(9_851_580_000, "9851.5800"), (1, "0.000001"), (-2_500_000, "-2.5000"), (-1_234_567, "-1.234567")],
)
def test_money_is_written_with_four_decimals_unless_they_would_lose_something(money_e6, text):
    assert format_money_e6(money_e6) == text
