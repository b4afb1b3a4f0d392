"""Old records go by themselves while a session runs."""

import os
from contextlib import closing

import pytest

from persistence.database.connections import connect
from persistence.lane import IDLE
from persistence.raw_archive import FOLDER
from persistence.recording.retention import DAY_US
from persistence.recording.retention_lane import EVERY_US, RetentionLane
from tests.cli.test_prune import OURS, REAL, add_tape
from tests.persistence.ledger_database import rows

NOON_US = 20_000 * DAY_US + DAY_US // 2


@pytest.fixture
def connection(database):
    with closing(connect(database, name="test")) as made:
        yield made


def lane_of(state_dir, *, days):
    return RetentionLane(state_dir / REAL, is_shared=False, days=days, now_us=lambda: NOON_US)


def test_the_tape_of_the_account_keeps_its_days_and_no_more(connection, tmp_path):
    for account in (OURS, REAL):
        add_tape(connection, account, "old", NOON_US - 31 * DAY_US)
        add_tape(connection, account, "young", NOON_US - 30 * DAY_US)

    assert lane_of(tmp_path, days=30).step(connection) == IDLE

    kept = rows(connection, "SELECT account, session FROM tape_chunk ORDER BY account, session DESC")
    assert kept == [(REAL, "young"), (OURS, "young"), (OURS, "old")]


def test_it_looks_once_an_hour(connection, tmp_path):
    now = [NOON_US]
    lane = RetentionLane(tmp_path / REAL, is_shared=False, days=1, now_us=lambda: now[0])
    lane.step(connection)
    add_tape(connection, REAL, "old", NOON_US - 9 * DAY_US)

    now[0] += EVERY_US - 1
    lane.step(connection)
    assert len(rows(connection, "SELECT 1 FROM tape_chunk")) == 1
    now[0] += 1
    lane.step(connection)
    assert rows(connection, "SELECT 1 FROM tape_chunk") == []


def test_rights_that_are_missing_are_told_and_stop_nothing_else(connection, tmp_path):
    add_tape(connection, REAL, "old", NOON_US - 9 * DAY_US)
    rows(connection, "CREATE ROLE reader; GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader; SELECT 1")
    rows(connection, "SET ROLE reader; SELECT 1")

    lane = lane_of(tmp_path, days=1)
    first, second = lane.step(connection), lane.step(connection)

    assert first.is_idle
    assert first.note.startswith("what is older than 1 days stays: ")
    assert second == first  # as long as it stays
    rows(connection, "RESET ROLE; DROP OWNED BY reader; DROP ROLE reader; SELECT 1")


def test_raw_frames_that_cannot_be_removed_are_told_and_the_chunks_go_all_the_same(connection, tmp_path):
    add_tape(connection, REAL, "old", NOON_US - 9 * DAY_US)
    in_the_way = tmp_path / REAL / FOLDER / "s1-account-1.jsonl.zst"
    in_the_way.mkdir(parents=True)
    os.utime(in_the_way, (0, 0))
    now = [NOON_US]
    lane = RetentionLane(tmp_path / REAL, is_shared=False, days=1, now_us=lambda: now[0])

    note = lane.step(connection).note

    assert rows(connection, "SELECT 1 FROM tape_chunk") == []
    assert str(in_the_way) in note
    in_the_way.rmdir()
    assert lane.step(connection).note == note
    now[0] += EVERY_US
    assert lane.step(connection) == IDLE
