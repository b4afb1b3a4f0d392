"""The page of figures is made of a run, and of nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import report
from benchmarks.__main__ import SUITES
from benchmarks.report_text import PIVOTS, SECTIONS

ROOT = Path(__file__).parents[2]
SEEN_WITH = {"load": 0.5, "at": "2026-11-25T07:00+00:00", "machine": "2 cores of Abacus, Python 3.11.7"}


def line(claim: str, **more) -> dict[str, object]:
    return {"claim": claim, "ours": 1.5, "goal": "< 2", "ok": True, **SEEN_WITH, **more}


def page(*lines) -> str:
    return report.page({each["claim"]: each for each in lines})


def test_the_page_in_docs_is_the_one_that_the_kept_lines_make():
    kept = sorted((ROOT / "benchmarks" / "results").glob("*.jsonl"))

    assert kept
    assert report.page(report.read(kept)) == (ROOT / "docs" / "performance.md").read_text()


def test_every_suite_has_a_section_of_the_page():
    assert {section.name for section in SECTIONS} == set(SUITES)


def test_a_later_line_of_a_claim_replaces_the_earlier_one(tmp_path):
    run = tmp_path / "run.jsonl"
    run.write_text('{"claim": "a", "ours": 1}\n{"claim": "b", "ours": 2}\n{"claim": "a", "ours": 3}\n')

    assert {claim: found["ours"] for claim, found in report.read([run]).items()} == {"a": 3, "b": 2}


def test_a_goal_that_was_missed_is_named_at_the_top_and_marked_in_its_row():
    shown = page(line("wide.markets: price", ours=2.5, ok=False), line("wide.markets: memory", ours=1))

    assert "1 of 2 goals are met in this run. Not met:\n\n- wide.markets: price" in shown
    assert "| price | < 2 | 2.50 **not met** |" in shown


def test_what_was_not_measured_counts_neither_way():
    left_out = {"ours": None, "goal": "none", "ok": None, "skipped": "no wheel"}

    shown = page(line("books.x: a"), line("books.x: b", **left_out))

    assert "1 of 1 goals are met" in shown
    assert "- books.x: b: no wheel" in shown
    assert "| b |  | not measured |" in shown


def test_a_comparison_shows_both_and_their_ratio():
    shown = page(line("books.x: us", ours=1.234, theirs=9.87, ratio=8.0, goal=">= 6.0"))

    assert "| us | ≥ 6.0 | 1.23 | 9.87 | 8.00× |" in shown


def test_the_command_and_the_load_stand_beside_the_figures():
    shown = page(line("books.x: a", load=0.4), line("books.x: b", load=3.25))

    assert "`python -m benchmarks books`, 2026-11-25, load average 0.4 to 3.25." in shown
    assert "2 cores of Abacus" in shown


def test_a_run_that_was_favoured_over_other_work_says_so():
    assert "(nice -10)" in page(line("books.x: a", nice=-10))
    assert "nice" not in page(line("books.x: a", nice=0))


def test_a_look_is_not_passed_off_as_a_run():
    assert "`python -m benchmarks --quick books`" in page(line("books.x: a", quick=True))


def test_runs_under_several_labels_stand_side_by_side():
    (prefix,), (labels,) = PIVOTS.keys(), PIVOTS.values()

    shown = page(*(line(f"{prefix}: {label}: fills", ours=number) for number, label in enumerate(labels)))

    assert f"| what | goal | {' | '.join(labels)} |" in shown
    assert "| fills | < 2 | 0 | 1 | 2 |" in shown


@pytest.mark.parametrize(
    ("ours", "theirs", "shown"),
    [([], [], "none"), ("abc", "abc", "equal"), (0, 0, "none"), ("abc", "def", "abc, not def")],
)
def test_what_has_to_be_equal_is_told_in_words(ours, theirs, shown):
    assert f"| it | equal | {shown} |" in page(line("books.f: it", ours=ours, theirs=theirs, goal="equal"))


def test_a_median_says_of_how_many_and_between_what_all_lay():
    times = {"times": 3, "range": [1.2, 1.9]}
    shown = page(line("books.x: a", **times), line("books.x: us", theirs=3.0, ratio=2.0, **times))

    assert "`python -m benchmarks --times 3 books`" in shown
    assert "The median of 3 runs, and between which all lay." in shown
    assert "| a | < 2 | 1.50 (1.20 to 1.90) |" in shown
    assert "| us | < 2 | 1.50 | 3.00 | 2.00× (1.20 to 1.90) |" in shown
