"""A fault's line holds when it was met as expected, recovered from, and left the ledgers equal."""

from dataclasses import replace

import pytest

from cli.checklist.comparison import Comparison
from cli.checklist.fault_seen import FaultSeen, fault_line


def comparison(theirs="1", rounds=2):
    found = Comparison()
    for _ in range(rounds):
        found.add({"cash": "1"}, {"cash": theirs}, {"cash": "1"})
    return found


WELL = FaultSeen("fault: network cut", "cut", "held back", "paused", True, 2.0, comparison(), 30, ())


def test_what_was_met_as_expected_holds_and_says_at_how_many_fills():
    line = fault_line(WELL)

    assert line.verdict == "holds"
    assert line.figure == "paused; recovered in 2.0 s; 1 figures equal to the ledger at 30 fills"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"as_expected": False}, id="not as expected"),
        pytest.param({"recovered_s": None}, id="never recovered"),
        pytest.param({"recovered_s": 30.0}, id="recovered too late"),
        pytest.param({"twice": ("rl1-a-b-1",)}, id="an order sent twice"),
        pytest.param({"ledger": comparison("2")}, id="another ledger"),
        pytest.param({"ledger": comparison("2", rounds=1)}, id="never at rest"),
    ],
)
def test_anything_else_does_not(change):
    assert fault_line(replace(WELL, **change)).verdict == "fails"
