"""A session that runs is told up to now, by whoever reads what was recorded of it."""

import pytest

from cli.one_session import have_written
from settings.config import Config
from tests.cli.test_running_session import write
from tests.web.conftest import serve


@pytest.fixture
def config(tmp_path):
    return Config.model_validate({"state_dir": str(tmp_path)})


@pytest.fixture
def page(config, session_elsewhere):
    """That of session s1, which runs."""
    served = serve()
    write(config, session_elsewhere(config).pid, port=served.server.port)
    yield served
    served.server.stop()


def test_the_session_that_runs_is_asked_to_write_what_is_there(config, page, capsys):
    have_written(config, "s1")

    assert (page.trader.actions, capsys.readouterr().err) == (["flush"], "")


def test_a_session_that_is_over_needs_nobody(config, page):
    have_written(config, "s0")

    assert page.trader.actions == []


def test_what_cannot_be_written_keeps_nobody_from_reading(config, page, capsys):
    page.trader.refuses = "7 events of the ledger wait: the database is down"

    have_written(config, "s1")

    assert (page.trader.actions, capsys.readouterr().err) == (["flush"], "")
