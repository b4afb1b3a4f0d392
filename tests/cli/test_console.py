"""The terminal shows each line once."""

import copy
import os
import re

import pytest

from cli.closing_report import closing_report, ending
from cli.console import LogTail, PanelScreen, PlainScreen, screen
from cli.figures import duration, figures, filled, money
from tests.web.reports import ENVIRONMENT, REPORTS
from web.status import status_json

ABOUT = {"session": "s1", "environment": ENVIRONMENT, "started_us": 0}
PUSHES = {"p50": 1.0, "p99": 2.0, "n": 3}


def status_of(sources, **ages_s):
    ages_s = dict.fromkeys(sources, 0.4) | ages_s
    return status_json(sources, ABOUT, now_us=3_723_000_000, ages_s=ages_s, state_to_page=PUSHES)


def test_a_tail_gives_each_whole_line_once(tmp_path):
    path = tmp_path / "log"
    tail = LogTail(path)
    assert tail.lines() == []

    path.write_bytes(b"one\ntw")
    assert tail.lines() == ["one"]
    with path.open("ab") as file:
        file.write("o\nthrée\n".encode())
    assert tail.lines() == ["two", "thrée"]
    assert tail.lines() == []


def test_a_tail_reads_a_file_that_was_set_aside_to_its_end_and_then_the_next(tmp_path):
    path = tmp_path / "log"
    tail = LogTail(path)
    path.write_bytes(b"one\ntwo\n")
    assert tail.lines() == ["one", "two"]

    with path.open("ab") as file:
        file.write(b"three\n")
    path.rename(tmp_path / "log.1")
    assert tail.lines() == ["three"]
    path.write_bytes(b"four\n")

    assert tail.lines() == ["four"]
    assert tail.lines() == []


def test_lines_are_plain_where_there_is_no_terminal(capsys):
    with screen(plain=False, page="") as shown:
        assert isinstance(shown, PlainScreen)
        shown.show(["INFO: [OrderManager] Submitted order: order_1 (BUY_YES, 10 contracts)"], {})
        shown.show([], {})

    assert (
        capsys.readouterr().out == "INFO: [OrderManager] Submitted order: order_1 (BUY_YES, 10 contracts)\n"
    )


@pytest.mark.parametrize(("term", "kind"), [("dumb", PlainScreen), ("xterm-256color", PanelScreen)])
def test_a_terminal_that_can_only_print_gets_lines(term, kind, monkeypatch):
    monkeypatch.setenv("TERM", term)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)

    assert isinstance(screen(plain=False, page=""), kind)


@pytest.mark.parametrize(
    ("offset_ms", "told"),
    [(600_000, ["the venue's is 600.0 s ahead of this machine's"]), (-1_500, []), (None, [])],
)
def test_a_venue_whose_clock_is_another_has_a_line_of_its_own(offset_ms, told):
    sources = copy.deepcopy(REPORTS)
    sources["OrderManager"]["clock"] = {"offset_ms": offset_ms, "uncertainty_ms": 30}

    assert [text for name, text in figures(status_of(sources)) if name == "clock"] == told


