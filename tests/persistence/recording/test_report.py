"""The recording's standing in the log and on the page."""

from __future__ import annotations

from logging import INFO, WARNING

import pytest

from persistence.recording.drain import DrainStanding, LaneStanding
from persistence.recording.report import RecordingReport, not_written
from persistence.server.embedded_server import Started

WARM = Started("warm", 0.21)


def standing(state, why="", *, name="ledger", **lane):
    return DrainStanding(state, why, {name: LaneStanding(**lane)})


@pytest.fixture
def report():
    return RecordingReport("embedded")


def test_it_says_once_that_the_database_is_ready_and_how_it_came_to_run(report):
    ready = [standing("ready")]

    assert report.news([standing("starting")], None) == []
    assert report.news(ready, WARM) == [(INFO, "Database ready: PostgreSQL started in 0.2 s")]
    assert report.news(ready, WARM) == []


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("cold", "made and started in 0.2 s"),
        ("recovered", "started after a crash in 0.2 s"),
        ("adopted", "was running"),
        ("given", "of database.dsn"),
    ],
)
def test_each_way_of_coming_to_run_has_its_words(report, kind, said):
    (line,) = report.news([standing("ready")], Started(kind, 0.21))

    assert line.text == f"Database ready: PostgreSQL {said}"


def test_an_outage_is_said_and_its_end_when_nothing_waits_any_more(report):
    report.news([standing("ready", written=100)], WARM)

    (down,) = report.news([standing("down", "nobody listens", written=120, behind=40)], WARM)
    back = report.news([standing("ready", written=140, behind=20)], WARM)
    done = report.news([standing("ready", written=180, behind=0)], WARM)

    assert down.level == WARNING
    assert down.text == (
        "Database down: nobody listens; trading goes on, and what is recorded waits in the state folder"
    )
    assert [line.text for line in back] == ["Database ready: PostgreSQL started in 0.2 s"]
    assert [line.text for line in done] == ["Database caught up: 60 written since it came back"]
    assert report.news([standing("ready", written=180)], WARM) == []


def test_one_that_is_down_from_the_start_has_nothing_to_catch_up_with(report):
    report.news([standing("down", "nobody listens")], None)

    assert [line.text for line in report.news([standing("ready", written=5)], WARM)] == [
        "Database ready: PostgreSQL started in 0.2 s"
    ]


def test_what_a_person_has_to_look_at_is_said_once(report):
    wrong = [standing("ready", note="a fill was told in two ways")]

    lines = report.news(wrong, WARM)

    assert lines[-1] == (WARNING, "ledger: a fill was told in two ways")
    assert report.news(wrong, WARM) == []


def test_the_worst_of_all_connections_is_the_state(report):
    both = [
        standing("ready", behind=3, written=9),
        standing("down", "no room", name="tape", dropped=4, note="4 changes were shed"),
    ]

    figures = report.figures(both).as_json()

    assert (figures["kind"], figures["state"], figures["why"]) == ("embedded", "down", "no room")
    assert (figures["behind"], figures["dropped"]) == (3, 4)
    assert figures["alarms"] == ["tape: 4 changes were shed"]
    assert figures["lanes"]["ledger"] == {"written": 9, "behind": 3, "dropped": 0, "note": ""}


def test_a_database_that_does_not_answer_is_an_alarm_and_a_line_of_the_log_when_it_begins(report):
    report.news([standing("ready")], WARM)
    silent = [standing("ready"), standing("waiting", "no answer from the database for 5 s", name="tape")]

    (line,) = report.news(silent, WARM)

    assert line.text.startswith("Database waiting: no answer from the database for 5 s; trading goes on")
    assert report.news([silent[0], standing("waiting", "no answer for 6 s", name="tape")], WARM) == []
    (again,) = report.news([standing("ready", behind=9)], WARM)
    assert again.text == "Database ready: it answers again"
    figures = report.figures(silent)
    assert figures.state == "waiting"
    assert figures.alarms == ["the database does not answer"]


@pytest.mark.parametrize(
    ("standings", "told"),
    [
        ([standing("down", "nobody listens", behind=1_200)], "1,200 events of the ledger wait"),
        ([standing("down", "nobody listens", name="tape", behind=8)], "8 rows of the tape wait"),
        ([standing("down", "nobody listens")], "not everything is written"),
    ],
)
def test_a_flush_that_is_not_done_is_told_with_all_that_waits(standings, told):
    assert not_written(standings) == f"{told}: the database is down nobody listens"
