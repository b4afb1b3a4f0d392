"""A database that is emptied under a running session is made and filled again, and what is lost is told."""

from contextlib import closing
from functools import partial

from benchmarks.ledger_history import ACCOUNT, History
from persistence.database.connections import connect, transaction
from persistence.ledger.lane import LedgerLane
from persistence.recording.database import RecordingDatabase
from persistence.recording.drain import Drain
from persistence.removed_files import LOST
from persistence.tape.lane import TapeLane
from persistence.tape.outbox import TapeOutbox
from tests.persistence.ledger_database import rows
from tests.persistence.tape_database import SOURCE, packed
from tests.persistence.tape_pieces import START_US, recorded
from trading.tape import TapeRecorder


def test_ledgers_and_rows_in_files_come_again_and_the_rows_of_a_removed_tape_are_a_gap(database, tmp_path):
    folder = History().trade(5).write(tmp_path / ACCOUNT)
    server = RecordingDatabase(database, state_dir=tmp_path, bin_dir="")
    lanes = [
        LedgerLane(folder, account=ACCOUNT, venue="loopback"),
        TapeLane(folder, account=ACCOUNT, data_venue="loopback"),
    ]
    drain = Drain("ledger", partial(server.connect, name="test", synchronous=True), lanes)
    tape, outbox = TapeRecorder(), TapeOutbox(folder / "tape", SOURCE, rotated_bytes=1)

    def write_and_drain(at_us):
        """Of the pieces that were written so far, the newest stays in a file."""
        piece = recorded(3, tape=tape, at_us=at_us)
        outbox.write(packed(piece))
        states = {}
        for _ in range(8):
            drain.turn()
            states[drain.standing.state] = drain.standing.why
        return piece, states

    write_and_drain(START_US)
    removed, _ = write_and_drain(START_US + 1_000_000)
    stays, states = write_and_drain(START_US + 2_000_000)
    assert list(states) == ["ready"]
    with closing(connect(database, name="test")) as other:
        with transaction(other) as cursor:
            cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")

        newest, states = write_and_drain(START_US + 3_000_000)

        assert "does not exist" in states["down"]
        assert drain.standing.state == "ready"
        assert drain.standing.lanes["tape"].note.endswith(f"are lost: {LOST}")
        assert rows(other, "SELECT count(*) FROM order_life") == [(5,)]
        assert rows(other, "SELECT first_no, last_no FROM tape_gap") == [(1, removed.last_no)]
        pieces = "SELECT min(first_no), max(last_no) FROM tape_chunk"
        assert rows(other, pieces) == [(stays.first_no, newest.last_no)]
    outbox.close()
    drain.stop(0.0)
    drain.turn()
