"""The page about the database names what is in it, and its examples work."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks.ledger_history import ACCOUNT, History
from persistence.database.connections import connect
from tests.persistence.ledger_database import fill_tables, rows

PAGE = (Path(__file__).parents[3] / "docs" / "database.md").read_text()
LEDGER = PAGE.split("## What is in it\n")[1].split("\n## ")[0]
OTHER = "loopback-0a1b2c3d"
EXAMPLES = re.findall(r"```sql\n(.*?)```", LEDGER, re.DOTALL)


@pytest.fixture
def filled(database, tmp_path):
    with closing(connect(database, name="test")) as connection:
        fill_tables(connection, History().trade(60).write(tmp_path / ACCOUNT))
        yield connection


def test_every_example_of_the_page_answers(filled):
    assert len(EXAMPLES) > 6
    for example in EXAMPLES:
        assert rows(filled, example.replace("%", "%%")), example


def test_examples_about_markets_and_orders_keep_accounts_apart(filled, tmp_path):
    history = History(account=OTHER).trade(60)  # with the same orders in the same markets
    fill_tables(filled, history.write(tmp_path / OTHER), OTHER)
    examples = [each for each in EXAMPLES if "FROM pnl_by_market" in each or "FROM positions" in each]
    (of_one_order,) = (each for each in EXAMPLES if "FROM order_events" in each)

    told = [[account for account, *_ in rows(filled, each)] for each in examples]
    assert [sorted(set(accounts)) for accounts in told] == [sorted([ACCOUNT, OTHER])] * 2
    assert [accounts == sorted(accounts) for accounts in told] == [True] * 2
    assert len({account for account, *_ in rows(filled, of_one_order)}) == 1


def test_the_page_names_every_table_and_view(filled):
    there = rows(
        filled,
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relkind IN ('r', 'p', 'v') AND NOT relispartition",
    )

    assert sorted(name for (name,) in there if f"`{name}`" not in PAGE) == []


def test_every_table_and_view_says_in_the_database_what_it_is(filled):
    silent = rows(
        filled,
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relkind IN ('r', 'p', 'v') AND NOT relispartition"
        " AND obj_description(oid, 'pg_class') IS NULL AND relname <> 'schema_migration'",
    )

    assert silent == []
