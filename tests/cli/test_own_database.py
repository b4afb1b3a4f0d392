"""A session whose database could never run is refused with the key to set; one that is down is no reason."""

import shutil
import tempfile
from pathlib import Path

import pytest

from cli.errors import PREFLIGHT_REFUSED, PreflightRefused
from cli.own_database import check_database, stop_database
from persistence.faults import DiskFull
from persistence.server import place as server_place
from settings.config import Config


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    """Data that root's server cannot have in a test's folder go to another one that goes with the test."""
    folder = Path(tempfile.mkdtemp(prefix="rl-trader-tests-"))
    folder.chmod(0o711)
    monkeypatch.setattr(server_place, "_ELSEWHERE", (str(folder),))
    yield
    shutil.rmtree(folder)


def config(tmp_path, **database):
    return Config(state_dir=str(tmp_path / "state"), database=database)


def test_a_folder_that_can_have_the_data_is_made_and_nothing_is_started(tmp_path):
    check_database(config(tmp_path))

    assert [path.name for path in (tmp_path / "state").iterdir()] == ["pg18"]


def test_programs_that_are_not_there_are_refused_by_their_key(tmp_path):
    with pytest.raises(PreflightRefused, match=rf"^database\.bin_dir: {tmp_path} has no initdb$") as refused:
        check_database(config(tmp_path, bin_dir=str(tmp_path)))

    assert refused.value.exit_code == PREFLIGHT_REFUSED


def test_a_database_of_another_version_is_refused_with_the_ways_out(tmp_path):
    (tmp_path / "state" / "pg12" / "data").mkdir(parents=True)
    (tmp_path / "state" / "pg12" / "data" / "PG_VERSION").write_text("12\n")

    with pytest.raises(PreflightRefused, match=r"pg12 has a database of PostgreSQL 12, .* database\.bin_dir"):
        check_database(config(tmp_path))


def test_a_server_that_is_down_and_a_full_disk_stop_nobody(tmp_path, monkeypatch):
    def full(*_):
        raise DiskFull("no room")

    check_database(config(tmp_path, dsn=f"host={tmp_path}"))
    monkeypatch.setattr("persistence.server.embedded_server.make_place", full)
    check_database(config(tmp_path))


def test_where_no_server_was_made_there_is_nothing_to_stop(tmp_path):
    assert stop_database(config(tmp_path)) == ""
    assert list(tmp_path.iterdir()) == []


def test_what_keeps_a_server_from_being_stopped_is_told(tmp_path):
    told = stop_database(config(tmp_path, bin_dir=str(tmp_path)))

    assert told == f"database.bin_dir: {tmp_path} has no initdb"
