"""The one recorded session that a command is about."""

from __future__ import annotations

import argparse
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from cli.errors import PreflightRefused
from cli.running_session import find_running, press
from cli.tables import when
from persistence.account_files import accounts_in
from persistence.database.connections import Connection
from persistence.sessions.listing import ListedSession, sessions
from settings.config import Config

RUNNING: Final = "running"
NO_END: Final = "no end recorded"
MOST_TOLD: Final = 5


def add_session_flags(parser: argparse.ArgumentParser) -> None:
    """SESSION, and the account where several machines have one of that name."""
    parser.add_argument("session", metavar="SESSION", help="as `sessions` lists it")
    parser.add_argument("--account", default="", metavar="A", help="where that name is not enough")


def one_session(connection: Connection, config: Config, args: argparse.Namespace) -> ListedSession:
    """Raises PreflightRefused, naming the newest ones, when there is none or more than one."""
    known = sessions(connection, now_us=time.time_ns() // 1000)
    if not known:
        raise PreflightRefused(f"no session is recorded yet in the database of {config.state_dir}/")
    found = [each for each in known if each.session == args.session and args.account in ("", each.account)]
    if len(found) > 1:
        accounts = ", ".join(each.account for each in found)
        raise PreflightRefused(
            f"{args.session} is a session of several accounts: say --account, of {accounts}"
        )
    if not found:
        where = f" of account {args.account}" if args.account else ""
        newest = [
            f"  {each.session}  {when(each.started_us)}  {each.account}"
            for each in known[: -MOST_TOLD - 1 : -1]
        ]
        raise PreflightRefused(f"no session {args.session!r}{where} is recorded; the newest are", *newest)
    return found[0]


def have_written(config: Config, session: str) -> None:
    """If that session runs here, have its Recorder write what is there: it is told up to now.

    What it cannot write, or not in time beside what comes meanwhile, keeps nobody from reading the rest.
    """
    running = find_running(config)
    if running is None or running.session != session or not running.port:
        return
    with suppress(PreflightRefused):
        press("flush", running)


def ending_of(config: Config, session: ListedSession) -> str:
    """Why it ended, as far as that is known: of a session in this state folder for certain."""
    if session.ended_us is not None:
        return session.end_reason or "ended"
    if session.account in accounts_in(Path(config.state_dir)):
        running = find_running(config)
        is_running = running is not None and running.session == session.session
    else:
        is_running = session.is_heard
    return RUNNING if is_running else NO_END
