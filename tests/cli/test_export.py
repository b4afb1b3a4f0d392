"""``export`` hands the rows of the tables on, and realised trades that add up to the ledger."""

import csv
import re
from decimal import Decimal

import pytest
from pyarrow import parquet

from benchmarks.ledger_history import ACCOUNT, SESSION
from cli.errors import CLEAN, PREFLIGHT_REFUSED
from persistence.database.connections import transaction
from tests.persistence.ledger_database import rows

TABLES = {
    "orders": "order_life",
    "fills": "fill",
    "positions": "position_change",
    "settlements": "settlement",
    "balances": "balance",
}
"""By the file; each of its rows is one of the table."""
ADDED = {"order", "action", "is_ours"}  # of a fill: what its order is called, and asked for


def stored_rows(connection, table):
    """As an export has them: the id of a file in hex, as the views write it."""
    with transaction(connection) as cursor:
        cursor.execute(f"SELECT * FROM {table} WHERE session = %s", (SESSION,))
        names = [each.name for each in cursor.description]
        found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    for row in found:
        for name in row.keys() & {"outbox_id", "ledger_id"}:
            number = row.pop(name)
            row[name.removesuffix("_id")] = f"{number % 2**64:016x}"
    return found


def in_words(value):
    """As PostgreSQL writes it into CSV."""
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, list):
        return f"{{{','.join(map(str, value))}}}"
    return "" if value is None else str(value)


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_the_rows_of_an_export_are_those_of_the_tables(run, recorded, tmp_path, form):
    code, told, _ = run("export", SESSION, "--format", form, "--to", tmp_path / "x")

    assert code == CLEAN
    for name, table in TABLES.items():
        stored, file = stored_rows(recorded.connection, table), tmp_path / "x" / f"{name}.{form}"
        if form == "csv":
            found = list(csv.DictReader(file.open()))
            stored = [{column: in_words(value) for column, value in row.items()} for row in stored]
        else:
            found = parquet.read_table(file).to_pylist()
        kept = [{column: row[column] for column in stored[0]} for row in found]
        assert sorted(kept, key=str) == sorted(stored, key=str)
        assert found[0].keys() - stored[0].keys() <= ADDED
        assert f"{file}: {len(stored)} rows" in told.splitlines()


def test_a_fill_bears_the_name_and_the_action_of_its_order_as_the_view_has_them(run, recorded, tmp_path):
    run("export", SESSION, "--to", tmp_path)

    found = csv.DictReader((tmp_path / "fills.csv").open())
    told = [(row["trade_id"], row["order"], row["action"]) for row in found]
    question = 'SELECT trade_id, "order", action FROM fills WHERE session = %s'
    assert sorted(told) == sorted(rows(recorded.connection, question, SESSION))
    assert all(name.startswith("order_") for _, name, _ in told)


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_every_column_of_an_export_is_explained_beside_it(run, tmp_path, form):
    run("export", SESSION, "--format", form, "--tape", "--to", tmp_path)

    words = (tmp_path / "COLUMNS.md").read_text()
    for file in tmp_path.iterdir():
        if file.suffix == ".csv":
            columns = next(csv.reader(file.open()))
        elif file.suffix == ".parquet":
            columns = parquet.read_schema(file).names
        else:
            continue
        section = words.partition(f"## {file.name}: ")[2].partition("## ")[0]
        assert re.findall(r"^\| `([^`]*)` \| .+ \|$", section, re.MULTILINE) == columns


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_the_tape_is_exported_on_demand(run, recorded, tmp_path, form):
    run("export", SESSION, "--format", form, "--tape", "--to", tmp_path)

    ((changes,),) = rows(
        recorded.connection, "SELECT sum(changes) FROM tape_chunk WHERE session = %s", SESSION
    )
    file = tmp_path / f"book_changes.{form}"
    found = list(csv.DictReader(file.open())) if form == "csv" else parquet.read_table(file).to_pylist()
    assert [row["what"] for row in found].count("change") == changes > 0
    assert (tmp_path / f"public_trades.{form}").exists()


def test_an_export_has_each_decision_that_wanted_an_order(run, recorded, tmp_path):
    run("export", SESSION, "--to", tmp_path)

    found = list(csv.DictReader((tmp_path / "decisions.csv").open()))
    refused = [row for row in found if row["refused_by"] == "OrderManager"]
    assert len(found) - len(refused) == 80
    ((count,),) = rows(recorded.connection, "SELECT count(*) FROM refusal WHERE session = %s", SESSION)
    assert len(refused) == count
    assert all(row["batch_no"] and row["batch_row"] for row in found)


def test_realised_trades_add_up_to_the_ledger(run, recorded, tmp_path):
    run("export", SESSION, "--to", tmp_path)

    found = list(csv.DictReader((tmp_path / "realised_trades.csv").open()))
    ((realised, fees),) = rows(
        recorded.connection,
        "SELECT sum(realised), sum(fees) FROM positions WHERE account = %s",
        ACCOUNT,
    )
    assert sum(Decimal(row["profit_before_fees"]) for row in found) == realised
    assert sum(Decimal(row["fees"]) for row in found) == fees
    for row in found:
        gross = Decimal(row["proceeds"]) - Decimal(row["cost"])
        assert gross == Decimal(row["profit_before_fees"])
        assert gross - Decimal(row["fees"]) == Decimal(row["profit_after_fees"])


def test_files_of_an_export_are_for_their_owner(run, tmp_path):
    run("export", SESSION, "--to", tmp_path / "x")

    assert (tmp_path / "x").stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in (tmp_path / "x").iterdir()} == {0o600}
    assert not [file for file in (tmp_path / "x").iterdir() if file.suffix == ".new"]


def test_parquet_without_its_package_is_one_line(run, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)

    code, _, complaint = run("export", SESSION, "--format", "parquet", "--to", tmp_path / "x")

    assert code == PREFLIGHT_REFUSED
    assert complaint == "Parquet needs the package pyarrow (the extra [export]): pip install pyarrow\n"
