"""The standing of the recording, in figures for the page and in lines for the log."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Final, NamedTuple

from persistence.decisions.lane import NAME as DECISIONS
from persistence.ledger.lane import NAME as LEDGER
from persistence.recording.drain import DrainStanding, LaneStanding, State
from persistence.server.embedded_server import Started
from persistence.tape.tables import NAME as TAPE

_BETTER: Final[tuple[State, ...]] = (
    *("stopped", "ready", "starting", "waiting"),
    *("down", "refused", "failed"),
)
_SILENT: Final = "the database does not answer"
_WAITS: Final = {LEDGER: "events of the ledger", DECISIONS: "batches of decisions", TAPE: "rows of the tape"}
_STARTED: Final = {
    "cold": "made and started in {seconds:.1f} s",
    "warm": "started in {seconds:.1f} s",
    "recovered": "started after a crash in {seconds:.1f} s",
    "adopted": "was running",
    "given": "of database.dsn",
}


class ToldLine(NamedTuple):
    """A line of the log."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class RecordingFigures:
    """The database in ``/rl/status``."""

    kind: str  # embedded | server
    state: State
    why: str  # of another state than ready
    behind: int  # events of the ledger that wait
    dropped: int  # what could not be kept, over all lanes
    alarms: list[str]  # for a person to act on
    lanes: dict[str, dict[str, Any]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class RecordingReport:
    """Tells what is new since it was last asked."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._state: State = "starting"
        self._was_ready = False
        self._outage_from: int | None = None  # events written when the database went away
        self._noted: set[str] = set()

    def figures(self, standings: Iterable[DrainStanding]) -> RecordingFigures:
        drains = list(standings)
        worst = _worst(drains)
        lanes = {name: lane for drain in drains for name, lane in drain.lanes.items()}
        return RecordingFigures(
            kind=self._kind,
            state=worst.state,
            why=worst.why,
            behind=lanes.get(LEDGER, LaneStanding()).behind,
            dropped=sum(lane.dropped for lane in lanes.values()),
            alarms=_alarms(drains) + ([_SILENT] if worst.state == "waiting" else []),
            lanes={name: asdict(lane) for name, lane in lanes.items()},
        )

    def news(self, standings: Iterable[DrainStanding], started: Started | None) -> list[ToldLine]:
        """Lines for the log about what has changed. ``started``: how the server came to run."""
        drains = list(standings)
        worst = _worst(drains)
        lines = []
        if worst.state != self._state:
            lines += self._changed(worst, drains, started)
            self._state = worst.state
        if worst.state == "ready":
            lines += self._caught_up(drains)
        alarms = _alarms(drains)
        lines += [ToldLine(logging.WARNING, alarm) for alarm in alarms if alarm not in self._noted]
        self._noted.update(alarms)
        return lines

    def _changed(
        self, worst: DrainStanding, drains: list[DrainStanding], started: Started | None
    ) -> list[ToldLine]:
        if worst.state == "ready" and self._state == "waiting":
            return [ToldLine(logging.INFO, "Database ready: it answers again")]
        if worst.state == "ready":
            self._was_ready = True
            how = _STARTED[started.kind].format(seconds=started.seconds) if started else "is there"
            return [ToldLine(logging.INFO, f"Database ready: PostgreSQL {how}")]
        if worst.state in ("waiting", "down", "refused", "failed"):
            if self._was_ready and self._outage_from is None:
                self._outage_from = _written(drains)
            goes_on = "trading goes on, and what is recorded waits in the state folder"
            return [ToldLine(logging.WARNING, f"Database {worst.state}: {worst.why}; {goes_on}")]
        return []

    def _caught_up(self, drains: list[DrainStanding]) -> list[ToldLine]:
        if self._outage_from is None or any(drain.behind for drain in drains):
            return []
        count, self._outage_from = _written(drains) - self._outage_from, None
        return [ToldLine(logging.INFO, f"Database caught up: {count:,} written since it came back")]


def not_written(standings: Iterable[DrainStanding]) -> str:
    """A sentence about what waits in these drains, and why."""
    drains = list(standings)
    worst = _worst(drains)
    lanes = [(name, lane.behind) for drain in drains for name, lane in drain.lanes.items() if lane.behind]
    waits = ", ".join(f"{behind:,} {_WAITS.get(name, name)}" for name, behind in lanes)
    told = f"{waits} wait" if waits else "not everything is written"
    return f"{told}: the database is {worst.state} {worst.why}".rstrip()


def _alarms(drains: list[DrainStanding]) -> list[str]:
    return [f"{name}: {lane.note}" for each in drains for name, lane in each.lanes.items() if lane.note]


def _worst(drains: list[DrainStanding]) -> DrainStanding:
    return max(drains, key=lambda drain: _BETTER.index(drain.state), default=DrainStanding())


def _written(drains: list[DrainStanding]) -> int:
    return sum(lane.written for drain in drains for lane in drain.lanes.values())
