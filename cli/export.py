"""``export``: one session as files for other programs, and its realised trades for an accountant."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final

from cli.arguments import OneLineParser, add_config_flags, load_config, path_named
from cli.database_use import recorded
from cli.errors import CLEAN, PreflightRefused
from cli.finished_file import whole_file, write_whole
from cli.one_session import add_session_flags, have_written, one_session
from cli.output import complain, say
from persistence.faults import PersistenceError
from persistence.raw_archive import raw_files, read_raw
from persistence.sessions.export import TABLES, SessionRows
from persistence.single_writer import make_private_folder
from persistence.tape.reader import TapeReader
from reports.accounting import COLUMNS as REALISED_COLUMNS
from reports.accounting import realised_trades, write_realised
from reports.column_words import columns_page
from reports.csv_files import write_csv
from reports.parquet_files import PyarrowMissing, write_parquet
from reports.tape_tables import BOOK_COLUMNS, TRADE_COLUMNS, PiecesTable, pages

FORMATS: Final = ("csv", "parquet")
REALISED: Final = "realised_trades.csv"
COLUMNS: Final = "COLUMNS.md"
TAPE_TABLES: Final = {
    "book_changes": (BOOK_COLUMNS, PiecesTable.book),
    "public_trades": (TRADE_COLUMNS, PiecesTable.trades),
}


def main(argv: list[str]) -> int:
    parser = OneLineParser("export", "one session as CSV or Parquet files, and its realised trades")
    add_session_flags(parser)
    parser.add_argument("--format", choices=FORMATS, default="csv", help="of the tables (csv)")
    parser.add_argument("--to", metavar="DIR", type=path_named, help="written there (export-SESSION)")
    parser.add_argument(
        "--tape", action="store_true", help="also each change of a book and each public trade; can be long"
    )
    parser.add_argument(
        "--raw",
        action="store_true",
        help="also the frames as they came, if database.archive_raw kept them",
    )
    add_config_flags(parser)
    args = parser.parse_args(argv)
    config = load_config(args).config
    have_written(config, args.session)
    with recorded(config, name="export") as connection:
        session = one_session(connection, config, args)
        folder: Path = args.to or Path(f"export-{session.session}")
        _make(folder)
        rows = SessionRows(connection, session)
        is_csv = args.format == "csv"
        for table in TABLES:
            write = partial(rows.write_csv, table) if is_csv else partial(write_parquet, rows.pages(table))
            _export(folder / f"{table}.{args.format}", write)
        if args.tape:
            _export_tape(TapeReader(connection, session.account), session.session, folder, args.format)
        if args.raw:
            _export_raw(Path(config.state_dir) / session.account, session.session, folder)
        trades = io.StringIO()
        count = write_realised(realised_trades(rows), trades)
        write_whole(folder / REALISED, trades.getvalue().encode())
        say(f"{folder / REALISED}: {count:,} rows")
        files = list(_files(rows, args.format, has_tape=args.tape))
        write_whole(folder / COLUMNS, columns_page(session.session, session.account, files).encode())
        say(f"{folder / COLUMNS}: what each column of these files is, and its unit")
    return CLEAN


def _files(rows: SessionRows, form: str, *, has_tape: bool) -> Iterator[tuple[str, Sequence[str]]]:
    """Every file of the export with its columns."""
    for table in TABLES:
        yield f"{table}.{form}", rows.columns(table)
    for name, (columns, _) in TAPE_TABLES.items() if has_tape else ():
        yield f"{name}.{form}", [column.name for column in columns]
    yield REALISED, REALISED_COLUMNS


def _export_tape(reader: TapeReader, session: str, folder: Path, form: str) -> None:
    sources = [tape.source for tape in reader.tapes(session)]
    write = write_csv if form == "csv" else write_parquet
    for name, (columns, rows_of) in TAPE_TABLES.items():
        tapes = ((source, reader.pieces(source)) for source in sources)
        _export(folder / f"{name}.{form}", partial(write, pages(tapes, columns, rows_of)))
    for gap in dict.fromkeys(reader.damaged):
        complain(f"rows {gap.first_no} to {gap.last_no} of a tape are left out: {gap.why}")


def _export_raw(account_dir: Path, session: str, folder: Path) -> None:
    found = raw_files(account_dir, session)
    for feed, paths in found.items():
        _export(folder / f"raw_{feed}.jsonl", partial(_write_lines, paths))
    if not found:
        complain(f"no frames of {session} are kept in {account_dir}: database.archive_raw was not set")


def _write_lines(paths: Sequence[Path], file: BinaryIO) -> int:
    count = 0
    for path in paths:
        for line in read_raw(path):
            file.write(line + b"\n")
            count += 1
    return count


def _export(path: Path, write: Callable[[BinaryIO], int]) -> None:
    try:
        with whole_file(path) as file:
            count = write(file)
    except PyarrowMissing as error:
        raise PreflightRefused(str(error)) from error
    say(f"{path}: {count:,} rows")


def _make(folder: Path) -> None:
    try:
        make_private_folder(folder)
    except (OSError, PersistenceError) as error:
        raise PreflightRefused(f"--to {folder}: cannot be made: {error}") from error
