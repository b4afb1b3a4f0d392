"""A session that ends in order has its end on the disk, whether or not its Recorder was there."""

from __future__ import annotations

from contextlib import closing

import pytest

from cli.session_end import record_end
from persistence.account_files import SESSIONS
from persistence.outbox import OutboxReader
from persistence.sessions.record import SessionRecord
from trading.events import SessionEnded

ENDED = SessionEnded(5, "s1", "stopped by SIGINT")


def written(folder):
    with closing(OutboxReader(folder / SESSIONS)) as reader:
        return [event for _, event in reader.events()]


def test_the_end_is_written_where_the_recorder_was_away(tmp_path):
    record_end(tmp_path, "s1", "stopped by SIGINT", at_us=5)

    assert written(tmp_path) == [ENDED]


@pytest.mark.parametrize("reason", ["stopped by SIGINT", "the program failed"])
def test_what_the_recorder_wrote_stands(tmp_path, reason):
    with closing(SessionRecord(tmp_path / SESSIONS)) as record:
        record.ended(ENDED)

    record_end(tmp_path, "s1", reason, at_us=9)

    assert written(tmp_path) == [ENDED]


def test_a_file_that_is_damaged_or_still_held_keeps_nobody_from_ending(tmp_path):
    with closing(SessionRecord(tmp_path / SESSIONS)):
        record_end(tmp_path, "s1", "stopped by SIGINT", at_us=5)
    assert written(tmp_path) == []

    (tmp_path / SESSIONS).write_bytes(b"no database")
    record_end(tmp_path, "s1", "stopped by SIGINT", at_us=5)
