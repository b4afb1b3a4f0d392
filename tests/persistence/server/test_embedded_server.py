"""The embedded server comes up however it was left, loses nothing, and ends with its last user."""

import os
import shutil
import signal
import tempfile
import threading
from contextlib import closing, suppress
from pathlib import Path

import psycopg2
import pytest

from persistence.database.binaries import Binaries
from persistence.database.faults import DatabaseDown
from persistence.server import place as server_place
from persistence.server.database_server import NamedServer, database_server, embedded_server
from persistence.server.embedded_server import EmbeddedServer
from persistence.server.place import ForeignMajor
from persistence.server.process import StartFailed


@pytest.fixture(scope="module")
def state_dir(tmp_path_factory):
    """Below a folder that is this user's alone: where root runs the tests, the data go elsewhere."""
    elsewhere = Path(tempfile.mkdtemp(prefix="rl-trader-tests-"))
    elsewhere.chmod(0o711)
    patch = pytest.MonkeyPatch()
    patch.setattr(server_place, "_ELSEWHERE", (str(elsewhere),))
    parent = tmp_path_factory.mktemp("closed")
    parent.chmod(0o700)
    passwd = Path("/etc/passwd").read_bytes()
    yield parent / "state"
    embedded_server(parent / "state", "").release()
    assert parent.stat().st_mode & 0o777 == 0o700
    assert Path("/etc/passwd").read_bytes() == passwd
    patch.undo()
    shutil.rmtree(elsewhere)


@pytest.fixture
def server(state_dir):
    server = embedded_server(state_dir, "")
    yield server
    server.release()


@pytest.fixture
def other(state_dir):
    """Another process's view: locks belong to the opener."""
    other = embedded_server(state_dir, "")
    yield other
    other.release()


def run(server, sql):
    with closing(psycopg2.connect(server.dsn)) as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        connection.commit()
        return cursor.fetchall() if cursor.description else []


def kill(server):
    """The server and all its processes, so that nobody puts anything in order."""
    (pid,) = run(server, "SELECT pg_backend_pid()")[0]
    postmaster = int((server.status().data / "postmaster.pid").read_text().split("\n")[0])
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
    for each in (postmaster, *map(int, children), pid):
        with suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)


def test_it_is_made_once_and_found_again(server, other):
    first = server.use()
    second = other.use()
    server.release()
    other.release()
    third = server.use()

    assert first.kind in ("cold", "warm")  # warm: after another test of this file
    assert (second.kind, third.kind) == ("adopted", "warm")


def test_it_runs_until_the_last_user_releases_it(server, other):
    server.use()
    other.use()

    server.release()
    assert (other.status().is_running, other.status().is_used) == (True, False)
    other.release()
    assert not other.status().is_running


def test_who_releases_it_may_give_others_the_time_to_end(server, other):
    server.use()
    other.use()
    threading.Timer(0.05, other.leave).start()

    server.release(patience_s=20.0)

    assert not server.status().is_running


def test_a_server_that_does_not_answer_is_told_so_and_none_is_started_beside_it(server, monkeypatch):
    def connect(*_, **__):
        raise psycopg2.OperationalError("connection to server on socket failed: timeout expired")

    with monkeypatch.context() as patch:
        patch.setattr(psycopg2, "connect", connect)

        found = server.status()
        with pytest.raises(DatabaseDown, match="runs and does not answer"):
            server.use()

    assert (found.is_running, found.is_silent) == (True, True)
    assert not server.status().is_running


def test_its_folders_are_made_without_starting_it_or_waiting_for_anybody(server, other):
    server.prepare()
    with other._users.changing():
        server.prepare()

    assert not server.status().is_running


def test_who_leaves_lets_it_run_for_others_to_adopt(server, other):
    server.use()
    server.leave()

    assert other.use().kind == "adopted"


def test_a_server_that_was_killed_is_started_again_and_has_every_row(server):
    server.use()
    run(server, "CREATE TABLE IF NOT EXISTS kept (n int)")
    run(server, "INSERT INTO kept VALUES (1)")
    (before,) = run(server, "SELECT count(*) FROM kept")
    kill(server)

    again = server.use()

    assert again.kind == "recovered"
    assert run(server, "SELECT count(*) FROM kept") == [before]


