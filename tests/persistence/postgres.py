"""A real PostgreSQL for the tests: one server a run, shared by its workers, and a database for each test.

``database`` is the DSN of a fresh one with all tables, ``empty_database`` of one without. A test that takes
neither starts no server.
"""

import fcntl
import os
import shutil
import tempfile
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from uuid import uuid4

import psutil
import psycopg2
import pytest
from psycopg2.extensions import make_dsn

from persistence.database.connections import connect
from persistence.database.migrate import migrate, migrations_in
from persistence.server.database_server import embedded_server
from persistence.server.embedded_server import EmbeddedServer

VARIABLE = "RL_TRADER_TESTS_STATE"  # the state folder of the server, from the run to its workers
TEMPLATE = "of_tests"
PREFIX = "rl-trader-tests-"
ALIVE = "run.lock"  # held by the run
OWNED = pytest.StashKey[tuple]()


def pytest_configure(config):
    if VARIABLE not in os.environ:
        for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
            _remove_if_left(left)
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        folder.chmod(0o711)  # the server's user has to get through where root runs the tests
        os.environ[VARIABLE] = str(folder)
        config.stash[OWNED] = folder, _mark_alive(folder)


def _mark_alive(folder):
    """A lock that ends with this process, and that nobody ever sees free before."""
    lock = (folder / "making").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    (folder / "making").rename(folder / ALIVE)
    return lock


def _remove_if_left(folder):
    """Put away the leavings of a run that was killed."""
    with suppress(FileNotFoundError, PermissionError), (folder / ALIVE).open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        _put_away(folder)


def _put_away(folder):
    if any(folder.glob("pg*")):
        server = embedded_server(folder, "")
        server.release()
        if server.status().is_running:
            return  # a worker of the run has not ended yet: the next run looks again
    shutil.rmtree(folder)


def pytest_unconfigure(config):
    """At the end of the run, not of a worker; the last of all its tests has let go by then."""
    folder, lock = config.stash.get(OWNED, (None, None))
    if folder is not None:
        os.environ.pop(VARIABLE)
        _put_away(folder)
        lock.close()


def pids_of_the_run() -> set[int]:
    """The processes of the server, which outlives each test that looks for what was left behind."""
    found = set()
    for file in Path(os.environ[VARIABLE]).glob("pg*/data/postmaster.pid"):
        pid = int(file.read_text().split()[0])
        found.add(pid)
        with suppress(psutil.NoSuchProcess):
            found |= {child.pid for child in psutil.Process(pid).children()}
    return found


@pytest.fixture(scope="session")
def postgres() -> EmbeddedServer:
    """The server of the run."""
    server = embedded_server(Path(os.environ[VARIABLE]), "")
    server.use()
    yield server
    server.leave()


@pytest.fixture(scope="session")
def administration(postgres):
    """A cursor that makes and drops databases, of which one that has the tables is there."""
    with closing(psycopg2.connect(make_dsn(postgres.dsn, dbname="postgres"))) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        with _alone(Path(os.environ[VARIABLE]) / "template.lock"):
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (TEMPLATE,))
            if not cursor.fetchone():
                # Nobody needs these databases after a power failure.
                cursor.execute("ALTER SYSTEM SET fsync = off")
                cursor.execute("SELECT pg_reload_conf()")
                cursor.execute(f"CREATE DATABASE {TEMPLATE}")
                with closing(connect(make_dsn(postgres.dsn, dbname=TEMPLATE), name="tests")) as made:
                    migrate(made, migrations_in())
        yield cursor


@contextmanager
def _alone(path: Path):
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def fresh_database(postgres, administration, template):
    name = f"test_{uuid4().hex[:12]}"
    administration.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    yield make_dsn(postgres.dsn, dbname=name)
    administration.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database(postgres, administration):
    """The DSN of a database of the test's own with all tables and no rows."""
    with fresh_database(postgres, administration, TEMPLATE) as dsn:
        yield dsn


@pytest.fixture
def empty_database(postgres, administration):
    """The DSN of a database of the test's own without a table."""
    with fresh_database(postgres, administration, "template0") as dsn:
        yield dsn
