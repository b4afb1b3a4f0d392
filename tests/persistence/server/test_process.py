"""Of a server that does not start it is said why, and a pid in its lock file is believed while it lives."""

import os
import shutil
import subprocess
import sys
from collections import namedtuple

import pytest

from persistence.database.binaries import Binaries
from persistence.faults import DiskFull, FileUnusable
from persistence.server.place import ServerPlace, SystemUser
from persistence.server.process import (
    DataInUse,
    StartFailed,
    _has_ended,
    _unname_ended_process,
    fault_told,
    log_size,
    make_data,
    require_room,
    rotate_log,
    stop,
)
from persistence.server.users import ServerUsers

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="the system tells of a process in /proc")


@pytest.fixture
def place(tmp_path):
    (tmp_path / "data").mkdir()
    return ServerPlace(tmp_path, SystemUser("us", os.geteuid(), os.getegid()))


TOLD = {
    "a zombie or a successor of its pid": (
        'FATAL:  lock file "postmaster.pid" already exists\nHINT:  Is another postmaster running?',
        DataInUse,
        'data: lock file "postmaster.pid" already exists',
    ),
    "children of a server that was killed": (
        "FATAL:  pre-existing shared memory block (key 1, ID 2) is still in use",
        DataInUse,
        "is still in use",
    ),
    "a full disk": (
        'FATAL:  could not write lock file "postmaster.pid": No space left on device',
        DiskFull,
        "there is no room left on the disk of",
    ),
    "a full disk met by initdb": (
        'creating subdirectories ... initdb: error: could not create directory "x": No space left on device',
        DiskFull,
        "make room",
    ),
    "rights that are not as they must be": (
        "LOG:  starting\nFATAL:  data directory has invalid permissions\nDETAIL:  more",
        StartFailed,
        "the database does not start: data directory has invalid permissions; ",
    ),
    "words without a level": ("postgres: cannot execute", StartFailed, "postgres: cannot execute; "),
    "nothing": ("", StartFailed, "it said nothing"),
}


@pytest.mark.parametrize(("text", "kind", "line"), TOLD.values(), ids=TOLD)
def test_the_servers_words_become_a_fault(place, text, kind, line):
    fault = fault_told(text, place)

    assert type(fault) is kind
    assert line in str(fault)
    assert len(str(fault).splitlines()) == 1


@on_linux
def test_a_process_that_is_no_server_has_ended_as_one():
    assert _has_ended(os.getpid())


@on_linux
def test_a_process_that_nobody_reaped_has_ended():
    child = subprocess.Popen(["sleep", "0"])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)

    assert _has_ended(child.pid)
    child.wait()


@on_linux
@pytest.mark.parametrize("reaped", [True, False])
def test_a_server_that_was_killed_is_stopped_already_and_nobody_is_signalled_for_it(place, reaped):
    child = subprocess.Popen(["sleep", "0"])
    child.wait() if reaped else os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    (place.data / "postmaster.pid").write_text(f"{child.pid}\n")

    stop(Binaries(place.home / "none", "18.4", 18), place)  # which would fail if it were asked to do anything

    child.wait()


@on_linux
def test_a_running_server_has_not_ended(tmp_path):
    (tmp_path / "postgres").symlink_to("/bin/cat")
    with subprocess.Popen(
        [tmp_path / "postgres"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
    ) as server:
        server.stdin.write(b"it runs\n")
        assert server.stdout.readline() == b"it runs\n"

        assert not _has_ended(server.pid)
        server.stdin.close()


@on_linux
def test_nobody_begins_anew_while_initdb_of_a_killed_program_still_writes(place):
    programs = Binaries(place.home / "bin", "18.4", 18)
    programs.folder.mkdir()
    (programs.folder / "initdb").write_text("#!/bin/sh\nreadlink /proc/$$/fd/*\nexit 0\n")
    (programs.folder / "initdb").chmod(0o755)

    with ServerUsers(place.home).changing() as lock:
        make_data(programs, place, lock=lock)

    assert f"{place.home}/change.lock" in place.log.read_text().splitlines()
    assert [each.name for each in place.home.glob("data*")] == ["data"]


def test_a_pid_that_is_gone_is_left_to_postgresql_itself():
    assert not _has_ended(2**31 - 1)


@on_linux
def test_the_lock_of_its_socket_is_believed_no_longer_than_that_of_its_data(place):
    (place.socket_folder).mkdir(exist_ok=True)
    lock_file = place.socket_folder / ".s.PGSQL.5432.lock"
    lock_file.write_text(f"{os.getpid()}\n{place.data}\n")

    _unname_ended_process(place)

    assert lock_file.read_text() == f"2147483647\n{place.data}\n"
    shutil.rmtree(place.socket_folder)


def test_a_log_is_never_a_file_that_a_link_leads_to(place):
    place.log.symlink_to(place.home / "precious")

    with pytest.raises(FileUnusable, match=r"server\.log cannot be opened"):
        stop(Binaries(place.home, "18.4", 18), place)
    assert not (place.home / "precious").exists()


@on_linux
def test_only_the_pid_of_an_ended_server_is_taken_out_of_its_lock_file(place):
    lock_file = place.data / "postmaster.pid"
    lock_file.write_text(f"{os.getpid()}\n{place.data}\n1764561600\n5432\n/run\n\n  123 456\nready\n")

    _unname_ended_process(place)

    assert lock_file.read_text() == f"2147483647\n{place.data}\n1764561600\n5432\n/run\n\n  123 456\nready\n"


@on_linux
def test_no_file_is_changed_that_a_link_in_the_place_of_a_lock_file_leads_to(place):
    (place.home / "precious").write_text(f"{os.getpid()}\n")
    (place.data / "postmaster.pid").symlink_to(place.home / "precious")

    with pytest.raises(FileUnusable, match=r"postmaster\.pid cannot be opened"):
        _unname_ended_process(place)
    assert (place.home / "precious").read_text() == f"{os.getpid()}\n"


def test_where_no_lock_file_is_none_is_made(place):
    _unname_ended_process(place)

    assert list(place.data.iterdir()) == []


def test_a_log_that_has_grown_large_is_put_aside_once(place):
    place.log.write_bytes(bytes(1_000_001))

    rotate_log(place)
    rotate_log(place)

    assert log_size(place) == 0
    assert (place.home / "server.log.1").stat().st_size == 1_000_001


def test_a_new_database_is_not_begun_on_an_almost_full_disk(place, monkeypatch):
    free = namedtuple("free", "f_bavail f_frsize")
    monkeypatch.setattr(os, "statvfs", lambda _path: free(1_000, 4_096))

    with pytest.raises(DiskFull, match=r"4 MB are free, and a new database needs 150 MB: make room$"):
        require_room(place.home)
