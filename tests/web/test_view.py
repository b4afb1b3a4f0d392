"""A page that follows the deltas always knows what a fresh page would."""

import copy
import json

from hypothesis import given
from hypothesis import strategies as st

from tests.web.reports import ENVIRONMENT, REPORTS
from web.view import FEED_SHOWN, SystemView


def a_view():
    return SystemView(session="s1", environment=ENVIRONMENT, started_us=0)


def a_view_of_everything():
    view = a_view()
    for source, values in REPORTS.items():
        view.apply(source, values, built_us=1, heard_s=0.0)
    return view


def follow(state, delta):
    """Do as static/store.js does with a delta."""
    state = copy.deepcopy(state)
    for name, fields in delta.get("set", {}).items():
        state["slices"][name] |= fields
    for table, change in delta.get("tables", {}).items():
        state["tables"][table] |= change["set"]
        for key in change["del"]:
            del state["tables"][table][key]
    for feed, entries in delta.get("add", {}).items():
        state["feeds"][feed] = (state["feeds"][feed] + entries)[-FEED_SHOWN:]
    return state


tickers = st.sampled_from(["A", "B", "C"])
rows = st.builds(
    lambda ticker, position: {"ticker": ticker, "position": position}, tickers, st.integers(-3, 3)
)
reports = st.one_of(
    st.tuples(
        st.just("FillProcessor"),
        st.fixed_dictionaries(
            {},
            optional={
                "positions": st.lists(rows, max_size=4),
                "fills": st.fixed_dictionaries({"count": st.integers(0, 3)}),
                "recent": st.lists(st.fixed_dictionaries({"order": tickers}), max_size=FEED_SHOWN + 5),
            },
        ),
    ),
    st.tuples(
        st.just("Selector"),
        st.fixed_dictionaries(
            {},
            optional={
                "decisions": st.fixed_dictionaries(
                    {"total": st.integers(0, 3), "refused": st.dictionaries(tickers, st.integers(1, 2))}
                ),
            },
        ),
    ),
    st.tuples(
        st.sampled_from(["MarketWatcher-0", "MarketWatcher-1"]),
        st.fixed_dictionaries(
            {"live": st.integers(0, 9)},
            optional={
                "connections": st.lists(st.just({"name": "n", "state": "live", "reconnects": 0}), max_size=1)
            },
        ),
    ),
)
steps = st.lists(st.one_of(reports, st.just("delta"), st.just("snapshot")), max_size=30)


@given(steps)
def test_a_page_that_follows_every_delta_has_what_a_snapshot_says(steps):
    view = a_view()
    page = copy.deepcopy(view.snapshot())
    for step in [*steps, "delta"]:
        if step == "delta":
            delta = view.delta(0, now_s=0.0)
            if delta is not None:
                assert delta["seq"] == page["seq"] + 1
                page = {"seq": delta["seq"], "state": follow(page["state"], delta)}
        elif step != "snapshot":
            view.apply(step[0], step[1], built_us=0, heard_s=0.0)

        assert page == view.snapshot()


@given(steps)
def test_after_a_delta_there_is_nothing_left_to_tell(steps):
    view = a_view()
    for step in steps:
        if isinstance(step, tuple):
            view.apply(step[0], step[1], built_us=0, heard_s=0.0)
    view.delta(0, now_s=0.0)

    assert view.delta(0, now_s=0.0) is None


def test_a_state_that_nobody_looked_at_is_caught_up_with_by_one_number():
    view = a_view_of_everything()

    view.skip(now_s=0.0)

    assert view.snapshot()["state"]["tables"]["positions"].keys() == {"MARKET-ABC", "MARKET-XYZ"}
    assert view.delta(0, now_s=0.0) is None


def test_a_small_change_makes_a_small_delta():
    view = a_view_of_everything()
    view.delta(0, now_s=0.0)
    selector = copy.deepcopy(REPORTS["Selector"]) | {"recent": []}
    selector["decisions"]["total"] = 17

    view.apply("Selector", selector, built_us=2, heard_s=0.0)

    assert view.delta(3, now_s=0.0) == {"seq": 2, "set": {"decisions": {"total": 17}}}


def test_a_feed_keeps_the_newest_and_numbers_them_through():
    view = a_view()

    view.apply(
        "Selector", {"recent": [{"ticker": str(n)} for n in range(FEED_SHOWN + 7)]}, built_us=0, heard_s=0.0
    )
    view.skip(now_s=0.0)

    decisions = view.snapshot()["state"]["feeds"]["decisions"]
    assert (len(decisions), decisions[-1]) == (FEED_SHOWN, {"ticker": "56", "n": 57})


def test_the_latency_to_the_page_runs_from_the_oldest_report_to_the_delta():
    view = a_view()
    view.apply("Selector", REPORTS["Selector"], built_us=1_000, heard_s=0.0)
    view.apply("OrderManager", REPORTS["OrderManager"], built_us=9_000, heard_s=0.0)

    view.delta(11_000, now_s=0.0)

    assert view.state_to_page_ms() == {"p50": 10.0, "p95": 10.0, "p99": 10.0, "n": 1}


def test_reports_that_no_page_saw_count_for_no_latency():
    view = a_view_of_everything()

    view.skip(now_s=0.0)

    assert view.state_to_page_ms() == {"p50": None, "p95": None, "p99": None, "n": 0}


def test_what_goes_to_a_page_is_json():
    view = a_view_of_everything()

    assert json.loads(json.dumps(view.delta(0, now_s=0.0)))["seq"] == 1


def test_a_page_is_told_that_figures_grow_old_though_nobody_reports():
    view = a_view_of_everything()
    view.delta(0, now_s=0.0)
    assert view.delta(0, now_s=2.0) is None

    told = view.delta(0, now_s=3.0)["set"]["trading"]
    assert (told["state"], told["stale"]["Supervisor"]) == ("starting", 3)
    assert view.delta(0, now_s=3.4) is None
    assert view.delta(0, now_s=4.0)["set"]["trading"]["stale"]["Supervisor"] == 4

    view.apply("Supervisor", REPORTS["Supervisor"], built_us=2, heard_s=4.1)
    again = view.delta(0, now_s=4.2)["set"]["trading"]
    assert (again["state"], "Supervisor" in again["stale"]) == ("trading", False)
