"""``run``: check everything, start the parts in the one order that works, trade, and stop them again.

The actors are forked before this process has a thread; the page's thread comes last. One loop owns
every word spoken with the actors.
"""

from __future__ import annotations

import argparse
import logging
import os
import secrets
import signal
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, Final

from actors.messages import GaveUp, Message, Telemetry
from actors.supervisor import Supervisor
from actors.thespian.member import MOST_FAILED_STARTS
from actors.thespian.reporting import UNWRITTEN
from actors.thespian.session_log import AppendingHandler
from actors.thespian.system import ActorTree, ActorTreeError
from cli.accounts import remember
from cli.arguments import OneLineParser, add_config_flags, add_value_flags, duration_s, load_config
from cli.closing_report import closing_report, ending
from cli.console import LogTail, Screen, screen
from cli.errors import CRASH, CommandError, PreflightRefused
from cli.foreign_check import check_foreign_orders
from cli.kept_logs import tidy_logs
from cli.keys import Keys, check_keys, require_keys
from cli.ledger_check import check_ledgers, check_room
from cli.output import complain
from cli.own_database import check_database, stop_database
from cli.own_exchanges import OwnExchanges, forget_states
from cli.page import Page, claim_port
from cli.process_environment import erase_variables
from cli.quiet_notice import QuietNotice
from cli.running_session import RunningSession, only_session, refuse_second_session, run_file
from cli.session import NAMES_A_SECOND, Session, log_path, make_session, session_name
from cli.session_end import record_end
from cli.state_check import check_states
from cli.strategy_check import check_strategy
from cli.venue_check import check_venues
from persistence.write_ahead import fold_logs
from settings.config_file import LoadedConfig
from web.freshness import STALE_S, stale_sources
from web.shared_view import SharedView, now_us
from web.view import SystemView

TURN_S: Final = 0.1
STOP_WITHIN_S: Final = 14.0
LOG: Final = logging.getLogger("run")
STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


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


class _Interruptions:
    """The first signal asks for an orderly stop; the second ends the wait for it."""

    def __init__(self) -> None:
        self.asked = ""
        for number in STOP_SIGNALS:
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = signal.Signals(number).name


def _run(loaded: LoadedConfig, keys: Keys, args: argparse.Namespace) -> int:
    config = loaded.config
    interruptions = _Interruptions()
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


def _start(session: Session, exchanges: OwnExchanges, args: argparse.Namespace) -> _Running:
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
    return _Running(session, exchanges, tree, view, page, shown, QuietNotice(session.data.label, LOG))


def _log_to(path: Path) -> None:
    """Send the words of this process and its libraries to the session's log, and show them from there."""
    logging.getLogger().addHandler(AppendingHandler(path))
    LOG.setLevel(logging.INFO)


