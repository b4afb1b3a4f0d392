"""The judge of a recording sees each row that is missing or there twice."""

from contextlib import closing

import pytest

from benchmarks.ledger_history import ACCOUNT, History
from benchmarks.recording_rig import complete
from persistence.database.connections import connect, transaction
from tests.persistence.ledger_database import fill_tables, rows
from tests.persistence.tape_database import drain, lane_of, write_tape


@pytest.fixture
def state_dir(tmp_path):
    return tmp_path / "state"


@pytest.fixture
def connection(database, state_dir):
    with closing(connect(database, name="test")) as made:
        fill_tables(made, History().trade(9).write(state_dir / ACCOUNT))
        write_tape(state_dir / ACCOUNT, pieces=3)
        drain(lane_of(state_dir / ACCOUNT, account=ACCOUNT), made)
        yield made


def faults(connection, state_dir, **other):
    told = {"decisions": 0, "fills": [trade for (trade,) in rows(connection, "SELECT trade_id FROM fill")]}
    ((told["changes"],),) = rows(connection, "SELECT sum(changes)::bigint FROM tape_chunk")
    found = complete(connection, state_dir, **(told | other))
    return [result["claim"] for result in found if not result["ok"]]


def test_a_whole_recording_has_no_fault(connection, state_dir):
    assert faults(connection, state_dir) == []


@pytest.mark.parametrize(
    ("told", "claim"),
    [
        ({"changes": 1}, "changes in the database, and those that the watchers took"),
        ({"decisions": 1}, "decisions in the database, and those that were made"),
        ({"fills": ["t1"]}, "fills that differ from the exchange's"),
    ],
)
def test_a_count_that_is_another_is_one(connection, state_dir, told, claim):
    assert faults(connection, state_dir, **told) == [claim]


@pytest.mark.parametrize(
    ("statement", "claim"),
    [
        ("UPDATE tape_chunk SET first_no = first_no + 1", "rows of tapes missing or twice"),
        ("DELETE FROM fresh_event WHERE seq = 3", "events of the ledgers (first, last, how many)"),
        (
            "INSERT INTO tape_gap VALUES (1, 2, 3, 0, 1, (SELECT account FROM fill LIMIT 1), 's1', 'lost')",
            "gaps and conflicts",
        ),
    ],
)
def test_a_row_that_is_missing_or_told_to_be_is_one(connection, state_dir, statement, claim):
    with transaction(connection) as cursor:
        cursor.execute(statement)

    assert claim in faults(connection, state_dir)
