"""The order flow looks like that of a real exchange. The bands are those of docs/order-flow.md."""

from __future__ import annotations

from pathlib import Path

import pytest

from verification.order_flow_bands import FACTS, QUICK, Days
from verification.order_flow_facts import BEGIN, END, SEED, with_figures

PAGE = (Path(__file__).parents[2] / "docs" / "order-flow.md").read_text()
# All days are traded once, before the first test: ten seconds of a core that may be shared.
pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def days() -> Days:
    return Days.spent(QUICK, seed=SEED)


def assert_in_bands(days: Days, *names: str) -> None:
    measured = {name: FACTS[name].of(days) for name in names}

    assert {name: value for name, value in measured.items() if not FACTS[name].holds(value)} == {}


def test_every_kind_of_day_has_its_rate(days):
    assert_in_bands(days, "rate of brisk", "rate of news", "rate of quiet")


def test_hardly_a_book_of_the_demo_day_changes_in_23_minutes(days):
    assert_in_bands(days, "changes of demo")


def test_activity_by_rank_is_a_power_law(days):
    assert_in_bands(days, "Zipf exponent", "changes of ten", "changes of hundred")


def test_a_few_markets_have_most_of_the_volume(days):
    assert_in_bands(days, "volume of ten", "volume of hundred")


def test_three_markets_have_most_of_an_events_volume(days):
    assert_in_bands(days, "top three")


def test_activity_comes_in_bursts(days):
    assert_in_bands(days, "Fano")


def test_the_typical_spread_is_a_few_cents(days):
    assert_in_bands(days, "spread", "spread in the middle", "wide spread in the middle", "spread lower down")


def test_spreads_shrink_towards_the_ends_and_grow_against_the_price(days):
    assert_in_bands(days, "spread of the unlikely", "spread in the tails", "relative spread in the tails")


def test_depth_is_about_the_same_at_every_level(days):
    assert_in_bands(days, "depth at the best price", "depth at the eighth price")


def test_the_outcomes_of_an_event_cost_a_dollar_together(days):
    assert_in_bands(days, "event sum", "wide event sum")


def test_the_middle_is_a_martingale_once_it_moves_by_more_than_a_tick(days):
    assert_in_bands(days, "variance ratio")


def test_the_middle_bounces_at_most_by_a_tick_in_between(days):
    assert_in_bands(days, "variance ratio at rest")


def test_prices_jump(days):
    assert_in_bands(days, "jumps")


def test_what_costs_so_much_happens_so_often(days):
    assert_in_bands(days, "calibration")


def test_a_taker_tends_to_do_what_the_last_one_did(days):
    assert_in_bands(days, "signs")


def test_most_takers_are_small_and_a_few_are_large(days):
    assert_in_bands(days, "median size", "mean size", "large size", "volume of the largest")


def test_some_takers_know_better(days):
    assert_in_bands(days, "informed")


def test_who_knows_better_earns(days):
    assert_in_bands(days, "gain of the informed")


def test_who_crosses_the_spread_for_no_reason_pays(days):
    assert_in_bands(days, "gain of the noise")


def test_makers_earn(days):
    assert_in_bands(days, "gain of makers")


def test_long_shots_are_liked(days):
    assert_in_bands(days, "long shots")


def test_every_fact_has_a_test():
    text = Path(__file__).read_text()

    assert [name for name in FACTS if f'"{name}"' not in text] == []


def test_the_page_shows_every_fact_in_its_band():
    shown = [line.split(" | ") for line in PAGE.splitlines() if line.startswith("| ")]
    bands = {(row[0].removeprefix("| "), row[-1].removesuffix(" |")) for row in shown}

    assert [f.name for f in FACTS.values() if (f.name, f"{f.low:g} to {f.high:g}") not in bands] == []
    assert "**outside**" not in PAGE


def test_new_figures_leave_the_rest_of_the_page():
    page = f"above\n{BEGIN}\nold\n{END}\nbelow\n"

    assert with_figures(page, ["new"]) == f"above\n{BEGIN}\nnew\n{END}\nbelow\n"
