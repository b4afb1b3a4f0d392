"""``export``: one session as files for other programs, and its realised trades for an accountant."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Final

from cli.arguments import OneLineParser, add_config_flags, load_config
from cli.database_use import recorded
from cli.errors import CLEAN, PreflightRefused
from cli.finished_file import whole_file, write_whole
from cli.one_session import add_session_flags, one_session
from cli.output import say
from persistence.faults import PersistenceError
from persistence.session_export import TABLES, SessionRows
from persistence.single_writer import make_private_folder
from reports.accounting import realised_trades, write_realised
from reports.parquet_files import PyarrowMissing, write_parquet

FORMATS: Final = ("csv", "parquet")
REALISED: Final = "realised_trades.csv"


def main(argv: list[str]) -> int:
    parser = OneLineParser("export", "one session as CSV or Parquet files, and its realised trades")
    add_session_flags(parser)
    parser.add_argument("--format", choices=FORMATS, default="csv", help="of the tables (csv)")
    parser.add_argument("--to", metavar="DIR", type=Path, help="written there (export-SESSION)")
    add_config_flags(parser)
    args = parser.parse_args(argv)
    config = load_config(args).config
    with recorded(config, name="export") as connection:
        session = one_session(connection, config, args)
        folder: Path = args.to or Path(f"export-{session.session}")
        _make(folder)
        rows = SessionRows(connection, session)
        for table in TABLES:
            _export(rows, table, folder / f"{table}.{args.format}", args.format)
        trades = io.StringIO()
        count = write_realised(realised_trades(rows), trades)
        write_whole(folder / REALISED, trades.getvalue().encode())
        say(f"{folder / REALISED}: {count:,} rows")
    return CLEAN


def _export(rows: SessionRows, table: str, path: Path, form: str) -> None:
    try:
        with whole_file(path) as file:
            is_csv = form == "csv"
            count = rows.write_csv(table, file) if is_csv else write_parquet(rows.pages(table), file)
    except PyarrowMissing as error:
        raise PreflightRefused(str(error)) from error
    say(f"{path}: {count:,} rows")


def _make(folder: Path) -> None:
    try:
        make_private_folder(folder)
    except (OSError, PersistenceError) as error:
        raise PreflightRefused(f"--to {folder}: cannot be made: {error}") from error
