"""Finds or starts a session, watches it, compares it with its venue and makes faults: what is then judged."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cli.checklist.account_check import AccountCheck
from cli.checklist.account_reader import AccountReader
from cli.checklist.control import Exchanges
from cli.checklist.evidence import Evidence
from cli.checklist.fault_seen import FaultSeen, fault_line
from cli.checklist.faults import FaultPlace, all_faults, now_us
from cli.checklist.judging import judged
from cli.checklist.ledger_reader import LedgerReader
from cli.checklist.lines import Line
from cli.checklist.page_socket import PageListener
from cli.checklist.started_session import StartedSession
from cli.checklist.watch import Watch, wait_until_trading
from cli.errors import PreflightRefused
from cli.running_session import RunningSession, press, the_running
from settings.config import Config
from settings.venue_access import VenueAccess

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Inspected:
    """All that was found out about one session."""

    session: str
    environment: dict[str, Any]
    config: dict[str, Any]
    evidence: Evidence
    faults: tuple[FaultSeen, ...]

    def with_fault(self, fault: FaultSeen) -> Inspected:
        """One more fault, made in another session."""
        return replace(self, faults=(*self.faults, fault))

    def lines(self) -> list[Line]:
        """The checklist."""
        return [*judged(self.evidence), *map(fault_line, self.faults)]


def inspect_running(config: Config, *, seconds: float, tell: Tell) -> Inspected:
    """The session that runs now, which goes on undisturbed. Raises PreflightRefused when none does."""
    with ExitStack() as stack:
        place = _Place.open(stack, the_running(config), since_us=now_us(), ended=lambda: "")
        return place.inspected(place.look(began=None, seconds=seconds, tell=tell), ())


def inspect_started(
    config: Config, flags: Sequence[str], *, seconds: float, with_faults: bool, tell: Tell
) -> Inspected:
    """A session that is started with these flags of ``run`` and stopped again, whatever happens."""
    began, since_us = time.monotonic(), now_us()
    with ExitStack() as stack:
        tell("starting a session")
        session = StartedSession(flags)
        stack.callback(session.stop)
        place = _Place.open(
            stack, session.wait_until_it_tells(config), since_us=since_us, ended=session.ended
        )
        evidence = place.look(began=began, seconds=seconds, tell=tell)
        faults = tuple(place.make_faults(tell)) if with_faults and not session.ended() else ()
        return place.inspected(evidence, faults)


@dataclass(frozen=True, slots=True)
class _Place:
    """A session and everything that looks at it."""

    running: RunningSession
    ended: Callable[[], str]
    socket: PageListener
    ledger: LedgerReader
    reader: AccountReader

    @staticmethod
    def open(stack: ExitStack, running: RunningSession, *, since_us: int, ended: Callable[[], str]) -> _Place:
        reader = AccountReader(VenueAccess(**running.execution), without=_key_variables(running.config))
        stack.callback(reader.close)
        socket = PageListener(running)
        stack.callback(socket.close)
        return _Place(running, ended, socket, LedgerReader(Path(running.account_dir), since_us), reader)

    def look(self, *, began: float | None, seconds: float, tell: Tell) -> Evidence:
        """``began``: when it was started for this, which also allows to hold it still; None for another's."""
        tell("waiting until it trades")
        startup = wait_until_trading(self.socket, began=began, ended=self.ended)
        watch = Watch(self.running, self.socket, self.ended, is_from_its_start=began is not None)
        if startup.trades:
            watch.go_on(seconds, tell)
        watched = watch.seen()
        if began is not None:
            self._press("pause")
        compared = AccountCheck(self.running, self.socket, self.ledger, self.reader).compare(tell)
        strategy = self.running.config["strategy"]
        recorded = self.ledger.refresh()
        return Evidence(
            strategy=strategy["name"],
            hold=strategy["options"].get("hold", 0.75),
            status=watch.status(),
            startup=startup,
            watched=watched,
            orders=tuple(each for each in recorded.sent() if (each.sent_us or 0) <= compared.as_of_us),
            fills=tuple(recorded.fills.values()),
            fills_shown=self.socket.look(lambda mirror: frozenset(each["order"] for each in mirror.fills)),
            compared=compared,
        )

    def make_faults(self, tell: Tell) -> list[FaultSeen]:
        environment = self.running.ask("/rl/status")["environment"]
        exchanges = Exchanges(environment, self.running.execution["key_id"])
        self._press("resume")
        return list(all_faults(FaultPlace(self.running, exchanges, self.socket, self.ledger), tell))

    def inspected(self, evidence: Evidence, faults: tuple[FaultSeen, ...]) -> Inspected:
        environment = self.socket.look(lambda mirror: dict(mirror.slices["about"]["environment"]))
        return Inspected(self.running.session, environment, self.running.config, evidence, faults)

    def _press(self, action: str) -> None:
        with suppress(PreflightRefused):  # a session that is gone is told by its lines
            press(action, self.running)


def _key_variables(config: dict[str, Any]) -> set[str]:
    """The environment variables that name a key: the reader is told its own on its input."""
    return {name for variables in config["credentials"].values() for name in variables.values()}
