"""The best levels of many sides at once are those of each side alone."""

from hypothesis import given
from hypothesis import strategies as st

from trading.ladders import FAT, LEVELS, ladders

SIDES = st.dictionaries(st.integers(1, 9_999), st.integers(1, 10**11), max_size=14)


def best(side):
    levels = sorted(side.items(), reverse=True)[:LEVELS]
    return levels + [(0, 0)] * (LEVELS - len(levels))


def check(sides):
    found = ladders(sides)

    for row, side in enumerate(sides):
        assert list(zip(found.prices_e4[row], found.counts_e2[row], strict=True)) == best(side)
        assert found.levels[row] == len(side)
        assert found.depth_e2[row] == sum(side.values())


@given(st.lists(SIDES, max_size=6))
def test_a_row_is_the_best_of_its_side_and_all_of_it_counted(sides):
    check(sides)


@given(st.lists(st.tuples(st.integers(FAT - 2, FAT + 40), st.integers(0, 9_000), st.booleans()), max_size=4))
def test_a_side_of_any_size_is_as_right_among_others(shapes):
    def side(levels, lowest, is_rising):
        prices = range(lowest + 1, lowest + 1 + levels)
        return {price: 7 * price + 1 for price in (prices if is_rising else reversed(prices))}

    check([each for shape in shapes for each in (side(*shape), {50: 1}, {})])


def test_no_sides_have_no_rows():
    assert ladders([]).prices_e4.shape == (0, LEVELS)
