"""A file that no restart can mend is told from a fault that passes, with its name and what to do."""

from __future__ import annotations

import errno
import os
import sqlite3

import pytest

from persistence.decisions.journal import DecisionJournal, JournalReader
from persistence.faults import DiskFull, FileUnusable, NotMadeYet, WriterConflict, fault_of
from persistence.outbox import Outbox, check_outbox
from tests.persistence.decided_batches import SETUP
from tests.persistence.decisions.test_journal import batch
from trading.events import SendStarted


def made_outbox(path):
    outbox = Outbox(path, "OrderManager")
    outbox.append([(SendStarted(number, f"c{number}", 0), None) for number in range(200)])
    outbox.close()


def made_journal(path):
    journal = DecisionJournal(path.parent, SETUP)
    for number in range(1, 60):
        journal.append(batch(number))
    journal.close()
    journal._path.rename(path)


def read_journal(path):
    with JournalReader(path) as reader:
        list(reader.batches())


def open_outbox(path):
    outbox = Outbox(path, "OrderManager")
    list(outbox.events())
    outbox.close()


FILES = {
    "outbox": (made_outbox, lambda path: check_outbox(path, "OrderManager", within_s=10)),
    "journal": (made_journal, read_journal),  # nobody goes on with one: it is only read
}


def cut(path):
    os.truncate(path, path.stat().st_size // 2)


def emptied(path):
    os.truncate(path, 0)


def filled(byte):
    def fill(path):
        path.write_bytes(byte * path.stat().st_size)

    return fill


def noisy(path):
    """Its first page is whole, and what follows is not."""
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + bytes((each * 7 + at) % 251 for at, each in enumerate(whole[4096:])))


def a_folder(path):
    path.unlink()
    path.mkdir()


def a_pipe(path):
    path.unlink()
    os.mkfifo(path)


def of_a_newer_program(path):
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()


def of_another_program(path):
    connection = sqlite3.connect(path)
    for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        connection.execute(f"DROP TABLE {table}")
    connection.close()


DAMAGES = {
    "cut": (cut, "is damaged"),
    "cut to nothing": (emptied, "is empty"),
    "filled with noise": (filled(b"\x5a"), "is damaged"),
    "filled with zeros": (filled(b"\x00"), "is damaged"),
    "noise behind the first page": (noisy, "is damaged"),
    "a folder": (a_folder, "is a folder: move it away"),
    "a pipe": (a_pipe, "is not a file: move it away"),
    "a newer format": (of_a_newer_program, "has format 99, and this program reads and writes"),
    "without its tables": (of_another_program, "is damaged (no such table"),
}


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize(("damage", "what"), DAMAGES.values(), ids=DAMAGES)
def test_a_file_that_no_restart_can_mend_is_refused_with_what_to_do(tmp_path, kind, damage, what):
    make, check = FILES[kind]
    path = tmp_path / "order_manager.db"
    make(path)
    check(path)
    damage(path)

    with pytest.raises(FileUnusable) as refused:
        check(path)

    text = str(refused.value)
    assert text.startswith(f"{path} {what}")
    assert text.endswith("; then start again")
    assert "\n" not in text


@pytest.mark.parametrize("damage", [damage for damage, _ in DAMAGES.values()], ids=DAMAGES)
def test_a_writer_finds_the_damage_by_itself(tmp_path, damage):
    path = tmp_path / "order_manager.db"
    made_outbox(path)
    damage(path)

    with pytest.raises(FileUnusable):
        open_outbox(path)


def test_a_file_that_is_not_there_is_fine_and_is_not_made(tmp_path):
    check_outbox(tmp_path / "order_manager.db", "OrderManager", within_s=10)

    assert list(tmp_path.iterdir()) == []


def test_a_file_that_another_process_writes_is_not_damaged(tmp_path):
    outbox = Outbox(tmp_path / "order_manager.db", "OrderManager")

    with pytest.raises(WriterConflict):
        check_outbox(tmp_path / "order_manager.db", "OrderManager", within_s=10)
    outbox.close()


def test_a_killed_writers_file_is_whole(tmp_path):
    path = tmp_path / "order_manager.db"
    outbox = Outbox(path, "OrderManager")
    outbox.append([(SendStarted(1, "c1", 0), None)])
    os.close(outbox._file._lock)  # as the kernel does; its log still lies beside the file

    check_outbox(path, "OrderManager", within_s=10)


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), DiskFull),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), DiskFull),
        (PermissionError(errno.EACCES, "Permission denied"), FileUnusable),
        (OSError(errno.EROFS, "Read-only file system"), FileUnusable),
        (IsADirectoryError(errno.EISDIR, "Is a directory"), FileUnusable),
        (FileNotFoundError(errno.ENOENT, "No such file or directory"), NotMadeYet),
    ],
)
def test_an_error_of_the_system_is_told_by_its_number(tmp_path, error, meaning):
    assert type(fault_of(tmp_path / "a.db", error)) is meaning


def test_descriptors_that_have_run_out_are_no_fault_of_the_file(tmp_path):
    fault = fault_of(tmp_path / "a.db", OSError(errno.EMFILE, "Too many open files"))

    assert not isinstance(fault, (FileUnusable, DiskFull))


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        (sqlite3.SQLITE_FULL, DiskFull),
        (sqlite3.SQLITE_IOERR_SHMSIZE, DiskFull),
        (sqlite3.SQLITE_CORRUPT_INDEX, FileUnusable),
        (sqlite3.SQLITE_NOTADB, FileUnusable),
        (sqlite3.SQLITE_READONLY_DIRECTORY, FileUnusable),
        (sqlite3.SQLITE_CANTOPEN, FileUnusable),
    ],
)
def test_an_error_of_sqlite_is_told_by_its_code(tmp_path, code, meaning):
    error = sqlite3.OperationalError("as the library says")
    error.sqlite_errorcode = code

    assert type(fault_of(tmp_path / "a.db", error)) is meaning
    assert str(tmp_path / "a.db") in str(fault_of(tmp_path / "a.db", error))
