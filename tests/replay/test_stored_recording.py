"""A session whose tape has left the machine's files for the database is decided again from there."""

import shutil
from contextlib import closing

import pytest

from benchmarks.recorded_session import ACCOUNT, SESSION
from persistence.database.connections import connect, transaction
from persistence.decisions.lane import DecisionLane
from persistence.ledger.lane import LedgerLane
from persistence.tape.lane import TapeLane
from persistence.tape.outbox import tape_files
from replay.file_recording import FileRecording
from replay.same_decisions import replay_session
from replay.stored_recording import StoredRecording
from tests.replay.session import LIVELY, lived

PIECEWISE = [step for part in range(6) for step in (*LIVELY[: len(LIVELY) // 6], ("write_tape", 0))]


@pytest.fixture
def connection(database):
    with closing(connect(database, name="tests", synchronous=False)) as made:
        yield made


def drained(connection, folder, *lanes):
    for lane in lanes:
        lane.flush()
        while not lane.step(connection).is_idle:
            pass
        lane.close()


def tape_lane(folder):
    return TapeLane(folder, account=ACCOUNT, data_venue="loopback")


@pytest.fixture
def recording(tmp_path, connection):
    """All of it in the database, and nothing in files."""
    session = lived(tmp_path, [*PIECEWISE, ("restart_selector",), *PIECEWISE])
    session.over()
    drained(
        connection,
        session.folder,
        LedgerLane(session.folder, account=ACCOUNT, venue="loopback"),
        tape_lane(session.folder),
        DecisionLane(session.folder, account=ACCOUNT),
    )
    assert tape_files(session.folder / "tape") == []
    shutil.rmtree(session.folder)
    return StoredRecording(FileRecording(session.folder, SESSION), connection)


def test_it_is_decided_again_from_the_database(recording):
    found = replay_session(recording)

    assert (found.notes, found.differences) == ([], [])
    assert found.equal
    assert (found.positions_equal, found.pnl_equal) == (True, True)
    assert found.judged > 3


def test_a_damaged_chunk_is_named_and_the_replay_is_not_equal(recording, connection):
    with transaction(connection) as cursor:
        cursor.execute("UPDATE tape_chunk SET body = set_byte(body, 40, 255 - get_byte(body, 40))")

    found = replay_session(recording)

    assert not found.equal
    assert any("damaged" in note for note in found.notes)


@pytest.mark.parametrize("is_told", [True, False], ids=["as a gap", "by the lane's place alone"])
def test_batches_that_are_missing_at_the_end_are_named(recording, connection, is_told):
    with transaction(connection) as cursor:
        cursor.execute(
            "DELETE FROM decision_chunk WHERE incarnation = 2 RETURNING first_batch_no, last_batch_no"
        )
        last_no = max(last for _, last in cursor.fetchall())
        if is_told:
            row = (ACCOUNT, SESSION, 2, 1, last_no)
            cursor.execute(
                "INSERT INTO decision_gap"
                " (account, session, incarnation, first_batch_no, last_batch_no, at_us, why)"
                " VALUES (%s, %s, %s, %s, %s, 1, 'a disk died')",
                row,
            )

    found = replay_session(recording)

    assert not found.equal
    assert found.left_out == last_no
    [note] = [note for note in found.notes if note.startswith(f"batches {SESSION}-2-1 to {last_no}")]
    assert is_told == ("a disk died" in note)


def test_a_tape_whose_last_file_goes_to_the_database_while_it_is_read_is_read_whole(tmp_path, connection):
    session = lived(tmp_path, PIECEWISE)
    recording = session.over()
    whole = sum(len(piece.kind) for piece in recording.tape(0, 1))
    stored = StoredRecording(recording, connection)
    listed = recording.tape

    def drained_meanwhile(shard, incarnation, *, after_no=0):
        drained(connection, session.folder, tape_lane(session.folder))
        return listed(shard, incarnation, after_no=after_no)

    recording.tape = drained_meanwhile

    assert sum(len(piece.kind) for piece in stored.tape(0, 1)) == whole


def test_what_is_still_in_files_follows_what_is_in_the_database(tmp_path, connection):
    session = lived(tmp_path, PIECEWISE)
    recording = session.over()
    copy = tmp_path / "copy"
    shutil.copytree(session.folder, copy)
    drained(connection, session.folder, tape_lane(session.folder))
    with transaction(connection) as cursor:
        cursor.execute("DELETE FROM tape_chunk WHERE shard = 1")
    shutil.rmtree(session.folder / "tape")
    shutil.copytree(copy / "tape", session.folder / "tape")

    found = replay_session(StoredRecording(recording, connection))

    assert found.notes == []
    assert found.equal


def test_decisions_that_left_their_files_are_followed_by_those_that_are_here(tmp_path, connection):
    session = lived(tmp_path, PIECEWISE)
    for restart in range(3):
        session.restart_selector()
        for what, *arguments in LIVELY:
            getattr(session, what)(*arguments)
        if restart == 1:
            drained(connection, session.folder, DecisionLane(session.folder, account=ACCOUNT))
    recording = session.over()
    for path in (session.folder / "decisions").glob("*-1.db*"):
        path.unlink()

    found = replay_session(StoredRecording(recording, connection))

    assert found.notes == []
    assert found.equal
    assert found.batches > replay_session(recording).batches