@dataclass
class _Running:
    """The parts of a session that runs."""

    session: Session
    exchanges: OwnExchanges
    tree: ActorTree
    view: SharedView
    page: Page | None
    screen: Screen
    quiet: QuietNotice
    silent: frozenset[str] = frozenset()  # actors that are not heard, as it was said
    hopeless: str = ""  # what no restart can mend
    failed_restarts: int = 0  # of the whole tree, in a row
    unwritten: list[str] = field(default_factory=list)  # lines of the log that are in no file

    def trade(self, interruptions: _Interruptions, *, duration: float | None) -> int:
        """Until somebody or something ends it; the exit code."""
        tail = LogTail(self.session.log_path)
        ends_at = time.monotonic() + duration if duration else float("inf")
        with self.screen:
            self.screen.say(self._banner())
            try:
                why = self._loop(tail, interruptions, ends_at)
                state, reason = (self.view.value("Supervisor", key) for key in ("state", "state_reason"))
                self._say_stopping(why)
                killed = self._end(STOP_WITHIN_S, why)
            except KeyboardInterrupt:
                self._end(0.0, "ended at once")
                raise CommandError("ended at once; what still rests expires at the venue by itself") from None
            except Exception:
                self._end(STOP_WITHIN_S, "the program failed")
                raise
            finally:
                self._put_away()
            while (message := self.tree.receive(0.0)) is not None:
                self._take(message)
            self._show(tail)
        self._report(why, killed)
        if self.hopeless:
            began = self.view.status()["balance"]["available"] is not None
            raise (CommandError if began else PreflightRefused)(self.hopeless)
        if why.startswith("the exchange"):
            return CRASH
        exit_code, line = ending(self.view.status(), state=state or "", reason=reason or "")
        if line:
            complain(line)
        return exit_code

    def _banner(self) -> str:
        page = f"page {self.page.url}" if self.page else "no page"
        return f"Session {self.session.name}: {page}; log {self.session.log_path}"

    def _loop(self, tail: LogTail, interruptions: _Interruptions, ends_at: float) -> str:
        """Turn until there is a reason to stop; the reason."""
        while True:
            self._take_for(TURN_S)
            self._tell_silence()
            self._show(tail)
            if interruptions.asked:
                return f"stopped by {interruptions.asked}"
            if self.hopeless:
                return self.hopeless
            if self.screen.is_lost:
                return "nobody reads its output any more"
            if time.monotonic() >= ends_at:
                return "the duration is over"
            for told in self.exchanges.look(time.monotonic()):
                LOG.warning(told)
            if ended := self.exchanges.ended():
                return f"the exchange on this machine for {ended} ended"
            if not self.tree.is_alive():
                self._restart_tree()

    def _take_for(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left_s := until - time.monotonic()) > 0:
            message = self.tree.receive(left_s)
            if message is None:
                return
            self._take(message)

    def _show(self, tail: LogTail) -> None:
        """The log's new lines, those among them that no file has taken."""
        unwritten, self.unwritten = self.unwritten, []
        status = self.view.status()
        self.quiet.look(status["markets"], self.view.note, time.monotonic())
        self.screen.show([*tail.lines(), *unwritten], status)

    def _take(self, message: Message) -> None:
        if isinstance(message, Telemetry):
            values = {key: value for key, value in message.values.items() if key != UNWRITTEN}
            self.unwritten += message.values.get(UNWRITTEN, ())
            self.view.apply(message.source, values, built_us=message.built_us)
        elif isinstance(message, GaveUp):
            self.hopeless = self.hopeless or f"{message.name} cannot go on: {message.error}"
        elif self.page is not None:
            self.page.requests.take(message)

    def _tell_silence(self) -> None:
        """Say it when an actor is no longer heard, and when all are again: figures do not show it."""
        silent = frozenset(stale_sources(self.view.ages_s()))
        if silent - self.silent:
            names = ", ".join(sorted(silent))
            self.screen.say(f"WARNING: [run] nothing heard from {names} for {STALE_S} s: figures are old")
        elif self.silent and not silent:
            self.screen.say("WARNING: [run] every actor is heard again")
        self.silent = silent

    def _restart_tree(self) -> None:
        self._show_state("starting", "the actors ended and are started again")
        self.screen.say("WARNING: [run] the actors ended unexpectedly; starting them again")
        try:
            self.tree.restart()
            self.failed_restarts = 0
        except ActorTreeError as error:
            self.failed_restarts += 1
            if self.failed_restarts >= MOST_FAILED_STARTS:
                self.hopeless = f"{error}, {self.failed_restarts} times in a row"
            else:
                self.screen.say(f"ERROR: [run] {error}; trying again")

    def _say_stopping(self, why: str) -> None:
        self._show_state("stopping", why)
        self.screen.say(f"Stopping: {why}. Ctrl-C again ends it at once.")

    def _show_state(self, state: str, why: str) -> None:
        kept = {key: self.view.value("Supervisor", key) for key in ("actors", "history")}
        self.view.apply("Supervisor", {**kept, "state": state, "state_reason": why}, built_us=now_us())

    def _end(self, within_s: float, why: str) -> list[int]:
        """Stop the actors; those that had to be killed for it."""
        killed = self.tree.stop(within_s, reason=why)
        record_end(self.session.account_dir, self.session.name, why, at_us=now_us())
        return killed

    def _put_away(self) -> None:
        if self.page is not None:
            self.page.stop()
        run_file(self.session.config).unlink(missing_ok=True)
        if trouble := stop_database(self.session.config):
            LOG.warning(trouble)
        fold_logs(self.session.account_dir)

    def _report(self, why: str, killed: list[int]) -> None:
        status: dict[str, Any] = self.view.status()
        for line in closing_report(status, why=why, log=self.session.log_path, killed=killed):
            self.screen.say(line)
