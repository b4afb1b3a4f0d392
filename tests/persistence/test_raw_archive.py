"""Frames are kept as they came, in their order, and give way to everything else."""

import errno
import json
import os

import pytest

from persistence import raw_archive
from persistence.faults import PersistenceError
from persistence.raw_archive import FOLDER, RawArchive, drop_raw, raw_files, read_raw

SESSION = "s1k3f9"


def archive_of(folder, *, free_bytes=lambda _: 10**12):
    return RawArchive(folder, SESSION, "books-0", free_bytes=free_bytes, begin=False)


def read(folder):
    return [
        json.loads(line)
        for paths in raw_files(folder, SESSION).values()
        for path in paths
        for line in read_raw(path)
    ]


def test_frames_come_back_as_they_were_in_their_order(tmp_path):
    archive = archive_of(tmp_path)
    frames = [b'{"type":"ok"}', "Zürich ✓".encode(), b"\xff\x00broken\n", b""]
    archive.add(2, 3, 1_700, frames[:2])
    archive.write()
    archive.add(0, 1, 1_800, frames[2:])
    archive.write()

    found = read(tmp_path)

    assert [line["frame"] for line in found] == ['{"type":"ok"}', "Zürich ✓", "\\xff\x00broken\n", ""]
    assert [(line["connection"], line["generation"], line["at_us"]) for line in found] == [
        *[(2, 3, 1_700)] * 2,
        *[(0, 1, 1_800)] * 2,
    ]


def test_a_thread_of_its_own_has_written_all_when_it_is_closed(tmp_path):
    archive = RawArchive(tmp_path, SESSION, "account", free_bytes=lambda _: 10**12)
    archive.add(0, 1, 5, [b"one", b"two"])
    archive.close()

    assert [line["frame"] for line in read(tmp_path)] == ["one", "two"]
    assert list(raw_files(tmp_path, SESSION)) == ["account"]


def test_a_file_that_was_cut_off_is_read_to_there(tmp_path):
    archive = archive_of(tmp_path)
    for number in range(2):
        archive.add(0, 1, number, [f"frame {number}".encode() * 50])
        archive.write()
    ((path,),) = raw_files(tmp_path, SESSION).values()
    path.write_bytes(path.read_bytes()[:-9])

    assert [line["at_us"] for line in read(tmp_path)] == [0]


def test_what_no_disk_takes_is_dropped_and_counted(tmp_path):
    free = [0]
    archive = archive_of(tmp_path, free_bytes=lambda _: free[0])
    archive.add(0, 1, 1, [b"a", b"b"])
    archive.write()
    free[0] = 10**12
    archive.add(0, 1, 2, [b"c"])
    archive.write()

    kept, told = read(tmp_path)
    assert (kept["frame"], told["dropped"]) == ("c", 2)


def test_frames_behind_a_write_that_was_torn_are_read_and_its_own_are_counted(tmp_path, monkeypatch):
    archive = archive_of(tmp_path)
    archive.add(0, 1, 1, [b"a"])
    archive.write()
    monkeypatch.setattr(raw_archive.Path, "open", torn(raw_archive.Path.open))
    archive.add(0, 1, 2, [b"b", b"c"])
    archive.write()
    assert "no room left" in archive.trouble
    monkeypatch.undo()
    archive.add(0, 1, 3, [b"d"])
    archive.write()

    before, kept, told = read(tmp_path)
    assert (before["frame"], kept["frame"], told["dropped"]) == ("a", "d", 2)
    assert archive.trouble == ""


def torn(really_open):
    """An ``open`` to write of whose file the disk takes the first half."""

    class Torn:
        def __init__(self, file):
            self._file = file

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self._file.close()

        def write(self, data):
            self._file.write(data[: len(data) // 2])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def opened(path, mode="r", *more):
        file = really_open(path, mode, *more)
        return Torn(file) if "a" in mode else file

    return opened


def test_a_mistake_of_its_own_costs_the_frames_of_one_write_and_is_said(tmp_path):
    mistakes = [ValueError("a mistake")]

    def free_bytes(_folder):
        if mistakes:
            raise mistakes.pop()
        return 10**12

    archive = archive_of(tmp_path, free_bytes=free_bytes)
    archive.add(0, 1, 1, [b"a"])
    archive.write()
    assert "a mistake" in archive.trouble
    archive.add(0, 1, 2, [b"b"])
    archive.write()

    kept, told = read(tmp_path)
    assert (kept["frame"], told["dropped"], archive.trouble) == ("b", 1, "")


def test_a_writer_that_is_too_slow_keeps_no_more_than_its_bound(tmp_path, monkeypatch):
    monkeypatch.setattr(raw_archive, "MOST_WAITING_BYTES", 10)
    archive = archive_of(tmp_path)
    archive.add(0, 1, 1, [b"12345678"])
    archive.add(0, 1, 2, [b"123", b"4"])
    archive.write()

    assert [line.get("dropped") for line in read(tmp_path)] == [None, 2]


def test_a_long_session_has_several_files_and_the_old_ones_go(tmp_path, monkeypatch):
    monkeypatch.setattr(raw_archive, "MOST_FILE_BYTES", 1)
    archive = archive_of(tmp_path)
    for number in range(3):
        archive.add(0, 1, number, [b"frame"])
        archive.write()
    ((first, *others),) = raw_files(tmp_path, SESSION).values()
    assert len(others) == 2
    os.utime(first, (10, 10))

    drop_raw(tmp_path, 11_000_000)

    assert raw_files(tmp_path, SESSION) == {"books-0": others}
    assert (tmp_path / FOLDER).stat().st_mode & 0o077 == 0


def test_an_old_file_that_cannot_be_removed_keeps_no_other(tmp_path):
    folder = tmp_path / FOLDER
    (folder / f"{SESSION}-b-1.jsonl.zst").mkdir(parents=True)

    for name in "ac":
        (folder / f"{SESSION}-{name}-1.jsonl.zst").touch()

    with pytest.raises(PersistenceError, match="-b-1"):
        drop_raw(tmp_path, 2**62)

    assert list(raw_files(tmp_path, SESSION)) == ["b"]


@pytest.mark.parametrize("name", ["notes.txt", "s1k3f9.jsonl.zst", "other-books-1.jsonl.zst"])
def test_other_files_are_none_of_the_session(tmp_path, name):
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / name).touch()

    assert raw_files(tmp_path, SESSION) == {}
