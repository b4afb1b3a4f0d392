"""One process writes a file; its folder is private and survives a power failure."""

import os
import sqlite3
import stat

import pytest

from persistence import single_writer
from persistence.faults import FileUnusable, NotMadeYet, PersistenceError, WriterConflict
from persistence.single_writer import (
    SingleWriterFile,
    make_private_folder,
    open_reader,
)

SCHEMA = ("CREATE TABLE line (text TEXT)",)


def open_writer(path, *, version=1, schema=SCHEMA):
    return SingleWriterFile(path, synchronous="FULL", version=version, schema=schema)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def lax_umask():
    previous = os.umask(0)
    yield
    os.umask(previous)


@pytest.mark.usefixtures("lax_umask")
def test_folders_are_made_for_this_user_alone_whatever_the_umask(tmp_path):
    make_private_folder(tmp_path / "state" / "demo-12345678")

    assert mode(tmp_path / "state") == 0o700
    assert mode(tmp_path / "state" / "demo-12345678") == 0o700


def test_a_folder_that_exists_is_left_as_it_is(tmp_path):
    existing = tmp_path / "state"
    existing.mkdir(mode=0o755)
    existing.chmod(0o755)

    make_private_folder(existing / "demo-12345678")
    make_private_folder(existing / "demo-12345678")

    assert mode(existing) == 0o755


def test_each_new_folder_is_on_the_disk_because_its_parent_was_synced(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(single_writer, "_sync_folder", synced.append)

    make_private_folder(tmp_path / "state" / "demo-12345678")

    assert synced == [tmp_path, tmp_path / "state"]


@pytest.mark.usefixtures("lax_umask")
def test_the_files_are_readable_by_this_user_alone_whatever_the_umask(tmp_path):
    file = open_writer(tmp_path / "a.db")
    file.connection.execute("INSERT INTO line VALUES ('x')")

    assert {path.name: mode(path) for path in tmp_path.iterdir()} == {
        "a.db": 0o600,
        "a.db-wal": 0o600,
        "a.db-shm": 0o600,
        "a.db.lock": 0o600,
    }
    file.close()


@pytest.mark.parametrize(("synchronous", "level"), [("FULL", 2), ("NORMAL", 1)])
def test_a_commit_is_as_durable_as_was_asked(tmp_path, synchronous, level):
    file = SingleWriterFile(tmp_path / "a.db", synchronous=synchronous, version=1, schema=SCHEMA)

    assert file.connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert file.connection.execute("PRAGMA synchronous").fetchone() == (level,)
    file.close()


def test_a_second_writer_is_refused_until_the_first_one_closes(tmp_path):
    first = open_writer(tmp_path / "a.db")
    with pytest.raises(WriterConflict, match="stop that one first"):
        open_writer(tmp_path / "a.db")

    first.close()
    first.close()

    open_writer(tmp_path / "a.db").close()


def test_a_file_of_another_format_is_refused_and_not_left_locked(tmp_path):
    open_writer(tmp_path / "a.db", version=2).close()

    for _ in range(2):
        with pytest.raises(PersistenceError, match="format 2"):
            open_writer(tmp_path / "a.db", version=1)
    with pytest.raises(PersistenceError, match="format 2"):
        open_reader(tmp_path / "a.db", version=1)


def test_a_file_that_is_no_database_is_refused_in_words(tmp_path):
    (tmp_path / "a.db").write_bytes(b"not a database, but long enough to look for one " * 30)

    with pytest.raises(FileUnusable, match=r"a\.db is damaged .*put a copy of it back"):
        open_writer(tmp_path / "a.db")
    with pytest.raises(FileUnusable, match=r"a\.db is damaged"):
        open_reader(tmp_path / "a.db", version=1)


def test_tables_are_made_all_or_none(tmp_path):
    with pytest.raises(PersistenceError):
        open_writer(tmp_path / "a.db", schema=(*SCHEMA, "CREATE NONSENSE"))

    assert not (tmp_path / "a.db").exists()

    open_writer(tmp_path / "a.db").close()


def test_a_writer_that_was_killed_while_it_made_the_file_is_followed_by_one_that_makes_it(tmp_path):
    (tmp_path / "a.db.new").write_bytes(b"half of a datab")

    open_writer(tmp_path / "a.db").close()

    assert open_reader(tmp_path / "a.db", version=1).execute("SELECT * FROM line").fetchall() == []


def test_a_reader_changes_nothing_and_makes_nothing(tmp_path):
    with pytest.raises(NotMadeYet):
        open_reader(tmp_path / "a.db", version=1)
    assert list(tmp_path.iterdir()) == []

    open_writer(tmp_path / "a.db").close()
    reader = open_reader(tmp_path / "a.db", version=1)
    with pytest.raises(sqlite3.OperationalError):
        reader.execute("INSERT INTO line VALUES ('x')")
    reader.close()


def test_a_path_may_hold_what_a_uri_would_misread(tmp_path):
    path = tmp_path / "50% of #1?" / "a.db"

    open_writer(path).close()

    open_reader(path, version=1).close()


def test_the_log_ends_with_its_writer_although_somebody_reads(tmp_path):
    file = open_writer(tmp_path / "a.db")
    file.connection.execute("INSERT INTO line VALUES ('x')")
    reader = open_reader(tmp_path / "a.db", version=1)
    assert reader.execute("SELECT text FROM line").fetchall() == [("x",)]

    file.close()

    assert (tmp_path / "a.db-wal").stat().st_size == 0
    assert reader.execute("SELECT text FROM line").fetchall() == [("x",)]
    reader.close()
