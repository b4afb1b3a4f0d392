"""The order in which actors stop, and the time that each is waited for."""

from __future__ import annotations

import pytest

from actors.thespian.stop_plan import RESERVED_S, STAGES, StopPlan

MEMBERS = [
    ("Guard", "Guard"),
    ("MarketWatcher-0", "MarketWatcher"),
    ("MarketWatcher-1", "MarketWatcher"),
    ("OrderManager", "OrderManager"),
    ("FillProcessor", "FillProcessor"),
    ("Selector", "Selector"),
    ("Recorder", "Recorder"),
]


def test_who_causes_work_stops_before_who_does_it():
    plan = StopPlan(10.0)
    order = []
    while plan.next_stage(MEMBERS) is not None:
        order.append(sorted(plan.awaited))

    assert order == [
        ["Selector"],
        ["OrderManager"],
        ["FillProcessor"],
        ["MarketWatcher-0", "MarketWatcher-1"],
        ["Recorder"],
    ]


def test_a_stage_ends_with_its_last_member():
    plan = StopPlan(10.0)
    plan.next_stage([member for member in MEMBERS if member[1] == "MarketWatcher"])

    assert not plan.has_stopped("Selector")
    assert not plan.has_stopped("MarketWatcher-1")
    assert plan.has_stopped("MarketWatcher-0")
    assert not plan.has_stopped("MarketWatcher-0")


def test_a_stage_without_a_running_member_is_passed_over():
    plan = StopPlan(14.0)

    assert plan.next_stage([("FillProcessor", "FillProcessor")]) == 1.0
    assert plan.next_stage([("FillProcessor", "FillProcessor")]) is None


@pytest.mark.parametrize("deadline_s", [0.0, 0.2, 1.0, 4.0, 6.8, 60.0])
def test_all_stages_together_fit_into_the_deadline(deadline_s):
    plan = StopPlan(deadline_s)
    waited = []
    while (seconds := plan.next_stage(MEMBERS)) is not None:
        waited.append(seconds)

    assert sum(waited) <= max(0.0, deadline_s - RESERVED_S) + 1e-9
    assert len(waited) == len(STAGES)
    assert all(given <= wanted for given, (_, wanted) in zip(waited, STAGES, strict=True))
