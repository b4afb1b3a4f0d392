"""Whatever is killed while files are on their way into the database, each row of them is there once."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from benchmarks.recording_rig import kill_server
from persistence.recording.database import RecordingDatabase
from persistence.server.database_server import embedded_server
from tests.persistence.killed_recorder import StruckDatabase, record, wait_until
from tests.persistence.postgres import TEMPLATE, fresh_database
from tests.persistence.recorded_files import RecordedFiles, drains_of

REPOSITORY = Path(__file__).parents[3]
LIVES = (9, 20, 31, 42, 53)  # of a Recorder, in statements
STRIKES = (7, 14, 21)  # at the server: statements after the one before


@pytest.fixture
def undisturbed(postgres, administration):
    """A second database with all tables, to compare with."""
    with fresh_database(postgres, administration, TEMPLATE) as dsn:
        yield dsn


@pytest.fixture
def state_dir():
    """A state folder that the server's user gets through to where root runs the tests."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        yield Path(folder) / "state"


@pytest.fixture
def server(state_dir):
    """A server of the test's own, which may be killed."""
    server = embedded_server(state_dir, "")
    server.use()
    yield server
    server.release()


def test_a_recorder_that_is_killed_again_and_again_in_the_middle_writes_each_row_once(
    tmp_path, database, undisturbed
):
    files = RecordedFiles(tmp_path, parts=4)
    for _ in range(4):
        files.write_part()
    program = [sys.executable, "-m", "tests.persistence.killed_recorder", str(files.folder), database]

    ends = subprocess.run(
        [*program, *map(str, LIVES)], cwd=REPOSITORY, check=True, stdout=subprocess.PIPE, text=True
    )

    assert ends.stdout.split() == [str(-signal.SIGKILL)] * len(LIVES), "each was killed before it was done"
    record(files.folder, RecordingDatabase(database, state_dir=tmp_path, bin_dir=""))
    files.assert_each_row_once(database, undisturbed)


def test_a_server_that_is_killed_in_the_middle_and_stays_away_costs_no_row(state_dir, server, undisturbed):
    files = RecordedFiles(state_dir, parts=2 * len(STRIKES))
    database = StruckDatabase(server.dsn, state_dir, lambda: kill_server(server.status().data))
    drains = drains_of(files.folder, database)
    for drain in drains:
        drain.start()
    wait_until(drains, "ready")

    for statements in STRIKES:
        database.strike_in(statements)
        files.write_part()
        wait_until(drains, "down", are_enough=any)
        files.write_part()  # while it is away
        wait_until(drains, "down")
        server.use()
        wait_until(drains, "ready")

    for drain in drains:
        drain.stop(60.0)
    wait_until(drains, "stopped")
    files.assert_each_row_once(server.dsn, undisturbed)
