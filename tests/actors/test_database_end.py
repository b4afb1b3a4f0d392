"""The database of a program that was killed ends once nobody uses it any more."""

import os

import pytest

from actors.database_end import stop_database_apart
from tests.actors.probes import settings


@pytest.fixture
def asked(monkeypatch, tmp_path):
    """The words that the process that stops it says to the server, one a line."""
    path = tmp_path / "asked"

    class Server:
        def __init__(self, dsn, *, state_dir, bin_dir):
            path.write_text(f"{dsn=} {state_dir.name} {bin_dir=}\n")

        def release(self, *, patience_s):
            path.write_text(f"{path.read_text()}released after {patience_s} s at most in {os.getsid(0)}\n")

    monkeypatch.setattr("persistence.server.database_server.database_server", Server)
    return path


def test_it_is_released_from_a_group_of_its_own(asked, tmp_path):
    pid = stop_database_apart(settings(tmp_path / "state"))

    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert asked.read_text() == f"dsn='' state bin_dir=''\nreleased after 5.0 s at most in {pid}\n"


def test_a_server_that_cannot_be_stopped_is_nobodys_trouble(asked, tmp_path, monkeypatch):
    pid = stop_database_apart({})  # no database in it

    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
