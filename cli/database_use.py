"""The database as a command uses it that reads or changes what sessions recorded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from cli.errors import PreflightRefused
from persistence.database.connections import STATEMENT_WITHIN_S, Connection, Database
from persistence.database.migrate import migrations_in, pending
from persistence.faults import PersistenceError
from persistence.server.database_server import DatabaseServer, database_server
from persistence.server.embedded_server import EmbeddedServer
from settings.config import Config


@contextmanager
def recorded(config: Config, *, name: str, statement_s: float = STATEMENT_WITHIN_S) -> Iterator[Connection]:
    """A connection to the database with what sessions have recorded, whoever's server has it.

    Raises PreflightRefused when there is none, when it cannot be reached or has other tables than this
    program's, and for a PersistenceError of the block.
    """
    try:
        server = server_of(config)
        if isinstance(server, EmbeddedServer) and not server.status().is_made:
            raise PreflightRefused(f"nothing is recorded in {config.state_dir}/: no session has run there")
        database = Database(server.dsn)
        with used(server), closing(database.connect(name=name, statement_s=statement_s)) as connection:
            _require_tables(connection, server)
            yield connection
    except PersistenceError as error:
        raise PreflightRefused(str(error)) from error


def server_of(config: Config) -> DatabaseServer:
    """The server that a configuration names. Raises as ``database_server``."""
    return database_server(
        config.database.dsn, state_dir=Path(config.state_dir), bin_dir=config.database.bin_dir
    )


@contextmanager
def used(server: DatabaseServer) -> Iterator[None]:
    """It runs inside the block, and afterwards if it ran before for nobody of ours: for somebody's psql."""
    runs_for_others = _runs_unused(server)
    server.use()
    try:
        yield
    finally:
        if runs_for_others:
            server.leave()
        else:
            server.release()


def _runs_unused(server: DatabaseServer) -> bool:
    if not isinstance(server, EmbeddedServer):
        return False
    found = server.status()
    return found.is_running and not found.is_used


def _require_tables(connection: Connection, server: DatabaseServer) -> None:
    known = migrations_in()
    left = pending(connection, known)
    if len(left) == len(known):
        raise PreflightRefused(f"nothing is recorded in {Database(server.dsn)}: it has no tables")
    if left:
        raise PreflightRefused(
            "the tables are of an earlier version of this program: the next session brings them up to date,"
            " and so does python run.py db migrate"
        )
