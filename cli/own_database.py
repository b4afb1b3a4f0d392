"""The database server of a session, before its actors start and after they have ended.

In between the Recorder alone starts it and speaks to it. What it needs is imported late: the actors are
forked from this process, and most of them have no use for it.
"""

from __future__ import annotations

from pathlib import Path

from cli.child_check import seen_by_child
from cli.errors import PreflightRefused
from settings.config import Config

_LEFT_WITHIN_S = 2.0  # what is left to actors that were killed


def check_database(config: Config) -> None:
    """Raises PreflightRefused when our own server could never run here, with the key to set.

    A server that is named, or one that is down, is no reason: the ledgers on disk keep what it is to have.
    """
    problem = seen_by_child(lambda: _problem(config))
    if problem:
        raise PreflightRefused(problem)


def _problem(config: Config) -> str:
    from persistence.faults import DiskFull, PersistenceError
    from persistence.server.database_server import database_server

    try:
        database_server(
            config.database.dsn, state_dir=Path(config.state_dir), bin_dir=config.database.bin_dir
        ).prepare()
    except DiskFull:
        return ""  # it passes once somebody makes room
    except PersistenceError as error:
        return str(error)
    return ""


def stop_database(config: Config) -> str:
    """Stop our own server unless somebody else uses it; what went wrong, as a rule nothing."""
    from persistence.faults import PersistenceError
    from persistence.server.database_server import database_server

    try:
        database_server(
            config.database.dsn, state_dir=Path(config.state_dir), bin_dir=config.database.bin_dir
        ).release(patience_s=_LEFT_WITHIN_S)
    except PersistenceError as error:
        return str(error)
    return ""
