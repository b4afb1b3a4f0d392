"""Recorder: has everything that the session's files hold written into the database.

Nobody waits for it. Its work is done by threads, which hold the connections; the actor says how they stand.
Trading goes on while it is away, because the files keep what it has not written.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, ClassVar, Final, NamedTuple

from actors.messages import AccountValued, ActionAnswered, ActionRequested, MarketsRead
from actors.thespian.reporting import ReportingActor
from actors.thespian.tamed_thespian import has_own_process
from persistence import account_files
from persistence.faults import PersistenceError
from persistence.recording.database import RecordingDatabase
from persistence.recording.drain import Drain, DrainStanding
from persistence.recording.report import RecordingReport, not_written
from persistence.recording.session_drains import session_drains
from persistence.sessions.record import SessionRecord
from settings.config import Config
from settings.recorded_config import recordable
from trading.events import SessionEnded, SessionStarted

SECOND_S: Final = 1.0
NICE: Final = 5
FLUSH_WITHIN_S: Final = 1.5  # less than the page waits for an answer
DRAIN_SHARE: Final = 0.9  # of the time it gets to stop


class _Flush(NamedTuple):
    """Somebody waits until all is written."""

    numbers: list[int]  # of each drain: the flush that has to be done
    ends_at: float  # monotonic: when the answer is what is not written

    def not_done(self, standings: Sequence[DrainStanding]) -> list[DrainStanding]:
        """The drains that have not written all."""
        both = zip(standings, self.numbers, strict=True)
        return [standing for standing, number in both if standing.flushed_no < number]


class Recorder(ReportingActor):
    """The only one that writes to the database while a session runs."""

    NAME: ClassVar[str] = "Recorder"
    TRADES_WITHOUT: ClassVar[bool] = True

    def begin(self) -> None:
        told = self.settings
        if has_own_process(self):
            os.nice(NICE)  # its threads and the server that it starts make nobody wait who trades
        self._folder = Path(told["account_dir"])
        self._config = Config.model_validate(told["config"])
        self._record = SessionRecord(self._folder / account_files.SESSIONS)
        self._note(lambda: self._record.started(self._beginning()))
        dsn, bin_dir = told["database"]["dsn"], told["database"]["bin_dir"]
        self._database = RecordingDatabase(dsn, state_dir=Path(told["state_dir"]), bin_dir=bin_dir)
        self._report_of = RecordingReport(self._database.kind)
        self._drains = self._make_drains()
        self._is_stopping = False
        self._flushes: dict[int, _Flush] = {}  # by request
        for drain in self._drains:
            drain.start()
        self.after(SECOND_S, "second")
        self.start_reporting()

    def _make_drains(self) -> list[Drain]:
        return session_drains(
            self._folder,
            self._database,
            data_venue=self._config.data.venue,
            execution_venue=self._config.execution.venue,
            retention_days=self.settings["database"]["retention_days"],
        )

    def _beginning(self) -> SessionStarted:
        return SessionStarted(
            at_us=self.settings["started_us"],
            session=self.settings["session"],
            account=self._folder.name,
            data=self._config.data.venue,
            execution=self._config.execution.venue,
            strategy=self._config.strategy.name,
            version=_version(),
            python=platform.python_version(),
            host=platform.node(),
            pid=self.settings["run_pid"],
            config=recordable(self.settings["config"]),
        )

    def on_timer(self, name: str) -> None:
        if self.report_timer(name):
            return
        if name == "second":
            self.after(SECOND_S, "second")
            self._look()
        elif name == "flush":
            self._answer_flushes()
        elif name == "stop":
            self.stopped()

    def on_MarketsRead(self, message: MarketsRead, _sender: str) -> None:
        self._note(lambda: self._record.learn(message.markets, at_us=_now_us()))

    def on_AccountValued(self, message: AccountValued, _sender: str) -> None:
        self._note(lambda: self._record.valued(message.valued))

    def on_ActionRequested(self, message: ActionRequested, _sender: str) -> None:
        numbers = [drain.flush() for drain in self._drains]
        self._flushes[message.request_id] = _Flush(numbers, time.monotonic() + FLUSH_WITHIN_S)
        self._set_flush_timer()

    def _answer_flushes(self) -> None:
        """Tell whoever asked that all is written, or at the end of the request's time what is not."""
        if not self._flushes:
            return
        standings, now = [drain.counted() for drain in self._drains], time.monotonic()
        for request_id, flush in list(self._flushes.items()):
            left = flush.not_done(standings)
            if not left or now >= flush.ends_at:
                text = not_written(left) if left else "everything is written"
                self.tell("page", ActionAnswered(request_id, ok=not left, text=text))
                del self._flushes[request_id]
        self._set_flush_timer()

    def _set_flush_timer(self) -> None:
        if self._flushes:
            ends_at = min(flush.ends_at for flush in self._flushes.values())
            self.after(max(0.0, ends_at - time.monotonic()), "flush")

    def _note(self, write: Callable[[], None]) -> None:
        """Write a fact of this actor's own down; one that the disk refuses keeps nobody from trading."""
        try:
            write()
        except PersistenceError as error:
            self.log.warning("Not written: %s", error)

    # --- the threads -----------------------------------------------------------------------------

    def descriptors(self) -> list[int]:
        return [drain.fileno() for drain in self._drains]

    def readable(self) -> None:
        self._look()

    def _look(self) -> None:
        standings = [drain.take_news() for drain in self._drains]
        for line in self._report_of.news(standings, self._database.started):
            self.log.log(line.level, "%s", line.text)
        self.report_soon()
        self._answer_flushes()
        for drain in self._drains:
            if drain.failure is not None:
                raise drain.failure
        if self._is_stopping and all(standing.state == "stopped" for standing in standings):
            self.stopped()

    # --- the end ---------------------------------------------------------------------------------

    def stopping(self, deadline_s: float) -> None:
        """Write what is there. The server ends with its last user, which this process is until it ends."""
        self._is_stopping = True
        ended = SessionEnded(_now_us(), self.settings["session"], self.stop_reason)
        self._note(lambda: self._record.ended(ended))
        for drain in self._drains:
            drain.stop(deadline_s * DRAIN_SHARE)
        self.after(deadline_s * DRAIN_SHARE, "stop")

    def stopped(self) -> None:
        super().stopped()
        self._record.close()
        self.retire()

    def telemetry(self) -> dict[str, Any]:
        return {"database": self._report_of.figures(drain.counted() for drain in self._drains).as_json()}


def _version() -> str:
    try:
        return version("kalshi-rl-trader")
    except PackageNotFoundError:
        return "of a checkout"


def _now_us() -> int:
    return time.time_ns() // 1000