def test_the_panel_shows_figures_and_the_last_lines(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    with PanelScreen("http://127.0.0.1:8003/rl-trader") as panel:
        panel.show([f"line [{number}]" for number in range(50)], status_of(REPORTS))

    shown = capsys.readouterr().out
    assert "$9,851.58 available" in shown
    assert "line [49]" in shown
    assert "line [30]" not in shown
    assert max(map(len, shown.splitlines())) == 80 - len("^C^C")


@pytest.mark.parametrize("sources", [{}, REPORTS], ids=["before any report", "with all reports"])
def test_figures_can_always_be_shown(sources):
    assert dict(figures(status_of(sources)))["session"] == "s1, 1h 2m 3s"
    assert closing_report(status_of(sources), why="over", log="x", killed=[])[-1].endswith(" x")


def test_figures_have_units_and_say_why_nothing_was_sent_and_when_the_venue_was_asked():
    shown = dict(figures(status_of(REPORTS)))

    assert shown["markets"] == "998 of 1,000 live, 500 book changes a second"
    assert shown["refused"] == "nothing held 3, max position 1"
    assert re.fullmatch(r"no differences to the venue at \d\d:\d\d:\d\d", shown["checked"])


@pytest.mark.parametrize(
    ("counterparty", "told"),
    [
        (None, "production / demo"),
        ({"fills_per_min": 120}, "production / demo; a scripted counterparty fills the orders"),
    ],
)
def test_figures_say_where_data_come_from_and_orders_go_and_who_fills_them(counterparty, told):
    environment = {"data_label": "production", "execution_label": "demo", "counterparty": counterparty}

    assert dict(figures(status_of(REPORTS) | {"environment": environment}))["data/orders"] == told


def test_figures_say_when_they_are_old():
    shown = dict(figures(status_of(REPORTS, Supervisor=4.2)))

    assert shown["OLD FIGURES"] == "Supervisor 4 s ago"
    assert shown["state"].startswith("starting (nothing heard from the Supervisor for 4 s")
    assert "OLD FIGURES" not in dict(figures(status_of(REPORTS)))


def test_the_report_says_what_the_session_came_to():
    report = "\n".join(closing_report(status_of(REPORTS), why="over", log="state/logs/s1.log", killed=[7]))

    for part in (
        "75.00 %",
        "s1, 1h 2m 3s; over",
        "5 sent",
        "2 left resting",
        "nothing held 3, max position 1",
        "3 (22.50 contracts)",
        "$1.13",
        "no differences",
        "s1.log",
        "killed: 7",
    ):
        assert part in report


def test_the_report_of_a_session_that_never_traded_is_short():
    report = closing_report(status_of({}), why="stopped by SIGINT", log="state/logs/s1.log", killed=[])

    assert report == [
        "session    s1, 1h 2m 3s; stopped by SIGINT",
        "orders     none: it ended before it could trade",
        "log        state/logs/s1.log",
    ]


@pytest.mark.parametrize("make", [PlainScreen, lambda: PanelScreen("no page")], ids=["lines", "panel"])
def test_a_screen_that_nobody_sees_any_more_raises_nothing(make, monkeypatch):
    """A terminal that is closed, or ``| head``: the program still has orders to cancel."""
    reader, writer = os.pipe()
    with open(writer, "w", encoding="utf-8") as output:
        monkeypatch.setattr("sys.stdout", output)
        screen = make()
        with screen:
            screen.say("seen")
            assert not screen.is_lost
            os.close(reader)
            screen.say("not seen")
            screen.show(["not seen either"], status_of(REPORTS))

        assert screen.is_lost


@pytest.mark.parametrize(
    ("contracts", "shown"), [("1058.00", "7 (1,058 contracts)"), ("0.58", "7 (0.58 contracts)")]
)
def test_contracts_have_decimals_only_when_they_are_parts(contracts, shown):
    assert filled({"count": 7, "contracts": contracts}) == shown


def ended(state="trading", *, manager="stopped", **orders):
    """The end of a session whose OrderManager last said this."""
    sources = copy.deepcopy(REPORTS)
    sources["OrderManager"]["orders"] |= {"resting": 0, "unknown": 0, **orders}
    sources["Supervisor"]["actors"][1]["state"] = manager
    return ending(status_of(sources), state=state, reason="OrderManager: no room")


@pytest.mark.parametrize("state", ["trading", "paused", "reduce_only", "reconciling"])
def test_a_session_that_left_nothing_ends_cleanly(state):
    assert ended(state) == (0, "")


def test_a_session_that_risk_had_halted_says_so_at_its_end():
    assert ended("halted") == (4, "stopped while halted: OrderManager: no room")


@pytest.mark.parametrize("orders", [{"resting": 124}, {"unknown": 124}])
def test_a_stop_that_left_orders_is_no_success(orders):
    assert ended(**orders) == (4, "124 orders are not known to be over; each expires at the venue by itself")


def test_a_stop_without_the_word_of_order_manager_is_no_success_once_it_has_traded():
    code, line = ended(manager="restarting")

    assert (code, line.partition(",")[0]) == (4, "OrderManager did not stop in order")
    assert ended(manager="restarting", sent=0) == (0, "")


@pytest.mark.parametrize(
    ("text", "shown"), [("9851.5800", "$9,851.58"), ("-0.2500", "-$0.25"), ("0.0000", "$0.00"), (None, "–")]
)
def test_money_is_shown_to_the_cent(text, shown):
    assert money(text) == shown


@pytest.mark.parametrize(("seconds", "shown"), [(5.9, "5s"), (61, "1m 1s"), (7200, "2h 0m 0s")])
def test_durations_are_shown_as_people_say_them(seconds, shown):
    assert duration(seconds) == shown


def test_each_name_that_is_not_traded_has_a_line():
    missing = [{"setting": "markets.series", "sentence": f"'{name}' is not listed"} for name in "AB"]
    supervisor = {**REPORTS["Supervisor"], "discovery": {"missing": missing}}

    lines = [
        text
        for name, text in figures(status_of({**REPORTS, "Supervisor": supervisor}))
        if name == "not traded"
    ]

    assert lines == ["markets.series: 'A' is not listed", "markets.series: 'B' is not listed"]
