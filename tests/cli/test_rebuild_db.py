"""``rebuild-db`` builds what is in the ledgers, and says of which account and from when."""

from __future__ import annotations

from contextlib import closing

import pytest

from benchmarks.ledger_history import ACCOUNT, History
from cli.accounts import remember
from cli.errors import PreflightRefused
from cli.rebuild_db import main
from persistence.database.connections import connect
from settings.config import Config
from tests.persistence.ledger_database import checksums, fill_tables, rows


@pytest.fixture
def flags(tmp_path, database):
    remember(Config(state_dir=str(tmp_path)), ACCOUNT)
    return ["--set", f"state_dir={tmp_path}", "--set", f"database.dsn={database}"]


def test_the_tables_are_those_of_the_ledgers_again(flags, tmp_path, database, capsys):
    folder = History().trade(20).write(tmp_path / ACCOUNT)
    with closing(connect(database, name="test")) as connection:
        fill_tables(connection, folder)
        before = checksums(connection)
        rows(connection, "DELETE FROM fill RETURNING trade_id")

        assert main(flags) == 0

        assert checksums(connection) == before
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith(f"{ACCOUNT}, the account of the last session of loopback: 1")
    assert "events written anew in" in said[0]
    assert "OrderManager   from 2026-11-30 23:22:55 UTC on" in said


def test_an_account_without_a_ledger_is_refused(flags):
    with pytest.raises(PreflightRefused, match="has no ledger"):
        main(flags)


def test_a_database_that_is_not_there_is_refused_with_its_sentence(flags, tmp_path):
    History().trade(1).write(tmp_path / ACCOUNT)

    with pytest.raises(PreflightRefused, match="/nonexistent"):
        main([*flags, "--set", "database.dsn=host=/nonexistent"])
