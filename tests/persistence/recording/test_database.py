"""Several threads record into one database, whose server and tables the first of them brings up."""

from __future__ import annotations

from contextlib import closing

from persistence.recording import database as recording_database
from persistence.recording.database import RecordingDatabase
from persistence.server.embedded_server import Started
from tests.persistence.ledger_database import rows


def test_the_first_connection_finds_all_tables(empty_database, tmp_path):
    database = RecordingDatabase(empty_database, state_dir=tmp_path, bin_dir="")

    with closing(database.connect(name="ledger", synchronous=True)) as connection:
        assert rows(connection, "SELECT count(*) FROM fill") == [(0,)]
        assert rows(connection, "SHOW synchronous_commit") == [("on",)]
    with closing(database.connect(name="tape", synchronous=False)) as connection:
        assert rows(connection, "SHOW synchronous_commit") == [("off",)]
    assert (database.kind, database.started.kind) == ("server", "given")


def test_how_the_server_came_to_run_is_told_by_the_thread_that_started_it(database, tmp_path, monkeypatch):
    kinds = ["cold", "adopted", "recovered", "adopted"]

    class Server:
        dsn = database

        def use(self):
            return Started(kinds.pop(0), 0.1)

    server = Server()
    monkeypatch.setattr(recording_database, "database_server", lambda *_, **__: server)
    recorder = RecordingDatabase("", state_dir=tmp_path, bin_dir="")
    told = []
    while kinds:
        recorder.connect(name="ledger", synchronous=True).close()
        told.append(recorder.started.kind)

    assert told == ["cold", "cold", "recovered", "recovered"]
