"""Plots are well-formed whatever is drawn, and show it to scale."""

import re
import xml.etree.ElementTree

from hypothesis import given
from hypothesis import strategies as st

from reports.durations import histogram as histogram_of
from reports.durations import percentiles, shown
from reports.elements import table
from reports.masked import lines_of
from reports.plots import SIZE, Bar, TimeAxis, funnel, histogram, stacked_plot, step_plot
from reports.scales import Point, Tick
from reports.words import cents, dollars, held

SPAN = TimeAxis(0, 100)


def drawing(html):
    """The picture in a plot."""
    return xml.etree.ElementTree.fromstring(re.search(r"<svg.*?</svg>", html)[0])


def test_a_curve_stays_until_its_next_point():
    html = step_plot([Point(0, 0), Point(50, 100)], SPAN, label="x", words=str)

    (curve,) = drawing(html).findall("path[@class='curve']")
    assert curve.get("d") == f"M0.0 {SIZE}.0H500.0V0.0H{SIZE}"


@given(st.lists(st.integers(-(10**14), 10**14), min_size=1, max_size=30))
def test_a_curve_of_any_values_stays_inside_its_plot(values):
    points = [Point(x, y) for x, y in enumerate(values)]

    found = drawing(step_plot(points, SPAN, label="x", words=str, kind="fall"))

    numbers = [float(n) for n in re.findall(r"[-\d.]+", found.find("path[@class='curve']").get("d"))]
    assert all(0 <= number <= SIZE for number in numbers)


def test_the_parts_of_a_bar_stand_on_each_other():
    bars = [Bar(0, 50, {"HOLD": 6, "BUY_YES": 4})]

    below, above = drawing(stacked_plot(bars, SPAN, label="x", words=str)).findall("rect")

    assert (below.get("data-action"), above.get("data-action")) == ("HOLD", "BUY_YES")
    assert float(above.get("y")) + float(above.get("height")) == float(below.get("y"))
    assert float(below.get("height")) == 1.5 * float(above.get("height"))


def test_marks_that_would_cover_each_other_are_one():
    marks = [Tick(0.50, "p50"), Tick(0.52, "p95"), Tick(0.90, "p99")]

    html = histogram([1, 2], [], marks, label="x")

    assert re.findall(r">(p[^<]+)<", html) == ["p50 p95", "p99"]


def test_a_step_that_nothing_reached_has_no_bar():
    assert 'width="0.0"' in funnel([("sent", 5, ""), ("filled", 0, "")], label="x")


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=60))
def test_a_histogram_has_every_duration_and_its_percentiles_inside(durations):
    found = histogram_of(durations)

    assert sum(found.counts) == len(durations)
    assert all(0 <= mark.at <= 1 for mark in found.marks)
    assert found.edges[0].at == 0
    assert found.edges[-1].at == 1


def test_percentiles_are_durations_that_there_were():
    assert percentiles(range(1, 101)) == (50, 95, 99, 100)
    assert percentiles([1, 2]) == (1, 2, 2, 2)
    assert percentiles([7]) == (7, 7, 7, 1)
    assert percentiles([]) is None


def test_durations_are_written_with_a_fitting_unit():
    assert [shown(us) for us in (900, 41_234, 2_500_000)] == ["900 µs", "41.2 ms", "2.5 s"]


def test_words_from_outside_are_words_on_the_page():
    html = table(("a",), [("<script>\x1b[2J",)], empty="")

    assert "&lt;script&gt;\\x1b[2J" in html


def test_money_is_exact_in_tables_and_in_cents_in_large_figures():
    assert [dollars(money) for money in (-5_640_000, 1_234_567_891, 0)] == [
        "-$5.64",
        "$1,234.567891",
        "$0.00",
    ]
    assert [cents(money) for money in (2_024_693, -22_328_000, 0)] == ["+$2.02", "-$22.33", "$0.00"]
    assert [held(position) for position in (250, -1_000, 0)] == ["2.50 YES", "10 NO", "–"]


def test_secrets_of_a_configuration_are_hidden():
    config = {
        "web": {"port": 8003, "token": "hunter2"},
        "database": {"dsn": "postgresql://u:hunter2@h/d"},
        "markets": {"tickers": ["A", "B"], "series": []},
    }

    shown_lines = dict(lines_of(config))

    assert shown_lines == {
        "web.port": "8003",
        "web.token": "***",
        "database.dsn": "postgresql://u:***@h/d",
        "markets.tickers": "A, B",
        "markets.series": "–",
    }
