"""``sessions``: every run of the program that the database knows, and what it came to."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from cli.arguments import OneLineParser, add_config_flags, load_config
from cli.database_use import recorded
from cli.errors import CLEAN, PreflightRefused
from cli.figures import count, duration, money
from cli.one_session import ending_of
from cli.output import say, say_json
from cli.prune import prune
from cli.tables import aligned, when
from persistence.account_files import accounts_in
from persistence.sessions.listing import ListedSession, sessions
from settings.config import Config
from trading.market import format_money_e6

HEADINGS: Final = (
    *("session", "started", "lasted", "books → orders", "account", "strategy", "decisions", "not HOLD"),
    *("orders", "fills", "P&L", "realised", "fees", "end"),
)
FIGURES: Final = frozenset(("lasted", "decisions", "not HOLD", "orders", "fills", "P&L", "realised", "fees"))


def main(argv: list[str]) -> int:
    parser = OneLineParser("sessions", "all sessions that were recorded, and what each came to")
    parser.add_argument("--json", action="store_true", help="the same as JSON; money in dollars")
    parser.add_argument(
        "--all", action="store_true", help="also of accounts that the state folder does not know"
    )
    parser.add_argument(
        "--prune",
        action="store_true",
        help="drop what is older than database.retention_days; shows it and asks first",
    )
    parser.add_argument("--yes", action="store_true", help="with --prune: do not ask")
    add_config_flags(parser)
    args = parser.parse_args(argv)
    config = load_config(args).config
    if args.prune:
        return prune(config, is_agreed=args.yes, now_us=time.time_ns() // 1000)
    _list(config, listed(config, is_all=args.all), is_json=args.json)
    return CLEAN


def listed(config: Config, *, is_all: bool) -> list[ListedSession]:
    """Of the accounts that the state folder knows; a server of our own knows no others."""
    accounts = None if is_all or not config.database.dsn else accounts_in(Path(config.state_dir))
    with recorded(config, name="sessions") as connection:
        return sessions(
            connection, now_us=time.time_ns() // 1000, accounts=accounts, state_dir=Path(config.state_dir)
        )


def _list(config: Config, found: Sequence[ListedSession], *, is_json: bool) -> None:
    if is_json:
        say_json([as_json(each, end=ending_of(config, each)) for each in found], indent=2)
    elif not found:
        hint = "; --all shows those of other accounts" if config.database.dsn else ""
        raise PreflightRefused(f"no session of the accounts in {config.state_dir}/ is recorded{hint}")
    else:
        rows = [_row(each, ending_of(config, each)) for each in found]
        say(*aligned(HEADINGS, rows, right=FIGURES))


def _row(session: ListedSession, end: str) -> tuple[str, ...]:
    total = sum(session.decisions.values())
    wanted = total - session.decisions.get("HOLD", 0)
    is_one = session.data == session.execution
    return (
        session.session,
        when(session.started_us),
        duration(session.duration_us / 1e6),
        session.data if is_one else f"{session.data} → {session.execution}",
        session.account,
        session.strategy,
        count(total or None),
        f"{100 * wanted / total:.1f} %" if total else "–",
        count(session.orders),
        count(session.fills),
        money(None if session.gain_e6 is None else format_money_e6(session.gain_e6)),
        money(format_money_e6(session.realised_e6)),
        money(format_money_e6(session.fees_e6)),
        end,
    )


def as_json(session: ListedSession, *, end: str) -> dict[str, Any]:
    """Money as decimal strings of dollars, times in microseconds."""
    told = session._asdict()
    for name in ("realised_e6", "fees_e6"):
        told[name.removesuffix("_e6")] = format_money_e6(told.pop(name))
    gain_e6 = told.pop("gain_e6")
    told["pnl"] = None if gain_e6 is None else format_money_e6(gain_e6)
    del told["is_heard"], told["end_reason"]
    return {**told, "end": end}
