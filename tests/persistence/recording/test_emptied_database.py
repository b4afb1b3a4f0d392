"""A database that is emptied under a running session is made and filled again, and what is lost is told."""

from contextlib import closing
from functools import partial

from benchmarks.ledger_history import ACCOUNT, History
from persistence.database.connections import connect, transaction
from persistence.ledger.lane import LedgerLane
from persistence.recording.database import RecordingDatabase
from persistence.recording.drain import Drain
from persistence.tape.lane import TapeLane
from persistence.tape.outbox import TapeOutbox
from tests.persistence.ledger_database import rows
from tests.persistence.tape_database import SOURCE, packed
from tests.persistence.tape_pieces import START_US, recorded
from trading.tape import TapeRecorder


def test_ledgers_come_again_and_the_rows_of_a_removed_tape_are_a_gap_and_an_alarm(database, tmp_path):
    folder = History().trade(5).write(tmp_path / ACCOUNT)
    tape = TapeRecorder()
    server = RecordingDatabase(database, state_dir=tmp_path, bin_dir="")
    lanes = [
        LedgerLane(folder, account=ACCOUNT, venue="loopback"),
        TapeLane(folder, account=ACCOUNT, data_venue="loopback"),
    ]
    drain = Drain("ledger", partial(server.connect, name="test", synchronous=True), lanes)

    def write_and_drain(at_us):
        with closing(TapeOutbox(folder / "tape", SOURCE)) as outbox:
            outbox.write(packed(recorded(3, tape=tape, at_us=at_us)))
        states = {}
        for _ in range(8):
            drain.turn()
            states[drain.standing.state] = drain.standing.why
        return states

    assert list(write_and_drain(START_US)) == ["ready"]
    with closing(connect(database, name="test")) as other:
        with transaction(other) as cursor:
            cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")

        states = write_and_drain(START_US + 1_000_000)

        assert "does not exist" in states["down"]
        assert drain.standing.state == "ready"
        assert rows(other, "SELECT count(*) FROM order_life") == [(5,)]
        assert rows(other, "SELECT first_no FROM tape_gap") == [(1,)]
    drain.stop(0.0)
