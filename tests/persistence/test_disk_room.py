"""Room is kept for the end of a session, and nothing is begun without it."""

from __future__ import annotations

import errno
import os
from types import SimpleNamespace

import pytest

from persistence import disk_room, single_writer
from persistence.disk_room import (
    LOW_BYTES,
    NEEDED_BYTES,
    RESERVE_BYTES,
    Reserve,
    is_low,
    trouble_at_start,
)
from persistence.faults import DiskFull
from persistence.outbox import Outbox, OutboxReader
from trading.events import SendStarted


def started(*numbers):
    return [(SendStarted(number, f"c{number}" + "x" * 3000, 0), None) for number in numbers]


def fill(outbox):
    """From now on nothing grows; SQLite's own limit on pages stands for the disk's. The reserve is room."""
    connection = outbox._connection
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")
    release = outbox._file.reserve.release

    def give_up():
        release()
        make_room(outbox)

    outbox._file.reserve.release = give_up


def make_room(outbox):
    outbox._connection.execute("PRAGMA max_page_count = 1000000")


@pytest.fixture
def disk(monkeypatch):
    """A disk that a test sizes: ``free`` bytes and ``names``."""
    sizes = SimpleNamespace(free=10**9, names=10**6)

    def statvfs(_folder):
        return SimpleNamespace(f_bavail=sizes.free, f_frsize=1, f_favail=sizes.names, f_files=10**6)

    monkeypatch.setattr(disk_room.os, "statvfs", statvfs)
    return sizes


@pytest.fixture
def outbox(tmp_path):
    opened = Outbox(tmp_path / "order_manager.db", "OrderManager")
    opened.append(started(1))
    yield opened
    opened.close()


def test_a_reserve_takes_room_and_not_only_a_name(tmp_path):
    reserve = Reserve(tmp_path / "a.reserve", RESERVE_BYTES)
    reserve.hold()

    assert (tmp_path / "a.reserve").stat().st_blocks * 512 >= RESERVE_BYTES

    reserve.release()
    reserve.release()
    assert not (tmp_path / "a.reserve").exists()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_reserve_that_finds_no_room_takes_none(tmp_path, monkeypatch, number):
    def refuse(_descriptor, _size):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(disk_room, "_allocate", refuse)
    reserve = Reserve(tmp_path / "a.reserve", RESERVE_BYTES)
    reserve.hold()

    assert (reserve.is_held, list(tmp_path.iterdir())) == (False, [])


def test_an_outbox_keeps_its_reserve_while_it_is_open(tmp_path, outbox):
    assert outbox.has_room
    assert (tmp_path / "order_manager.db.reserve").exists()

    outbox.close()
    assert not (tmp_path / "order_manager.db.reserve").exists()


def test_what_a_full_disk_refuses_is_written_into_the_reserve_and_said(tmp_path, outbox):
    fill(outbox)

    assert outbox.append(started(2, 3)) == [2, 3]

    assert not outbox.has_room
    reader = OutboxReader(tmp_path / "order_manager.db")
    assert [seq for seq, _ in reader.events()] == [1, 2, 3]
    reader.close()


def test_a_disk_without_even_a_reserve_refuses_and_keeps_nothing(outbox):
    outbox._file.reserve.release()
    fill(outbox)

    with pytest.raises(DiskFull):
        outbox.append(started(2))

    assert outbox.last_seq == 1
    make_room(outbox)
    assert outbox.append(started(2)) == [2]


def test_a_reserve_that_was_needed_is_taken_again_once_the_disk_has_room(outbox, disk):
    fill(outbox)
    outbox.append(started(2))
    disk.free = LOW_BYTES - 1
    outbox.keep_room()
    assert not outbox.has_room

    disk.free = LOW_BYTES
    outbox.keep_room()
    assert outbox.has_room


def test_a_killed_writers_reserve_is_the_next_ones_however_full_the_disk(tmp_path, outbox, disk):
    disk.free = 0
    os.close(outbox._file._lock)  # as the kernel does

    following = Outbox(tmp_path / "order_manager.db", "OrderManager")

    assert following.has_room
    following.close()
    outbox._file._lock = -1


def test_a_file_that_cannot_be_opened_for_want_of_room_is_opened_with_the_reserve(tmp_path, monkeypatch):
    Outbox(tmp_path / "order_manager.db", "OrderManager").close()
    left = tmp_path / "order_manager.db.reserve"
    left.write_bytes(b"of a killed writer")
    opening = single_writer._open_writer

    def needs_room(*args, **more):
        if left.exists():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return opening(*args, **more)

    monkeypatch.setattr(single_writer, "_open_writer", needs_room)

    Outbox(tmp_path / "order_manager.db", "OrderManager").close()


def test_a_start_says_how_much_is_free_and_how_much_is_needed(tmp_path, disk):
    folder = tmp_path / "state" / "not yet there"
    assert trouble_at_start(folder) == ""

    disk.free = NEEDED_BYTES - 1_500_000
    assert trouble_at_start(folder).startswith(
        f"{folder}: 0.5 MB are free on its disk, and 2.0 MB are needed: make room"
    )


def test_a_disk_that_can_take_no_more_names_is_full_too(tmp_path, disk):
    disk.names = 3

    assert "can take 3 more files, and 50 are needed" in trouble_at_start(tmp_path)


def test_trading_ends_before_the_disk_is_full(tmp_path, disk):
    assert not is_low(tmp_path)
    disk.free = LOW_BYTES - 1
    assert is_low(tmp_path)
