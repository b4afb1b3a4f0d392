"""The fixtures that the sessions of these tests share."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg2.extensions import make_dsn

from tests.persistence.postgres import TEMPLATE


@pytest.fixture(scope="package", autouse=True)
def _recorded_by_the_server_of_the_run(postgres, administration):
    """One database for all of them, as many sessions share one: no session has to make a server."""
    name = f"acceptance_{os.getpid()}"
    administration.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY file_copy")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KALSHI_DB_DSN", make_dsn(postgres.dsn, dbname=name))
        yield
    administration.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def own_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for a session with a server of its own, which has another user where root runs the tests."""
    monkeypatch.delenv("KALSHI_DB_DSN")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)
