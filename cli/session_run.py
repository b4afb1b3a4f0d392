"""A session that runs until somebody or something ends it: one loop owns every word with its actors."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from typing import Any, Final

from actors.messages import GaveUp, Message, Telemetry
from actors.thespian.member import MOST_FAILED_STARTS
from actors.thespian.reporting import UNWRITTEN
from actors.thespian.system import ActorTree, ActorTreeError
from cli.closing_report import closing_report, ending
from cli.console import LogTail, Screen
from cli.errors import CRASH, CommandError, PreflightRefused
from cli.interruptions import Interruptions
from cli.output import complain
from cli.own_database import stop_database
from cli.own_exchanges import OwnExchanges
from cli.page import Page
from cli.quiet_notice import QuietNotice
from cli.running_session import run_file
from cli.session import Session
from cli.session_end import record_end
from persistence.write_ahead import fold_logs
from web.freshness import STALE_S, stale_sources
from web.shared_view import SharedView, now_us

TURN_S: Final = 0.1
STOP_WITHIN_S: Final = 14.0
LOG: Final = logging.getLogger("run")


@dataclass
class SessionRun:
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

    def trade(self, interruptions: Interruptions, *, duration: float | None) -> int:
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

    def _loop(self, tail: LogTail, interruptions: Interruptions, ends_at: float) -> str:
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
