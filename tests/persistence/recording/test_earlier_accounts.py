"""The leavings of a session on another account come into the database, and its tape goes."""

from contextlib import closing

import pytest

from benchmarks.ledger_history import History
from persistence.account_files import SESSIONS
from persistence.database.connections import connect
from persistence.outbox import OutboxReader
from persistence.recording.earlier_accounts import EarlierAccounts
from persistence.recording.retention import drop_world
from tests.persistence.ledger_database import rows
from tests.persistence.tape_database import write_tape

OURS, KILLED, OTHER = "loopback-00000000", "loopback-0a1b2c3d", "demo-standin-11111111"


@pytest.fixture
def connection(database):
    with closing(connect(database, name="test")) as made:
        yield made


def drain(connection, lane):
    """More steps than there is to do; what is wrong in the end."""
    return [lane.step(connection).note for _ in range(20)][-1]


def counts(connection, table):
    return dict(rows(connection, f"SELECT account, count(*) FROM {table} GROUP BY account"))


def test_ledgers_and_tapes_of_all_other_accounts_are_written_and_their_tapes_removed(connection, tmp_path):
    for account in (OURS, KILLED, OTHER):
        History(account=account).trade(5).write(tmp_path / account)
        write_tape(tmp_path / account)

    assert drain(connection, EarlierAccounts(tmp_path, but=OURS)) == ""

    assert counts(connection, "order_life") == {KILLED: 5, OTHER: 5}
    assert counts(connection, "tape_chunk").keys() == {KILLED, OTHER}
    assert [len(list((tmp_path / account / "tape").iterdir())) for account in (KILLED, OTHER)] == [0, 0]
    assert list((tmp_path / OURS / "tape").iterdir())


def test_nothing_is_written_twice_by_the_sessions_that_follow(connection, tmp_path):
    History(account=KILLED).trade(5).write(tmp_path / KILLED)
    drain(connection, EarlierAccounts(tmp_path, but=OURS))

    again = EarlierAccounts(tmp_path, but=OURS)

    assert again.step(connection).written == 0
    assert counts(connection, "order_life") == {KILLED: 5}


def test_logs_that_a_kill_left_beside_the_files_end(connection, tmp_path):
    History(account=KILLED).trade(5).write(tmp_path / KILLED)
    with closing(OutboxReader(tmp_path / KILLED / SESSIONS)) as reader:  # makes one, and cannot remove it
        assert reader.last_seq
    assert list(tmp_path.glob("*/*-wal"))

    drain(connection, EarlierAccounts(tmp_path, but=OURS))

    assert not [*tmp_path.glob("*/*-wal"), *tmp_path.glob("*/*-shm")]


def test_a_damaged_account_is_named_and_the_others_are_written(connection, tmp_path):
    for account in (KILLED, OTHER):
        History(account=account).trade(5).write(tmp_path / account)
    (tmp_path / OTHER / SESSIONS).write_bytes(bytes(8192))

    note = drain(connection, EarlierAccounts(tmp_path, but=OURS))

    assert note.startswith(f"{OTHER}: ")
    assert SESSIONS in note
    assert counts(connection, "order_life") == {KILLED: 5}


def test_a_world_that_is_dropped_in_the_middle_of_its_turn_is_not_written_again(connection, tmp_path):
    History(account=KILLED).trade(200).write(tmp_path / KILLED)
    lane = EarlierAccounts(tmp_path, but=OURS)
    assert lane.step(connection).behind

    (tmp_path / KILLED).rename(tmp_path / f"{KILLED}.dropped")
    drop_world(connection, KILLED)

    assert drain(connection, lane) == ""
    assert counts(connection, "lane_cursor") == {}
