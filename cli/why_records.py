"""The decisions on a market out of an account's files, and out of the database where those do not do."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from cli.database_use import recorded as recorded_database
from cli.errors import PreflightRefused
from persistence.decisions.chunks import accounts_of, latest_on
from persistence.decisions.records import Older, records_of
from settings.config import Config
from web.why_facts import Recorded


def recorded_in(folder: Path, ticker: str, *, session: str, older: Older = lambda: iter(())) -> Recorded:
    """The records in the account's files, and behind them ``older``: the batches that are in no file any
    more."""
    found = records_of(folder, ticker, session=session, older=older)
    return Recorded(found.made, found.fates, found.batches, found.is_whole, found.notes)


def recorded_anywhere(config: Config, folder: Path, ticker: str, *, session: str, least: int) -> Recorded:
    """The same; the database is asked too where the files have fewer than ``least`` decisions."""
    found = recorded_in(folder, ticker, session=session)
    if len(found.made) >= least or not found.is_whole:
        return found
    try:
        with recorded_database(config, name="why") as connection:
            older = partial(latest_on, ticker, connection, folder.name, session)
            return recorded_in(folder, ticker, session=session, older=older)
    except PreflightRefused as refused:
        return replace(found, notes=[*found.notes, f"the database was not asked: {refused}"])


def account_that_ran(config: Config, session: str) -> str | None:
    """The account of a session, by the database."""
    try:
        with recorded_database(config, name="why") as connection:
            return next(iter(accounts_of(connection, session)), None)
    except PreflightRefused:
        return None
