"""The rows that a killed watcher had in no piece yet are made into pieces, as far as they can be read."""

import fcntl

import pytest

from persistence.tape import tail as tail_module
from persistence.tape.outbox import TapeSource, read_files, tape_files
from persistence.tape.tail import TapeTail, rescue_tails
from tests.persistence.tape_pieces import recorded
from trading.tape import TapeRecorder

SOURCE = TapeSource("s1", 0, 1)


@pytest.fixture
def killed(tmp_path):
    """The tail of three pieces, and where each of them ends in it."""
    tape, tail = TapeRecorder(), TapeTail(tmp_path, SOURCE)
    path, ends, pieces = tmp_path / f"{SOURCE.name}.tail0", [], []
    for _ in range(3):
        pieces.append(recorded(tape=tape))
        tail.write(pieces[-1])
        ends.append(path.stat().st_size)
    tail.close()
    return path, ends, pieces


def rescued(folder):
    rescue_tails(folder)
    return [piece.first_no for piece in read_files(tape_files(folder))]


def test_all_of_it_is_taken_and_its_files_are_removed(killed, tmp_path):
    _, _, pieces = killed

    assert rescued(tmp_path) == [piece.first_no for piece in pieces]
    assert not list(tmp_path.glob("*.tail*"))


def test_a_damaged_piece_costs_no_other(killed, tmp_path):
    path, ends, pieces = killed
    data = bytearray(path.read_bytes())
    data[ends[1] - 1] ^= 1
    path.write_bytes(data)

    assert rescued(tmp_path) == [pieces[0].first_no, pieces[2].first_no]


def test_a_piece_that_was_being_written_is_left_out(killed, tmp_path):
    path, ends, pieces = killed
    path.write_bytes(path.read_bytes()[: ends[1] + 2])

    assert rescued(tmp_path) == [piece.first_no for piece in pieces[:2]]


def test_a_tail_that_is_removed_between_its_making_and_its_lock_is_made_anew(tmp_path, monkeypatch):
    lock, locked = fcntl.flock, []

    def after_a_rescue(file, how):
        if not locked:
            locked.append(file)
            rescue_tails(tmp_path)
        lock(file, how)

    monkeypatch.setattr(tail_module.fcntl, "flock", after_a_rescue)
    tail = TapeTail(tmp_path, SOURCE)
    piece = recorded()
    tail.write(piece)
    tail.close()

    assert rescued(tmp_path) == [piece.first_no]
