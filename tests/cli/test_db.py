"""``db`` says and does what it is asked to with the one server, and ends nobody's session."""

import os

import psycopg2
import pytest
from psycopg2.extensions import make_dsn

from cli.errors import CLEAN, CONFIGURATION, PREFLIGHT_REFUSED
from cli.main import main
from tests.persistence.postgres import VARIABLE


@pytest.fixture
def db(capsys, monkeypatch):
    """Run the command; its exit code, its output and its complaint."""
    monkeypatch.delenv("KALSHI_DB_DSN", raising=False)

    def run(*argv, **settings):
        code = main(["db", *map(str, argv), *(f"--set={key}={value}" for key, value in settings.items())])
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def running(postgres):
    """The settings of the server that runs, as if a session used it."""
    return {"state_dir": os.environ[VARIABLE]}


def at(dsn):
    return {"database.dsn": dsn}


def test_a_status_starts_nothing(db, tmp_path):
    code, told, _ = db("status", state_dir=tmp_path / "state")

    assert code == CLEAN
    assert "of this program, does not run; the next session starts it" in told
    assert f"{tmp_path}/state/pg18/data (not made yet)" in told
    assert list(tmp_path.iterdir()) == []


def test_a_status_names_the_server_its_data_and_its_users(db, running):
    code, told, _ = db("status", **running)

    assert code == CLEAN
    lines = dict(line.split(maxsplit=1) for line in told.splitlines())
    assert lines["server"].endswith("of this program, runs")
    assert lines["data"] == f"{running['state_dir']}/pg18/data"
    assert "another command" in told


def test_a_status_tells_a_server_that_does_not_answer_without_asking_it_more(db, running, monkeypatch):
    tries = []

    def connect(*_, **__):
        tries.append("timeout expired")
        raise psycopg2.OperationalError(tries[-1])

    monkeypatch.setattr(psycopg2, "connect", connect)
    code, told, _ = db("status", **running)

    assert code == CLEAN
    assert "of this program, runs and does not answer: it is frozen, or its disk stands still\n" in told
    assert len(tries) == 1


def test_the_dsn_is_what_psql_takes_and_nothing_else(db, running, postgres):
    assert db("dsn", **running) == (CLEAN, f"{postgres.dsn}\n", "")


def test_a_server_that_is_used_is_not_stopped(db, running, postgres):
    code, told, complaint = db("stop", **running)

    assert (code, told) == (PREFLIGHT_REFUSED, "")
    assert complaint == "another command uses the database: stop that first\n"
    assert postgres.status().is_running


def test_a_server_that_is_being_started_is_told_and_not_stopped(db, running, postgres):
    with postgres._users.changing():
        told, refused = db("status", **running)[1], db("stop", **running)

    assert "of this program, is being started or stopped" in told
    assert refused == (
        PREFLIGHT_REFUSED, "", "it is being started or stopped; try again in a moment\n"
    )  # fmt: skip


def test_there_is_nothing_to_stop_where_none_runs(db, tmp_path):
    assert db("stop", state_dir=tmp_path) == (CLEAN, "it does not run\n", "")


def test_a_server_of_somebody_else_is_not_stopped(db):
    code, _, complaint = db("stop", **at("host=h user=u"))

    assert (code, complaint) == (
        PREFLIGHT_REFUSED,
        "database host=h user=u is not of this program: stop it where it was started\n",
    )


def test_a_named_server_is_migrated_and_its_tables_are_told(db, empty_database):
    assert "; to come: 0001_" in db("status", **at(empty_database))[1]
    assert db("migrate", **at(empty_database))[0] == CLEAN

    assert db("migrate", **at(empty_database))[1].startswith("nothing to do: ")
    code, told, _ = db("status", **at(empty_database))
    assert code == CLEAN
    assert "named in database.dsn" in told
    assert "\nversion    PostgreSQL " in told
    assert "to come" not in told


@pytest.mark.parametrize(("name", "begins"), [("copy.sql", b"--\n-- PostgreSQL"), ("copy.dump", b"PGDMP")])
def test_a_dump_is_sql_or_the_servers_own_format_and_private(db, empty_database, tmp_path, name, begins):
    code, told, _ = db("dump", tmp_path / name, **at(empty_database))

    assert code == CLEAN
    assert told.startswith(f"{tmp_path / name}: ")
    assert (tmp_path / name).read_bytes().startswith(begins)
    assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == [name]


def test_a_dump_that_fails_leaves_the_copy_of_before(db, postgres, tmp_path):
    (tmp_path / "copy.sql").write_text("of yesterday")

    code, _, complaint = db("dump", tmp_path / "copy.sql", **at(make_dsn(postgres.dsn, dbname="missing")))

    assert code == PREFLIGHT_REFUSED
    assert complaint.startswith("pg_dump: ")
    assert 'database "missing" does not exist' in complaint
    assert (tmp_path / "copy.sql").read_text() == "of yesterday"
    assert [each.name for each in tmp_path.iterdir()] == ["copy.sql"]


def test_a_database_that_is_not_there_is_one_line_without_the_password(db, tmp_path):
    code, told, complaint = db("migrate", **at(f"host={tmp_path} user=u password=hunter2"))

    assert (code, told) == (PREFLIGHT_REFUSED, "")
    assert complaint.startswith(f"database host={tmp_path} user=u: ")
    assert len(complaint.splitlines()) == 1
    assert "hunter2" not in complaint


def test_the_environment_names_the_server_and_a_flag_lies_over_it(db, monkeypatch, capsys):
    monkeypatch.setenv("KALSHI_DB_DSN", "postgresql://u:hunter2@elsewhere/d")
    assert "elsewhere" in db("stop")[2]
    assert "host=h" in db("stop", **at("host=h"))[2]

    main(["show-config"])
    shown = capsys.readouterr().out
    assert "postgresql://u:***@elsewhere/d" in shown
    assert "# KALSHI_DB_DSN" in shown


def test_an_environment_that_names_no_server_is_refused_without_being_shown(db, monkeypatch):
    monkeypatch.setenv("KALSHI_DB_DSN", "hunter2")

    code, _, complaint = db("status")

    assert code == CONFIGURATION
    assert (
        complaint
        == "KALSHI_DB_DSN: database.dsn: must be postgresql://user@host:5432/name or host=… dbname=…\n"
    )


@pytest.mark.parametrize(
    ("argv", "line"),
    [
        (["dump"], "db dump: name the FILE to write"),
        (["stop", "now"], "db stop: takes no file, and got now"),
        (["statsu"], "invalid choice: 'statsu'"),
        ([], "the following arguments are required: what"),
    ],
)
def test_a_mistake_in_the_words_is_one_line(db, argv, line):
    code, told, complaint = db(*argv)

    assert (code, told) == (CONFIGURATION, "")
    assert line in complaint
    assert len(complaint.splitlines()) == 1


def test_programs_that_are_not_there_are_named_by_their_key(db, tmp_path):
    code, _, complaint = db("status", **{"state_dir": tmp_path, "database.bin_dir": tmp_path})

    assert (code, complaint) == (PREFLIGHT_REFUSED, f"database.bin_dir: {tmp_path} has no initdb\n")
