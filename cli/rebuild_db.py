"""``rebuild-db``: the tables of one account built anew from its ledgers on disk; no other is touched."""

from __future__ import annotations

import os
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cli.accounts import account_of
from cli.arguments import OneLineParser, add_config_flags, load_config
from cli.database_use import server_of, used
from cli.errors import CLEAN, PreflightRefused
from cli.output import say
from persistence.database.connections import Connection, Database
from persistence.database.migrate import migrate, migrations_in
from persistence.faults import PersistenceError
from persistence.ledger.lane import LedgerLane
from persistence.ledger.sources import LedgerSources
from settings.config import Config

STATEMENT_WITHIN_S: Final = 3_600.0  # the rows of years go in one statement


def main(argv: list[str]) -> int:
    parser = OneLineParser("rebuild-db", "build an account's tables anew from its ledgers on disk")
    add_config_flags(parser)
    parser.add_argument(
        "--may-lose", action="store_true", help="throw events away that the database has and no ledger"
    )
    args = parser.parse_args(argv)
    config = load_config(args).config
    account = account_of(config, os.environ)
    try:
        beginnings = _beginnings(account.folder)
        if not beginnings:
            raise PreflightRefused(f"{account.folder} has no ledger, so there is nothing to build from")
        began_at = time.monotonic()
        count = _rebuild(config, account.folder, may_lose=args.may_lose)
    except PersistenceError as error:
        raise PreflightRefused(str(error)) from error
    seconds = time.monotonic() - began_at
    say(f"{account.folder.name}, {account.because}: {count:,} events written anew in {seconds:.1f} s")
    say(*beginnings)
    return CLEAN


def _rebuild(config: Config, folder: Path, *, may_lose: bool) -> int:
    server = server_of(config)
    with used(server), closing(_connect(server.dsn)) as connection:
        migrate(connection, migrations_in())
        with closing(LedgerLane(folder, account=folder.name, venue=config.execution.venue)) as lane:
            return lane.rebuild(connection, may_lose=may_lose)


def _connect(dsn: str) -> Connection:
    return Database(dsn).connect(name="rebuild-db", statement_s=STATEMENT_WITHIN_S)


def _beginnings(folder: Path) -> list[str]:
    """From when each file can be built from."""
    with closing(LedgerSources(folder)) as sources:
        return [
            _beginning(writer, reader.first_seq, sources.event(writer, reader.first_seq).at_us)
            for writer, reader in sources.look().items()
            if reader.last_seq
        ]


def _beginning(writer: str, first_seq: int, at_us: int) -> str:
    since = datetime.fromtimestamp(at_us / 1_000_000, tz=UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    lost = f"; events 1 to {first_seq - 1} are in no file any more" if first_seq > 1 else ""
    return f"{writer:<14} from {since} on{lost}"
