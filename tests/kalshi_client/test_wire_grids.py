"""Every price of every grid and every fraction of a contract arrives as the integer it is."""

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_client.wire import messages as wire
from kalshi_client.wire.grids import RangeTexts, grid_of
from kalshi_client.wire.news import MarketCreated, MarketGridUpdated
from kalshi_client.wire.numbers import MAX_COUNT_E2
from kalshi_client.wire.values import BookDelta, BookSnapshot, Malformed
from tests.kalshi_client.golden_values import FRAMES
from trading.market import PriceGrid

PUBLISHED = ["linear_cent", "deci_cent", "tapered_deci_cent", "center_deci_edge_centi_cent"]
ONLY_NAMED = [
    "banded_centi_cent",
    "center_whole_edge_half_cent",
    "center_whole_edge_quint_cent",
    "center_half_edge_half_cent",
    "center_half_edge_quint_cent",
    "center_half_edge_deci_cent",
    "center_quint_edge_quint_cent",
    "center_quint_edge_deci_cent",
    "center_centi_edge_centi_cent",
    "",
    "a_name_of_next_year",
]


def dollars(price_e4):
    """As the venue writes it, by other means than the product's."""
    return f"0.{price_e4:04d}"


def contracts(count_e2):
    sign, size = ("-", -count_e2) if count_e2 < 0 else ("", count_e2)
    return f"{sign}{size // 100}.{size % 100:02d}"


def decoded(name, **changes):
    frame = copy.deepcopy(FRAMES[name])
    frame["msg"] |= changes
    return wire.decode(json.dumps(frame).encode())


def range_rows(grid):
    return [
        {"start": f"{r.start_e4 / 10_000:.4f}", "end": f"{r.end_e4 / 10_000:.4f}", "step": dollars(r.step_e4)}
        for r in grid.ranges
    ]


@pytest.mark.parametrize("structure", PUBLISHED)
def test_book_may_have_a_level_at_every_price_of_a_grid(structure):
    prices = [p for p in range(1, 10_000) if PriceGrid.named(structure).contains(p)]
    rows = [[dollars(p), contracts(p)] for p in prices]

    snapshot = decoded("ws_orderbook_snapshot", yes_dollars_fp=rows, no_dollars_fp=rows)

    assert isinstance(snapshot, BookSnapshot)
    assert snapshot.yes == snapshot.no == {p: p for p in prices}


def test_delta_may_be_at_every_ten_thousandth_of_a_dollar():
    for price_e4 in range(1, 10_000):
        delta = decoded("ws_orderbook_delta", price_dollars=dollars(price_e4))

        assert isinstance(delta, BookDelta)
        assert delta.price_e4 == price_e4


@pytest.mark.parametrize(
    ("text", "price_e4"),
    [("0.47", 4700), ("0.475", 4750), ("0.4755", 4755), ("0.475500", 4755), ("0.01", 100), ("0.0001", 1)],
)
def test_price_may_have_two_to_six_decimals(text, price_e4):
    assert decoded("ws_orderbook_delta", price_dollars=text).price_e4 == price_e4


def test_every_fraction_of_a_contract_counts():
    for count_e2 in range(-1_000, 1_001):
        assert decoded("ws_orderbook_delta", delta_fp=contracts(count_e2)).delta_e2 == count_e2


@given(st.integers(-MAX_COUNT_E2, MAX_COUNT_E2))
def test_count_of_any_believable_size_is_exact(count_e2):
    assert decoded("ws_orderbook_delta", delta_fp=contracts(count_e2)).delta_e2 == count_e2


@given(st.lists(st.integers(-10_000, 10_000), max_size=30))
def test_fractional_deltas_add_up_without_a_remainder(deltas_e2):
    total_e2 = sum(decoded("ws_orderbook_delta", delta_fp=contracts(d)).delta_e2 for d in deltas_e2)

    assert total_e2 == sum(deltas_e2)


@pytest.mark.parametrize("structure", PUBLISHED)
@pytest.mark.parametrize("is_named", [True, False])
def test_published_grid_is_known_by_its_name_and_by_its_ranges(structure, *, is_named):
    grid = PriceGrid.named(structure)
    said = {"price_level_structure": structure} if is_named else {"price_ranges": range_rows(grid)}
    frame = copy.deepcopy(FRAMES["ws_market_lifecycle_price_level_structure_updated"])
    frame["msg"] = {"market_ticker": "M", "event_type": "price_level_structure_updated", **said}

    message = wire.decode(json.dumps(frame).encode())

    assert isinstance(message, MarketGridUpdated)
    assert message.grid == grid


@pytest.mark.parametrize("structure", ONLY_NAMED)
def test_grid_that_is_only_named_is_not_guessed(structure):
    created = decoded("ws_market_lifecycle_created", price_level_structure=structure)

    assert isinstance(created, MarketCreated)
    assert created.grid is None


@pytest.mark.parametrize("structure", [*PUBLISHED, *ONLY_NAMED])
def test_ranges_win_over_the_name(structure):
    half_cents = [RangeTexts("0.0000", "1.0000", "0.0050")]

    grid = grid_of(structure, half_cents)

    assert grid is not None
    assert [p for p in range(10_001) if grid.contains(p)] == list(range(50, 10_000, 50))


@pytest.mark.parametrize(
    "rows",
    [
        [("0.0000", "1.0000", "0.0000")],
        [("0.0000", "1.0000", "-0.0100")],
        [("1.0000", "0.0000", "0.0100")],
        [("0.0000", "1.5000", "0.0100")],
        [("0.0000", "0.6000", "0.0100"), ("0.5000", "1.0000", "0.0100")],
        [("0.5000", "1.0000", "0.0100"), ("0.0000", "0.5000", "0.0100")],
        [("0.0000", "1.0000", "a cent")],
    ],
)
def test_ranges_that_are_no_grid_are_malformed(rows):
    ranges = [{"start": start, "end": end, "step": step} for start, end, step in rows]

    message = decoded("ws_market_lifecycle_price_level_structure_updated", price_ranges=ranges)

    assert isinstance(message, Malformed)
