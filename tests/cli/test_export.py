"""``export`` hands the rows of the tables on, and realised trades that add up to the ledger."""

import csv
from decimal import Decimal

import pytest
from pyarrow import parquet

from benchmarks.ledger_history import ACCOUNT, SESSION
from cli.errors import CLEAN, PREFLIGHT_REFUSED
from tests.persistence.ledger_database import rows

TABLES = {
    "orders": "SELECT * FROM order_life WHERE session = %s ORDER BY recorded_us, order_key",
    "fills": "SELECT * FROM fill WHERE session = %s ORDER BY outbox_id, seq",
    "positions": "SELECT * FROM position_change WHERE session = %s ORDER BY outbox_id, seq, ticker",
    "settlements": "SELECT * FROM settlement WHERE session = %s ORDER BY seq",
    "balances": "SELECT * FROM balance WHERE session = %s ORDER BY seq",
}


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
    for name, question in TABLES.items():
        stored, file = rows(recorded.connection, question, SESSION), tmp_path / "x" / f"{name}.{form}"
        if form == "csv":
            _, *found = csv.reader(file.open())
            assert found == [[in_words(value) for value in row] for row in stored]
        else:
            found = parquet.read_table(file).to_pylist()
            assert [tuple(row.values()) for row in found] == stored
        assert f"{file}: {len(stored)} rows" in told.splitlines()


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
