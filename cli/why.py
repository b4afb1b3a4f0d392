"""``why``: what was decided on one market lately, and what keeps an order back now."""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from cli.accounts import account_of
from cli.arguments import OneLineParser, add_config_flags, load_config
from cli.errors import CLEAN, PreflightRefused
from cli.output import say, say_json
from cli.running_session import find_running
from cli.why_records import account_that_ran, recorded_anywhere, recorded_in
from persistence.account_files import DECISIONS
from persistence.decisions.files import journal_files
from settings.config import Config
from settings.config_file import LoadedConfig
from trading.market_map import MarketMap
from web.why import LAST_DECISIONS, MOST_DECISIONS, why_json
from web.why_facts import Live
from web.why_lines import why_lines

LAST: Final = LAST_DECISIONS
MOST: Final = MOST_DECISIONS


def main(argv: list[str]) -> int:
    parser = OneLineParser(
        "why", "why a market is traded or not: its latest decisions and what is in the way"
    )
    parser.add_argument("ticker", type=_ticker, metavar="TICKER", help="at either venue")
    parser.add_argument("--session", default="", metavar="S", help="of that session, running or over")
    parser.add_argument("--last", type=_count, default=LAST, metavar="N", help=f"so many decisions ({LAST})")
    parser.add_argument("--json", action="store_true", help="the same as JSON, as of /rl/why")
    add_config_flags(parser)
    args = parser.parse_args(argv)
    found = _ask(load_config(args), args)
    if args.json:
        say_json(found, indent=2)
    else:
        say(*why_lines(found))
    return CLEAN


def _ticker(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("name a market by its ticker")
    return text


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to {MOST}")
    return int(text)


def _ask(loaded: LoadedConfig, args: argparse.Namespace) -> dict[str, Any]:
    config = loaded.config
    running = find_running(config)
    names = MarketMap(loaded.renamed)
    ticker = names.as_data_ticker(args.ticker)
    if running is not None and args.session in ("", running.session):
        if running.port:
            return running.ask(f"/rl/why?{urlencode({'ticker': args.ticker, 'last': args.last})}")
        session, live = running.session, Live({}, None)
        recorded = recorded_in(Path(running.account_dir), ticker, session=session)
    else:
        folder, live = _folder(config, args.session), None
        recorded = recorded_anywhere(
            config, folder, ticker, session=args.session, least=args.last, names=names
        )
        session = recorded.session
    return why_json(
        ticker,
        session,
        recorded,
        live,
        last=args.last,
        now_us=time.time_ns() // 1000,
        throttle_us=config.strategy.throttle_us(),
    )


def _folder(config: Config, session: str) -> Path:
    """The account's folder that has the session's decisions; of the configured account if none is named."""
    if not session:
        return account_of(config, os.environ).folder
    for folder in sorted(path.parent for path in Path(config.state_dir).glob(f"*/{DECISIONS}")):
        if any(file.session == session for file in journal_files(folder / DECISIONS)):
            return folder
    if (account := account_that_ran(config, session)) is not None:
        return Path(config.state_dir) / account
    raise PreflightRefused(
        f"no decisions of session {session} are in {config.state_dir}/, nor in the database"
    )
