"""The log's lines are what people and scripts were promised, one for each record."""

from __future__ import annotations

import multiprocessing

import pytest

from actors.thespian.session_log import AppendingHandler, open_session_log


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


def test_a_full_disk_does_not_raise():
    log = open_session_log("/dev/full", "Selector")

    log.info("lost")


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


def test_the_handler_may_be_closed_twice(tmp_path):
    handler = AppendingHandler(tmp_path / "session.log")

    handler.close()
    handler.close()
