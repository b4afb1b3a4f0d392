"""The markets that a session was told of: by the execution venue, and by the tapes of its watchers."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from persistence.account_files import SESSIONS
from persistence.database.connections import Connection, transaction
from persistence.database.named_queries import queries
from persistence.outbox import OutboxReader
from trading.events import MarketSeen, SessionStarted


class ToldMarkets(NamedTuple):
    """``statuses``: by execution ticker, as the venue told each last."""

    session: str
    statuses: dict[str, str]


def told_markets(folder: Path, session: str = "") -> ToldMarkets | None:
    """Of a session in an account's folder, of its newest one if none is named; None where there is none.

    Each session is told all of its markets anew. Raises FileUnusable, NotMadeYet.
    """
    statuses: dict[str, str] = {}
    with closing(OutboxReader(folder / SESSIONS)) as reader:
        for event in reader.latest():
            if isinstance(event, MarketSeen):
                statuses.setdefault(event.ticker, event.status)
            elif isinstance(event, SessionStarted):
                if session in ("", event.session):
                    return ToldMarkets(event.session, statuses)
                statuses.clear()
    return None


def is_on_tape(connection: Connection, account: str, session: str, ticker: str) -> bool:
    """Whether a watcher of the session told of the market. Raises as ``transaction``."""
    with transaction(connection) as cursor:
        names = {"account": account, "session": session, "text": ticker}
        cursor.execute(queries("tape")["is_told"], names)
        ((found,),) = cursor.fetchall()
        return bool(found)
