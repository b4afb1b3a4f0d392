"""``run``: check everything, start the parts in the one order that works, trade, and stop them again.

The actors are forked before this process has a thread; the page's thread comes last. One loop owns
every word spoken with the actors.
"""

from __future__ import annotations

import argparse
import logging
import os
import secrets
from dataclasses import asdict
from pathlib import Path

from actors.supervisor import Supervisor
from actors.thespian.session_log import AppendingHandler
from actors.thespian.system import ActorTree, ActorTreeError
from cli.accounts import remember
from cli.arguments import OneLineParser, add_config_flags, add_value_flags, duration_s, load_config
from cli.console import screen
from cli.errors import CommandError
from cli.foreign_check import check_foreign_orders
from cli.interruptions import Interruptions
from cli.kept_logs import tidy_logs
from cli.keys import Keys, check_keys, require_keys
from cli.ledger_check import check_ledgers, check_room
from cli.own_database import check_database
from cli.own_exchanges import OwnExchanges, forget_states
from cli.page import Page, claim_port
from cli.process_environment import erase_variables
from cli.quiet_notice import QuietNotice
from cli.running_session import RunningSession, only_session, refuse_second_session, run_file
from cli.session import NAMES_A_SECOND, Session, log_path, make_session, session_name
from cli.session_run import LOG, STOP_WITHIN_S, SessionRun
from cli.state_check import check_states
from cli.strategy_check import check_strategy
from cli.venue_check import check_venues
from settings.config_file import LoadedConfig
from web.shared_view import SharedView, now_us
from web.view import SystemView


def main(argv: list[str]) -> int:
    parser = OneLineParser("run", "trade until Ctrl-C")
    add_config_flags(parser)
    add_value_flags(parser)
    parser.add_argument("--duration", type=duration_s, metavar="60s", help="stop by itself after this long")
    parser.add_argument("--no-web", action="store_true", help="without the page")
    parser.add_argument("--plain", action="store_true", help="lines instead of the panel")
    args = parser.parse_args(argv)
    loaded = load_config(args)
    config = loaded.config
    keys = require_keys(config, os.environ)
    erase_variables(config.secret_variables())  # before any other process is started
    _preflight(loaded, keys, page=not args.no_web)
    with only_session(config):
        return _run(loaded, keys, args)


def _preflight(loaded: LoadedConfig, keys: Keys, *, page: bool) -> None:
    """Everything that can be refused before anything is started."""
    config = loaded.config
    check_room(Path(config.state_dir))
    check_states(config)
    refuse_second_session(config)
    if page:
        claim_port(config).close()
    check_strategy(loaded)
    check_keys(keys)


def _run(loaded: LoadedConfig, keys: Keys, args: argparse.Namespace) -> int:
    config = loaded.config
    interruptions = Interruptions()
    started_us = now_us()
    name = session_name(started_us, secrets.randbelow(NAMES_A_SECOND))
    log = log_path(config, name)
    tidy_logs(log.parent)
    forget_states(config)
    exchanges = OwnExchanges.start(config, log=log)
    try:
        session = make_session(
            config,
            name=name,
            started_us=started_us,
            exchanges=exchanges.addresses,
            keys=keys,
            renamed=loaded.renamed,
        )
        check_venues(session)
        session.account_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        remember(config, session.execution.account_name)
        check_ledgers(session.account_dir)
        check_database(config)
        check_foreign_orders(session)
        running = _start(session, exchanges, args)
        return running.trade(interruptions, duration=args.duration)
    finally:
        exchanges.stop()


def _start(session: Session, exchanges: OwnExchanges, args: argparse.Namespace) -> SessionRun:
    """Actors first, then threads."""
    try:
        tree = ActorTree.start(session.settings(), supervisor=Supervisor)
    except ActorTreeError as error:
        raise CommandError(str(error)) from error
    try:
        view = SharedView(
            SystemView(session=session.name, environment=session.environment(), started_us=session.started_us)
        )
        token = session.config.web.token or secrets.token_urlsafe(24)
        _log_to(session.log_path)
        LOG.info("Session %s: %s", session.name, session.where())
        page = None if args.no_web else Page.start(session, view, tree.tell, token=token)
        place = RunningSession(
            os.getpid(),
            session.name,
            session.config.web.host,
            page.port if page else 0,
            token,
            account=session.execution.account_name,
            account_dir=str(session.account_dir),
            execution=asdict(session.execution),
            config=session.recorded_config(),
        )
        place.write(run_file(session.config))
    except BaseException:
        tree.stop(STOP_WITHIN_S)
        raise
    shown = screen(plain=args.plain, page=page.url if page else "no page")
    return SessionRun(session, exchanges, tree, view, page, shown, QuietNotice(session.data.label, LOG))


def _log_to(path: Path) -> None:
    """Send the words of this process and its libraries to the session's log, and show them from there."""
    logging.getLogger().addHandler(AppendingHandler(path))
    LOG.setLevel(logging.INFO)
