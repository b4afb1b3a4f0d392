"""The files of a tape: in order, whole whatever dies, and closed when nobody writes them."""

import os
import signal
import subprocess
import sys
from contextlib import closing

import pytest

from persistence.tape.outbox import (
    PackedPiece,
    TapeFileReader,
    TapeGap,
    TapeOutbox,
    TapeSource,
    read_files,
    tape_files,
    tape_path,
)

SOURCE = TapeSource("s1abc", 0, 3)


def piece(first_no, size=100):
    return PackedPiece(first_no, first_no + 9, first_no * 1_000, bytes(size))


def numbers(folder):
    return [each.first_no for each in read_files(tape_files(folder))]


def test_pieces_are_read_in_their_order_over_all_files(tmp_path):
    with closing(TapeOutbox(tmp_path, SOURCE, rotated_bytes=250)) as outbox:
        for first_no in range(1, 101, 10):
            outbox.write(piece(first_no))

    files = tape_files(tmp_path)
    assert [file.number for file in files] == [1, 2, 3, 4]
    assert numbers(tmp_path) == list(range(1, 101, 10))


def test_a_file_is_closed_when_the_next_one_is_begun(tmp_path):
    with closing(TapeOutbox(tmp_path, SOURCE, rotated_bytes=1)) as outbox:
        outbox.write(piece(1))
        outbox.write(piece(11))

        assert [file.is_closed() for file in tape_files(tmp_path)] == [True, False]
    assert [file.is_closed() for file in tape_files(tmp_path)] == [True, True]


def test_files_are_ordered_by_number_and_not_by_name(tmp_path):
    for number in (10, 9, 1):
        tape_path(tmp_path, SOURCE, number).touch()
    (tmp_path / "notes-of-a-person.db").touch()

    assert [file.number for file in tape_files(tmp_path)] == [1, 9, 10]


def test_a_new_writer_of_the_same_life_adds_to_no_file_that_was_closed(tmp_path):
    for first_no in (1, 11):
        with closing(TapeOutbox(tmp_path, SOURCE)) as outbox:
            outbox.write(piece(first_no))

    assert [file.number for file in tape_files(tmp_path)] == [1, 2]
    assert numbers(tmp_path) == [1, 11]


def test_a_gap_that_grows_is_one_gap(tmp_path):
    with closing(TapeOutbox(tmp_path, SOURCE)) as outbox:
        outbox.write(piece(1), (TapeGap(1, 10, 5, "left out"),))
        outbox.write(piece(11), (TapeGap(1, 20, 6, "left out"),))

    with closing(TapeFileReader(tape_files(tmp_path)[0])) as reader:
        assert reader.gaps(0) == [TapeGap(1, 20, 5, "left out")]
        assert reader.gaps(20) == []


def test_a_piece_that_cannot_be_written_leaves_nothing_of_it(tmp_path):
    with closing(TapeOutbox(tmp_path, SOURCE)) as outbox:
        outbox.write(piece(1))
        with pytest.raises(Exception, match="UNIQUE"):
            outbox.write(piece(1), (TapeGap(1, 10, 5, "left out"),))
        outbox.write(piece(11))

    with closing(TapeFileReader(tape_files(tmp_path)[0])) as reader:
        assert reader.gaps(0) == []
    assert numbers(tmp_path) == [1, 11]


def test_a_removed_file_leaves_nothing_behind(tmp_path):
    with closing(TapeOutbox(tmp_path, SOURCE)) as outbox:
        outbox.write(piece(1))

    tape_files(tmp_path)[0].remove()
    assert list(tmp_path.iterdir()) == []


WRITER = """
import sys
from pathlib import Path
from persistence.tape.outbox import PackedPiece, TapeOutbox, TapeSource
outbox = TapeOutbox(Path(sys.argv[1]), TapeSource("s1abc", 0, 3))
first_no = 1
while True:
    outbox.write(PackedPiece(first_no, first_no + 9, 0, bytes(5_000)))
    print(first_no, flush=True)
    first_no += 10
"""


def test_a_writer_that_is_killed_loses_no_piece_that_it_had_written(tmp_path):
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    for _ in range(50):
        told = int(writer.stdout.readline())
    os.kill(writer.pid, signal.SIGKILL)
    writer.communicate()

    found = numbers(tmp_path)
    assert found == list(range(1, found[-1] + 1, 10))
    assert found[-1] >= told
    assert tape_files(tmp_path)[0].is_closed()