def test_a_server_that_was_killed_is_released_as_any_other(server):
    server.use()
    kill(server)

    server.release()

    assert not server.status().is_running


def test_a_server_that_was_killed_and_that_nobody_reaps_is_started_again(server, other):
    server.use()
    kill(server)
    server.leave()

    assert other.use().kind == "recovered"  # the dead one stays a child of this process


def test_a_server_that_is_down_is_not_started_under_another_user(server, other):
    server.use()
    other.use()
    kill(server)

    with pytest.raises(DatabaseDown, match="another process uses the database, and it is down"):
        server.use()
    other.leave()
    assert server.use().kind == "recovered"


def test_it_can_be_reached_by_its_socket_alone(server):
    server.use()

    assert run(server, "SHOW listen_addresses") == [("",)]
    assert run(server, "SHOW fsync") == [("on",)]
    assert Path(run(server, "SHOW unix_socket_directories")[0][0].strip('"')).stat().st_mode & 0o777 == 0o700


def test_a_database_that_was_not_made_any_more_is_made(server):
    server.use()
    with closing(psycopg2.connect(server.dsn.replace("dbname=rl_trader", "dbname=postgres"))) as connection:
        connection.autocommit = True
        connection.cursor().execute("DROP DATABASE rl_trader WITH (FORCE)")

    assert server.use().kind == "adopted"
    assert run(server, "SELECT current_database()") == [("rl_trader",)]


def test_a_server_that_cannot_start_says_why(server, monkeypatch):
    monkeypatch.setattr("persistence.server.process.OPTIONS", {"jit": "perhaps"})

    with pytest.raises(
        StartFailed, match=r'does not start: .*"jit" requires a Boolean value; .*server\.log has'
    ):
        server.use()


def test_a_status_makes_nothing(tmp_path):
    server = embedded_server(tmp_path / "state", "")

    status = server.status()

    assert (status.is_made, status.is_running, status.is_used) == (False, False, False)
    server.release()
    assert list(tmp_path.iterdir()) == []


def test_a_status_tells_that_it_is_being_started_and_waits_for_nobody(server, other):
    server.use()
    with server._users.changing():
        assert other.status().is_changing

    assert not other.status().is_changing
    assert other.status().is_used


def made(folder, major):
    (folder / f"pg{major}" / "data").mkdir(parents=True)
    (folder / f"pg{major}" / "data" / "PG_VERSION").write_text(f"{major}\n")


def test_a_database_goes_on_with_programs_of_its_own_version(tmp_path):
    made(tmp_path, 16)

    assert embedded_server(tmp_path, "").status().programs.major == 16  # an older one of the same package


def test_a_database_of_a_version_that_is_not_here_is_named_with_the_ways_out(tmp_path):
    made(tmp_path, 12)

    with pytest.raises(ForeignMajor) as told:
        embedded_server(tmp_path, "")

    assert f"{tmp_path}/pg12 has a database of PostgreSQL 12" in str(told.value)
    assert "set database.bin_dir to the programs of PostgreSQL 12, or move" in str(told.value)


def test_a_folder_that_was_put_in_the_place_of_another_is_named(tmp_path):
    made(tmp_path, 18)
    (tmp_path / "pg18" / "data" / "PG_VERSION").write_text("17\n")
    server = EmbeddedServer(tmp_path / "pg18", Binaries(tmp_path, "18.4", 18))

    with pytest.raises(ForeignMajor, match=r"pg18 has a database of PostgreSQL 17, .* found are of 18\.4"):
        server._require_own_major()


def test_a_server_that_is_named_is_used_as_it_is(tmp_path):
    server = database_server("host=elsewhere", state_dir=tmp_path, bin_dir="")

    assert isinstance(server, NamedServer)
    assert (server.dsn, server.use().kind) == ("host=elsewhere", "given")
    server.release()
    assert list(tmp_path.iterdir()) == []
