"""Old records go by themselves while a session runs."""

from contextlib import closing

import pytest

from persistence.database.connections import connect
from persistence.lane import IDLE
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

    assert (
        RetentionLane(tmp_path / REAL, is_shared=False, days=30, now_us=lambda: NOON_US).step(connection)
        == IDLE
    )

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

    progress = RetentionLane(tmp_path / REAL, is_shared=False, days=1, now_us=lambda: NOON_US).step(
        connection
    )

    assert progress.is_idle
    assert progress.note.startswith("what is older than 1 days stays: ")
    rows(connection, "RESET ROLE; DROP OWNED BY reader; DROP ROLE reader; SELECT 1")
