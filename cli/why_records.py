"""The decisions on a market out of an account's files, and out of the database where those do not do."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from cli.database_use import recorded as recorded_database
from cli.errors import PreflightRefused
from persistence.database.connections import Connection
from persistence.decisions.chunks import accounts_of, latest_on
from persistence.decisions.records import Records, records_of
from persistence.faults import PersistenceError
from persistence.sessions.markets import ToldMarkets, is_on_tape, told_markets
from settings.config import Config
from trading.market_map import MarketMap
from web.why_facts import Listing, RecordedDecisions
from web.why_listing import nearest


def recorded_in(folder: Path, ticker: str, *, session: str) -> RecordedDecisions:
    """The records in the account's files."""
    return _recorded(records_of(folder, ticker, session=session), session)


def _recorded(found: Records, session: str) -> RecordedDecisions:
    of = session or (found.made[0].session if found.made else "")
    return RecordedDecisions(found.made, found.fates, found.batches, found.is_whole, found.notes, of)


def recorded_anywhere(
    config: Config, folder: Path, ticker: str, *, session: str, least: int, names: MarketMap
) -> RecordedDecisions:
    """The same; the database is asked too where the files have fewer than ``least`` decisions.

    Of a market that was never decided on it is told what the session knew of it. ``ticker`` is the data
    venue's.
    """
    in_files = records_of(folder, ticker, session=session)
    found = _recorded(in_files, session)
    if len(in_files.made) >= least or in_files.is_cut:
        return found
    try:
        with recorded_database(config, name="why") as connection:
            older = partial(latest_on, ticker, connection, folder.name, session)
            found = _recorded(records_of(folder, ticker, session=session, older=older), session)
            return _with_listing(found, folder, ticker, names=names, connection=connection)
    except PreflightRefused as refused:
        found = replace(found, notes=[*found.notes, f"the database was not asked: {refused}"])
        return _with_listing(found, folder, ticker, names=names, connection=None)


def _with_listing(
    found: RecordedDecisions, folder: Path, ticker: str, *, names: MarketMap, connection: Connection | None
) -> RecordedDecisions:
    told: ToldMarkets | None = None
    if not found.made:
        with suppress(PersistenceError):  # a session of a version that wrote no such file
            told = told_markets(folder, found.session)
    if told is None:
        return found
    session, statuses = told
    execution_ticker = names.to_execution(ticker)
    status = None if execution_ticker is None else statuses.get(execution_ticker)
    is_watched = None if connection is None else is_on_tape(connection, folder.name, session, ticker)
    alike = () if status or is_watched else nearest(ticker, statuses)
    return replace(found, session=session, listing=Listing(is_watched, status, alike))


def account_that_ran(config: Config, session: str) -> str | None:
    """The account of a session, by the database."""
    try:
        with recorded_database(config, name="why") as connection:
            return next(iter(accounts_of(connection, session)), None)
    except PreflightRefused:
        return None
