"""A count of the rows that wait is had beside a step that does not end."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from benchmarks.ledger_history import ACCOUNT, History
from persistence.account_files import DECISIONS
from persistence.database.connections import connect
from persistence.decisions.journal import DecisionJournal
from persistence.decisions.lane import DecisionLane
from persistence.ledger.lane import LedgerLane
from persistence.tape.lane import TapeLane
from persistence.tape.outbox import TapeOutbox
from tests.persistence.decided_batches import SETUP, decided_batch
from tests.persistence.tape_database import SOURCE, packed
from tests.persistence.tape_pieces import recorded
from trading.actions import Action
from trading.tape import TapeRecorder


@pytest.fixture
def connection(database):
    with closing(connect(database, name="test")) as made:
        yield made


def test_each_lane_tells_any_thread_how_much_waits(connection, tmp_path):
    folder = History().trade(5).write(tmp_path / ACCOUNT)
    tape, outbox = TapeRecorder(), TapeOutbox(folder / "tape", SOURCE)
    journal = DecisionJournal(folder / DECISIONS, SETUP)
    lanes = [
        LedgerLane(folder, account=ACCOUNT, venue="loopback", most=10),
        TapeLane(folder, account=ACCOUNT, data_venue="loopback"),
        DecisionLane(folder, account=ACCOUNT),
    ]
    for number in (1, 2):
        outbox.write(packed(recorded(tape=tape)))
        journal.append(decided_batch(number, ("KX-1", Action.HOLD, "no edge")))
        if number == 1:
            left = [lane.step(connection).behind for lane in lanes]

    with ThreadPoolExecutor(1) as other:
        waits = [other.submit(lane.waiting).result() for lane in lanes]

    assert left[0] > 0
    assert waits == [left[0], tape.last_no // 2, 1]
    for each in (*lanes, outbox, journal):
        each.close()
