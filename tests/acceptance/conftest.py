"""What the sessions of these tests share."""

import os

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
