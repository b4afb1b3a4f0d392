"""A command finds what sessions recorded, or says in one line why there is nothing to find."""

from contextlib import closing

import pytest

from cli.database_use import recorded
from cli.errors import PreflightRefused
from persistence.database.connections import connect, transaction
from persistence.database.migrate import migrate, migrations_in
from persistence.faults import PersistenceError
from settings.config import Config


def config_of(dsn="", **more):
    return Config.model_validate({"database": {"dsn": dsn}, **more})


def test_what_is_recorded_is_there_to_be_read(database):
    with recorded(config_of(database), name="test") as connection, transaction(connection) as cursor:
        cursor.execute("SELECT count(*) FROM session")
        assert cursor.fetchone() == (0,)


def test_a_state_folder_without_a_database_has_nothing_and_gets_none(tmp_path):
    with (
        pytest.raises(PreflightRefused, match="no session has run there"),
        recorded(config_of(state_dir=str(tmp_path / "state")), name="test"),
    ):
        pass

    assert list(tmp_path.iterdir()) == []


def test_a_database_without_tables_has_nothing(empty_database):
    with (
        pytest.raises(PreflightRefused, match="it has no tables"),
        recorded(config_of(empty_database), name="test"),
    ):
        pass


def test_tables_of_an_earlier_version_are_left_as_they_are(empty_database):
    with closing(connect(empty_database, name="test")) as connection:
        migrate(connection, migrations_in()[:1])

    with (
        pytest.raises(PreflightRefused, match="db migrate"),
        recorded(config_of(empty_database), name="test"),
    ):
        pass


def test_a_fault_of_the_database_in_the_block_is_one_line(database):
    with pytest.raises(PreflightRefused, match="nobody"), recorded(config_of(database), name="test"):
        raise PersistenceError("nobody")


def test_a_server_that_is_not_there_is_named(tmp_path):
    with (
        pytest.raises(PreflightRefused, match=f"database host={tmp_path}"),
        recorded(config_of(f"host={tmp_path} user=u"), name="test"),
    ):
        pass
