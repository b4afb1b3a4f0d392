"""The log's lines are what people and scripts were promised, one for each record."""

from __future__ import annotations

import multiprocessing
import os

import pytest

from actors.thespian.session_log import (
    MOST_UNWRITTEN,
    AppendingHandler,
    earlier_part,
    open_session_log,
    take_unwritten,
)


def test_a_line_is_level_name_and_text(tmp_path):
    log = open_session_log(tmp_path / "new" / "session.log", "OrderManager")

    log.info("Order confirmed: %s → PENDING", "order_12345")

    text = (tmp_path / "new" / "session.log").read_text(encoding="utf-8")
    assert text == "INFO: [OrderManager] Order confirmed: order_12345 → PENDING\n"


def test_debug_lines_are_not_written(tmp_path):
    log = open_session_log(tmp_path / "session.log", "OrderManager")

    log.debug("noise")

    assert (tmp_path / "session.log").read_text() == ""


def test_a_traceback_is_one_record_whose_lines_all_say_where_they_belong(tmp_path):
    log = open_session_log(tmp_path / "session.log", "Selector")

    try:
        raise ValueError("no such strategy")
    except ValueError:
        log.exception("cannot begin")

    lines = (tmp_path / "session.log").read_text().splitlines()
    assert lines[0] == "ERROR: [Selector] cannot begin"
    assert lines[1] == "ERROR: [Selector] | Traceback (most recent call last):"
    assert lines[-1] == "ERROR: [Selector] | ValueError: no such strategy"


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r", "\v", "\f", "\x1c", "\x85", "\u2028"], ids=ascii)
def test_a_text_with_a_line_break_forges_no_record(tmp_path, line_break):
    log = open_session_log(tmp_path / "session.log", "OrderManager")
    forged = f"mine{line_break}INFO: [OrderManager] Submitted order: order_1 (BUY_YES, 10 contracts)"

    log.info("Order rejected: %s", forged)
    try:
        raise ValueError(forged)
    except ValueError:
        log.exception("%s", forged)

    lines = (tmp_path / "session.log").read_text(encoding="utf-8").splitlines()
    told, failed, *trace = lines
    assert [told[:36], failed[:26]] == ["INFO: [OrderManager] Order rejected:", "ERROR: [OrderManager] mine"]
    assert all(line.startswith("ERROR: [OrderManager] | ") for line in trace)


def test_lines_that_a_full_disk_refuses_are_kept_for_whoever_can_tell_them():
    log = open_session_log("/dev/full", "Selector")

    log.info("lost")
    log.warning("lost too")

    assert take_unwritten(log) == ["INFO: [Selector] lost", "WARNING: [Selector] lost too"]
    assert take_unwritten(log) == []


def test_no_more_lines_are_kept_than_anybody_would_read():
    log = open_session_log("/dev/full", "Selector")
    for number in range(MOST_UNWRITTEN + 10):
        log.info("%d", number)

    kept = take_unwritten(log)

    assert (len(kept), kept[-1]) == (MOST_UNWRITTEN, f"INFO: [Selector] {MOST_UNWRITTEN + 9}")


def test_a_log_that_takes_lines_again_says_how_many_are_missing(tmp_path):
    path = tmp_path / "logs" / "session.log"
    path.mkdir(parents=True)  # a folder in its place: as good as a full disk
    log = open_session_log(path, "Selector")
    log.info("lost")
    log.info("lost")
    path.rmdir()

    log.info("written")
    log.info("and so on")

    assert path.read_text().splitlines() == [
        "WARNING: [Selector] 2 lines of this log were not written",
        "INFO: [Selector] written",
        "INFO: [Selector] and so on",
    ]


def test_a_line_that_was_cut_by_a_full_disk_is_not_the_beginning_of_the_next(tmp_path, monkeypatch):
    log = open_session_log(tmp_path / "session.log", "Selector")
    write = os.write
    with monkeypatch.context() as full:
        full.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:9]))
        log.info("cut")

    log.info("whole")

    lines = (tmp_path / "session.log").read_text().splitlines()
    assert lines[0] == "INFO: [Se"
    assert lines[-1] == "INFO: [Selector] whole"
    assert take_unwritten(log) == ["INFO: [Selector] cut"]


def _write_many(path: str, name: str) -> None:
    log = open_session_log(path, name)
    for number in range(300):
        log.info("%s", f"{number} " + "x" * 200)


def test_lines_of_several_processes_do_not_mix(tmp_path):
    path = tmp_path / "session.log"
    writers = [multiprocessing.Process(target=_write_many, args=(str(path), name)) for name in "ABC"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    lines = path.read_text().splitlines()
    assert len(lines) == 900
    assert {len(line.partition(" x")[2]) for line in lines} == {199}


@pytest.fixture
def short_logs(monkeypatch):
    monkeypatch.setattr("actors.thespian.session_log.MOST_BYTES", 1_000)


@pytest.mark.usefixtures("short_logs")
def test_a_log_keeps_its_newest_lines_in_two_files_of_bounded_size(tmp_path):
    path = tmp_path / "session.log"
    log = open_session_log(path, "Selector")

    for number in range(500):
        log.info("%d", number)

    assert sorted(each.name for each in tmp_path.iterdir()) == ["session.log", "session.log.1"]
    lines = [*earlier_part(path).read_text().splitlines(), *path.read_text().splitlines()]
    assert lines == [f"INFO: [Selector] {number}" for number in range(500 - len(lines), 500)]
    assert 1_000 <= earlier_part(path).stat().st_size < 1_100
    assert path.stat().st_size < 1_100


@pytest.mark.usefixtures("short_logs")
def test_every_process_goes_on_in_the_file_that_another_has_begun(tmp_path):
    path = tmp_path / "session.log"
    ours, others = open_session_log(path, "Selector"), open_session_log(path, "OrderManager")
    others.info("first")
    ours.info("x" * 1_000)

    others.info("second")

    assert path.read_text() == "INFO: [OrderManager] second\n"
    assert earlier_part(path).read_text().splitlines()[0] == "INFO: [OrderManager] first"


@pytest.mark.usefixtures("short_logs")
def test_no_line_of_several_processes_is_lost_while_a_file_is_set_aside(tmp_path):
    path = tmp_path / "session.log"
    log, other = open_session_log(path, "A"), open_session_log(path, "B")
    seen = set()
    for number in range(200):
        (log if number % 3 else other).info("%d", number)
        for file in (path, earlier_part(path)):
            seen |= set(file.read_text().splitlines()) if file.exists() else set()

    assert {line.rpartition(" ")[2] for line in seen} == {str(number) for number in range(200)}


def test_the_handler_may_be_closed_twice(tmp_path):
    handler = AppendingHandler(tmp_path / "session.log")

    handler.close()
    handler.close()
