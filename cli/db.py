"""``db``: the database that all sessions are recorded in; its server, its tables, a copy of it."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Final

from cli.arguments import OneLineParser, add_config_flags, load_config, path_named
from cli.database_use import server_of, used
from cli.errors import CLEAN, ConfigurationError, PreflightRefused
from cli.output import say
from cli.running_session import find_running
from persistence.database.binaries import find_binaries
from persistence.database.connections import Database, transaction
from persistence.database.dump import dump
from persistence.database.migrate import migrate, migrations_in, pending
from persistence.faults import PersistenceError
from persistence.server.database_server import DatabaseServer
from persistence.server.embedded_server import EmbeddedServer
from settings.config import Config

WIDTH: Final = 10
WHAT: Final = {
    "status": "which server it is, whether it runs, and whether the tables are those of this program",
    "dsn": "how psql reaches it; starts the server, which runs on until a session or `db stop` ends it",
    "stop": "stop the server in the state folder, unless a session uses it",
    "dump": "write all of it to FILE: SQL where that ends in .sql, else the format of pg_restore",
    "migrate": "bring the tables to the version of this program; each session does so by itself",
}


def main(argv: list[str]) -> int:
    args = _arguments(argv)
    config = load_config(args).config
    try:
        server = server_of(config)
        COMMANDS[args.what](config, server, args.file)
    except PersistenceError as error:
        raise PreflightRefused(str(error)) from error
    return CLEAN


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = OneLineParser("db", "the database that all sessions are recorded in")
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = "\n".join(f"{name:<{WIDTH}} {about}" for name, about in WHAT.items())
    parser.add_argument("what", choices=WHAT, help="see below")
    parser.add_argument("file", metavar="FILE", type=path_named, nargs="?", help="of dump alone")
    add_config_flags(parser)
    args = parser.parse_args(argv)
    if (args.what == "dump") != (args.file is not None):
        raise ConfigurationError(
            "db dump: name the FILE to write"
            if args.file is None
            else f"db {args.what}: takes no file, and got {args.file}"
        )
    return args


def _status(config: Config, server: DatabaseServer, _file: Path | None) -> None:
    rows, is_running = _server_rows(config, server)
    if is_running:
        rows += _asked_rows(server.dsn)
    say(*(f"{name:<{WIDTH}} {text}" for name, text in rows))


def _server_rows(config: Config, server: DatabaseServer) -> tuple[list[tuple[str, str]], bool]:
    """The rows about the server, and whether it can be asked for more."""
    if not isinstance(server, EmbeddedServer):
        return [("server", f"{Database(server.dsn)}, named in database.dsn")], True
    found = server.status()
    runs = "runs" if found.is_running else "does not run; the next session starts it"
    if found.is_silent:
        runs = "runs and does not answer: it is frozen, or its disk stands still"
    if found.is_changing:
        runs = "is being started or stopped"
    where = f"{found.data}{'' if found.is_made else ' (not made yet)'}"
    rows = [
        ("server", f"PostgreSQL {found.programs.version} of this program, {runs}"),
        ("data", where),
        ("programs", str(found.programs.folder)),
        ("used by", _user(config) if found.is_used else "nobody"),
        ("dsn", server.dsn),
    ]
    return rows, found.is_running and not (found.is_changing or found.is_silent)


def _asked_rows(dsn: str) -> list[tuple[str, str]]:
    """The server's own rows."""
    known = migrations_in()
    with closing(Database(dsn).connect(name="db status")) as connection:
        left = pending(connection, known)
        with transaction(connection) as cursor:
            cursor.execute("SELECT pg_database_size(current_database()), version()")
            (told,) = cursor.fetchall()
    tables = f"made by {len(known) - len(left)} of {len(known)} migrations"
    to_come = f"; to come: {', '.join(map(str, left))}" if left else ""
    return [
        ("size", f"{told[0] / 1e6:,.1f} MB"),
        ("version", str(told[1]).partition(",")[0]),
        ("tables", tables + to_come),
    ]


def _dsn(_config: Config, server: DatabaseServer, _file: Path | None) -> None:
    server.use()
    server.leave()
    say(server.dsn)


def _stop(config: Config, server: DatabaseServer, _file: Path | None) -> None:
    if not isinstance(server, EmbeddedServer):
        raise PreflightRefused(f"{Database(server.dsn)} is not of this program: stop it where it was started")
    found = server.status()
    if found.is_changing:
        raise PreflightRefused("it is being started or stopped; try again in a moment")
    if not found.is_running:
        say("it does not run")
        return
    server.release()
    if server.status().is_running:
        raise PreflightRefused(f"{_user(config)} uses the database: stop that first")
    say("stopped")


def _dump(config: Config, server: DatabaseServer, file: Path | None) -> None:
    assert file is not None  # by the arguments
    with used(server):
        dump(server.dsn, file, find_binaries(config.database.bin_dir))
    say(f"{file}: {file.stat().st_size:,} bytes")


def _migrate(_config: Config, server: DatabaseServer, _file: Path | None) -> None:
    with used(server), closing(Database(server.dsn).connect(name="db migrate")) as connection:
        known = migrations_in()
        applied = migrate(connection, known)
    nothing = [f"nothing to do: {len(known)} migrations are applied"]
    say(*([f"applied {each}" for each in applied] or nothing))


def _user(config: Config) -> str:
    running = find_running(config)
    return f"session {running.session} (process {running.pid})" if running else "another command"


COMMANDS: Final[Mapping[str, Callable[[Config, DatabaseServer, Path | None], None]]] = {
    "status": _status,
    "dsn": _dsn,
    "stop": _stop,
    "dump": _dump,
    "migrate": _migrate,
}
