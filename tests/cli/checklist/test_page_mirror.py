"""A listener of the page has its newest state, and notices a delta that is missing."""

import pytest

from cli.checklist.page_mirror import PageMirror
from tests.web.reports import ENVIRONMENT, REPORTS
from web.view import SystemView


@pytest.fixture
def view():
    return SystemView(session="s1", environment=ENVIRONMENT, started_us=0)


def report(view, source, **values):
    view.apply(source, REPORTS[source] | values, built_us=0, heard_s=0.0)


def test_a_snapshot_and_every_delta_give_the_state_of_the_page(view):
    mirror = PageMirror()
    mirror.receive({"type": "hello"})
    mirror.receive({"type": "snapshot", **view.snapshot()})
    for source in ("Supervisor", "OrderManager", "FillProcessor", "Selector"):
        report(view, source)
        mirror.receive({"type": "delta", **view.delta(0, now_s=0.0)})
    report(view, "OrderManager", open_orders=[])
    mirror.receive({"type": "delta", **view.delta(0, now_s=0.0)})

    state = view.snapshot()["state"]
    assert mirror.slices == state["slices"]
    assert mirror.tables == state["tables"]
    assert [each["n"] for each in mirror.fills] == [each["n"] for each in state["feeds"]["fills"]]


def test_a_missing_delta_asks_for_a_snapshot_once_and_waits_for_it(view):
    mirror = PageMirror()
    mirror.receive({"type": "snapshot", **view.snapshot()})
    report(view, "Supervisor")
    view.delta(0, now_s=0.0)
    report(view, "OrderManager")
    later = {"type": "delta", **view.delta(0, now_s=0.0)}

    assert mirror.receive(later)
    assert mirror.seq is None
    assert not mirror.receive(later)
    assert not mirror.receive({"type": "hb", "seq": later["seq"]})
    assert not mirror.receive({"type": "snapshot", **view.snapshot()})
    assert mirror.slices == view.snapshot()["state"]["slices"]


def test_a_heartbeat_of_another_number_asks_for_a_snapshot(view):
    mirror = PageMirror()
    mirror.receive({"type": "snapshot", **view.snapshot()})

    assert not mirror.receive({"type": "hb", "seq": mirror.seq})
    assert mirror.receive({"type": "hb", "seq": (mirror.seq or 0) + 1})


def test_each_state_is_noted_once_with_its_reason(view):
    mirror = PageMirror()
    mirror.receive({"type": "snapshot", **view.snapshot()})
    for state in ("trading", "trading", "paused", "trading"):
        report(view, "Supervisor", state=state, state_reason="because")
        report(view, "OrderManager", n=len(mirror.states))
        mirror.receive({"type": "delta", **(view.delta(0, now_s=0.0) or {"seq": mirror.seq})})

    assert [state for state, _ in mirror.states] == ["starting", "trading", "paused", "trading"]
