"""A database server with the sessions of two accounts, for commands that read it."""

from contextlib import closing
from types import SimpleNamespace

import pytest

from benchmarks.ledger_history import History
from cli.main import main
from persistence.database.connections import connect
from persistence.tape.outbox import TapeSource
from tests.persistence.postgres import TEMPLATE, fresh_database
from tests.persistence.recorded_session import record
from tests.persistence.tape_database import drain, lane_of, write_tape

OTHER = "loopback-0a1b2c3d"


@pytest.fixture(scope="module")
def recorded(postgres, administration, tmp_path_factory):
    """A server with two accounts, of which the state folder knows the first."""
    state_dir, elsewhere = tmp_path_factory.mktemp("state"), tmp_path_factory.mktemp("elsewhere")
    with (
        fresh_database(postgres, administration, TEMPLATE) as dsn,
        closing(connect(dsn, name="test")) as connection,
    ):
        history = History().trade(80)
        history.settle(history.tickers[0]).settle(history.tickers[1], 0)
        folder = record(connection, history, state_dir, batches=30)
        write_tape(folder, source=TapeSource(history.session, 0, 1))
        drain(lane_of(folder, history.account), connection)
        record(connection, History(2, account=OTHER).trade(3), elsewhere)
        flags = [f"--set=state_dir={state_dir}", f"--set=database.dsn={dsn}"]
        yield SimpleNamespace(connection=connection, flags=flags, history=history, state_dir=state_dir)


@pytest.fixture
def run(recorded, capsys):
    """A command on that server; its exit code, its output and its complaint."""

    def run(*argv):
        command, *rest = map(str, argv)
        code = main([command, *recorded.flags, *rest])
        return code, *capsys.readouterr()

    return run
