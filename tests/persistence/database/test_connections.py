"""A connection is set up the same everywhere, and what goes wrong is one clear line."""

from contextlib import closing

import pytest
from psycopg2.extensions import make_dsn

from persistence.database import connections as database_module
from persistence.database.connections import connect, transaction
from persistence.database.faults import DatabaseDown, DatabaseRefused
from persistence.faults import PersistenceError


@pytest.fixture
def connection(empty_database):
    with closing(connect(empty_database, name="test", statement_s=5.0)) as made:
        yield made


def ask(connection, sql):
    with transaction(connection) as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def test_a_connection_says_whose_it_is_and_counts_in_utc(connection):
    assert ask(connection, "SHOW application_name") == [("rl-trader test",)]
    assert ask(connection, "SHOW timezone") == [("UTC",)]
    assert ask(connection, "SHOW statement_timeout") == [("5s",)]


@pytest.mark.parametrize(("synchronous", "setting"), [(True, "on"), (False, "off")])
def test_a_commit_is_as_synchronous_as_asked_for(postgres, synchronous, setting):
    with closing(connect(postgres.dsn, name="test", synchronous=synchronous)) as made:
        assert ask(made, "SHOW synchronous_commit") == [(setting,)]


def test_a_transaction_that_fails_leaves_nothing_and_the_next_one_works(connection):
    with pytest.raises(PersistenceError, match=r"dbname=test_.*: division by zero \(22012\)$"):
        ask(connection, "CREATE TABLE half (n int); SELECT 1/0")

    assert ask(connection, "SELECT to_regclass('half')") == [(None,)]


def test_a_server_that_ends_the_connection_is_down(connection, administration):
    with transaction(connection) as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()
    administration.execute("SELECT pg_terminate_backend(%s)", pid)

    with pytest.raises(DatabaseDown):
        ask(connection, "SELECT 1")
    with pytest.raises(DatabaseDown):
        ask(connection, "SELECT 1")


def test_a_server_that_is_not_there_is_down(tmp_path):
    with pytest.raises(DatabaseDown, match=rf"^database host={tmp_path} user=u: .*No such file") as told:
        connect(f"host={tmp_path} user=u password=hunter2", name="test")

    assert "hunter2" not in str(told.value)


@pytest.mark.parametrize("wrong", [{"user": "stranger"}, {"dbname": "missing"}])
def test_a_name_that_the_server_does_not_know_is_refused(postgres, wrong):
    with pytest.raises(DatabaseRefused, match=r'"(stranger|missing)" does not exist: create it, or correct'):
        connect(make_dsn(postgres.dsn, **wrong), name="test")


def test_a_server_that_is_too_old_is_refused(postgres, monkeypatch):
    monkeypatch.setattr(database_module, "OLDEST_MAJOR", 99)

    with pytest.raises(DatabaseRefused, match=r"it is PostgreSQL \d+, and 99 is needed at least$"):
        connect(postgres.dsn, name="test")
