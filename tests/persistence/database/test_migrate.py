"""The tables come to this program's version once, whole, and never backwards."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from psycopg2.extensions import make_dsn

from persistence.database.connections import connect, transaction
from persistence.database.faults import DatabaseNewer, DatabaseRefused
from persistence.database.migrate import FOLDER, Migration, migrate, migrations_in, pending
from persistence.faults import PersistenceError

FIRST = Migration(1, "first", "CREATE TABLE one (n int); INSERT INTO one VALUES (1)")
SECOND = Migration(2, "second", "CREATE TABLE two (n int)")
BROKEN = Migration(3, "broken", "CREATE TABLE three (n int); SELECT 1/0")


@pytest.fixture
def connection(empty_database):
    with closing(connect(empty_database, name="test")) as made:
        yield made


def tables(connection):
    with transaction(connection) as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        return [name for (name,) in cursor.fetchall()]


def test_each_is_applied_once_in_order(connection):
    assert migrate(connection, [FIRST]) == [FIRST]
    assert migrate(connection, [FIRST, SECOND]) == [SECOND]
    assert migrate(connection, [FIRST, SECOND]) == []
    assert tables(connection) == ["one", "schema_migration", "two"]


def test_what_is_to_come_is_told_without_changing_anything(connection):
    assert pending(connection, [FIRST, SECOND]) == [FIRST, SECOND]
    assert tables(connection) == []


def test_one_that_fails_leaves_nothing_of_itself(connection):
    with pytest.raises(PersistenceError, match="division by zero"):
        migrate(connection, [FIRST, SECOND, BROKEN])

    assert tables(connection) == ["one", "schema_migration", "two"]
    assert pending(connection, [FIRST, SECOND, BROKEN]) == [BROKEN]


def test_a_database_of_a_newer_version_is_refused(connection):
    migrate(connection, [FIRST, SECOND])

    with pytest.raises(DatabaseNewer, match=r"tables of a newer version \(0002_second\): run that version"):
        migrate(connection, [FIRST])


def test_a_file_that_was_changed_after_it_was_applied_is_refused(connection):
    migrate(connection, [FIRST])

    with pytest.raises(DatabaseRefused, match="was made with another 0001_first than this program has"):
        migrate(connection, [Migration(1, "first", f"{FIRST.sql};"), SECOND])
    assert tables(connection) == ["one", "schema_migration"]


def test_a_table_that_somebody_dropped_is_named_with_the_way_out(connection):
    migrate(connection, migrations_in())
    with transaction(connection) as cursor:
        cursor.execute("DROP TABLE fill CASCADE")

    with pytest.raises(DatabaseRefused, match=r"no table fill any more: restore a copy .*DROP SCHEMA"):
        migrate(connection, migrations_in())


def test_of_programs_that_start_together_one_applies_each(empty_database):
    together = threading.Barrier(4)

    def start(_):
        with closing(connect(empty_database, name="test")) as connection:
            together.wait()
            return migrate(connection, [FIRST, SECOND])

    with ThreadPoolExecutor(4) as programs:
        applied = [each for done in programs.map(start, range(4)) for each in done]

    assert sorted(map(str, applied)) == ["0001_first", "0002_second"]


def test_a_user_without_the_right_to_make_tables_is_told_so(empty_database, connection):
    name = empty_database.split("dbname=")[1].split()[0]
    with transaction(connection) as cursor:
        cursor.execute(f"CREATE ROLE {name} LOGIN; REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    try:
        with (
            closing(connect(make_dsn(empty_database, user=name), name="test")) as theirs,
            pytest.raises(DatabaseRefused, match=r"permission denied for schema public: give this user"),
        ):
            migrate(theirs, [FIRST])
    finally:
        with transaction(connection) as cursor:
            cursor.execute(f"DROP ROLE {name}")


def test_the_files_of_this_program_are_numbered_without_a_gap():
    assert [each.number for each in migrations_in(FOLDER)] == list(range(1, len(migrations_in(FOLDER)) + 1))


@pytest.mark.parametrize("names", [["0002_second.sql"], ["0001_a.sql", "0001_b.sql"], ["first.sql"]])
def test_files_with_other_numbers_are_a_mistake(tmp_path, names):
    for name in names:
        (tmp_path / name).write_text("")

    with pytest.raises(ValueError, match=r"expected 000\d_NAME\.sql"):
        migrations_in(tmp_path)
