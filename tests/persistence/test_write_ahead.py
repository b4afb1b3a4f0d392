"""A file that nobody writes any more is one file, whoever read it last and however its writer ended."""

import os
import signal

import pytest

from persistence import account_files
from persistence.outbox import Outbox, OutboxReader
from persistence.tape.outbox import PackedPiece, TapeOutbox, TapeSource, tape_files
from persistence.write_ahead import fold_logs
from trading.events import SessionEnded

SOURCE = TapeSource("s1", 0, 1)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def ended(at_us):
    return SessionEnded(at_us, "s1", "x" * 1_000)


def write(path, count):
    outbox = Outbox(path, "Recorder")
    outbox.append([(ended(at_us), None) for at_us in range(count)])
    return outbox


def test_a_log_that_a_reader_kept_from_ending_ends(tmp_path):
    path = tmp_path / account_files.SESSIONS
    outbox, reader = write(path, 500), OutboxReader(path)
    outbox.close()
    reader.close()
    assert "session.db-wal" in names(tmp_path)  # emptied, but there

    fold_logs(tmp_path)

    assert names(tmp_path) == ["session.db", "session.db.lock"]


def test_a_later_reader_leaves_nothing_beside_the_file_and_a_later_writer_goes_on(tmp_path):
    path = tmp_path / account_files.SESSIONS
    outbox, reader = write(path, 3), OutboxReader(path)
    outbox.close()
    reader.close()
    fold_logs(tmp_path)

    later = OutboxReader(path)
    assert [event.at_us for _, event in later.events()] == [0, 1, 2]
    later.close()
    assert names(tmp_path) == ["session.db", "session.db.lock"]

    again = write(path, 1)
    beside = OutboxReader(path)
    assert (again.last_seq, beside.last_seq) == (4, 4)
    again.close()
    beside.close()


def _write_and_be_killed(folder):
    try:
        _outbox = write(folder / account_files.SESSIONS, 500)
        tape = TapeOutbox(folder / account_files.TAPE, SOURCE)
        tape.write(PackedPiece(1, 9, 5, bytes(100_000)))
    finally:
        os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture
def killed(tmp_path):
    """A folder whose outbox and tape were being written when their process was killed."""
    writer = os.fork()
    if writer == 0:
        _write_and_be_killed(tmp_path)
    assert os.WTERMSIG(os.waitpid(writer, 0)[1]) == signal.SIGKILL
    return tmp_path


def test_what_a_killed_writer_left_is_folded_in_with_all_that_it_had_written(killed):
    fold_logs(killed)

    assert names(killed) == ["session.db", "session.db.lock", "tape"]
    assert names(killed / "tape") == ["s1-0-1-1.db", "s1-0-1-1.db.lock"]
    reader = OutboxReader(killed / account_files.SESSIONS)
    assert reader.last_seq == 500
    reader.close()
    assert [file.source for file in tape_files(killed / "tape")] == [SOURCE]


def test_a_file_that_is_being_written_keeps_its_log(tmp_path):
    outbox = write(tmp_path / account_files.SESSIONS, 3)

    fold_logs(tmp_path)

    assert (tmp_path / "session.db-wal").stat().st_size > 0
    assert outbox.append([(ended(9), None)]) == [4]
    outbox.close()


def test_a_reader_at_work_is_not_waited_for_and_the_log_is_emptied(tmp_path):
    path = tmp_path / account_files.SESSIONS
    outbox, reader = write(path, 500), OutboxReader(path)
    outbox.close()

    fold_logs(tmp_path)

    assert path.with_name("session.db-wal").stat().st_size == 0
    assert reader.last_seq == 500
    reader.close()


def test_a_damaged_file_is_left_as_it_is(tmp_path):
    path, log = tmp_path / "session.db", tmp_path / "session.db-wal"
    path.write_bytes(bytes(8192))
    log.write_bytes(b"what it was")

    fold_logs(tmp_path)

    assert (path.read_bytes(), log.read_bytes()) == (bytes(8192), b"what it was")
