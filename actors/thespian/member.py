"""One actor as the Supervisor knows it, and what follows from its silence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from actors.thespian.restart_backoff import RestartBackoff
from trading.trading_state import Reason

SILENT_S: Final = 3.0
BEGIN_S: Final = 20.0  # begin() may read a long outbox, during which an actor answers nothing
MOST_FAILED_STARTS: Final = 6  # in a row, 3 s at the least: another one would fail as well


@dataclass(slots=True)
class Member:
    """One actor through all its incarnations; times are the caller's monotonic seconds."""

    name: str
    kind: str
    incarnation: int = 0
    pid: int = 0
    state: str = "restarting"  # starting | running | restarting | stopped | failed
    restarts: int = 0
    born: float = 0.0
    reasons: dict[str, str] | None = None  # None until this incarnation has said
    ping_sent: float | None = None  # of the one unanswered ping
    fault: str = ""  # why the last incarnation ended, until one runs again
    failed_starts: int = 0  # incarnations in a row that ended before they were ready
    trades_without: bool = False  # whether trading goes on while it is away
    _backoff: RestartBackoff = field(default_factory=RestartBackoff)

    @property
    def is_running(self) -> bool:
        return self.state == "running"

    @property
    def is_up(self) -> bool:
        """Whether it has a process, as far as is known."""
        return self.state in ("starting", "running")

    def launched(self, pid: int, now: float) -> None:
        self.restarts += self.incarnation > 0
        self.incarnation += 1
        self.pid, self.state, self.born = pid, "starting", now
        self.reasons = self.ping_sent = None

    def ready(self) -> None:
        """It has begun."""
        self.state, self.fault, self.failed_starts = "running", "", 0

    def exited(self, now: float, why: str) -> float:
        """Seconds to wait before its next incarnation."""
        self.failed_starts += self.state == "starting"
        self.pid, self.state, self.fault = 0, "restarting", why
        return self._backoff.after_life_of(now - self.born)

    def give_up(self, why: str) -> None:
        """There will be no other incarnation."""
        self.pid, self.state, self.fault = 0, "failed", why

    @property
    def is_hopeless(self) -> bool:
        """Whether it ends each time before it is ready."""
        return self.failed_starts >= MOST_FAILED_STARTS

    def is_silent(self, now: float) -> bool:
        """Whether it has been given up: an unanswered ping, or a ``begin`` without end."""
        if self.state == "starting":
            return now - self.born > BEGIN_S
        return self.is_running and self.ping_sent is not None and now - self.ping_sent > SILENT_S

    def raised(self) -> Iterator[Reason]:
        """The objections of this actor, or of its absence, to trading."""
        if self.reasons is not None and self.is_up:
            for state, why in self.reasons.items():
                yield Reason(state, self.name, why)
        elif self.trades_without:
            return
        elif self.state == "failed":
            yield Reason("starting", self.name, f"cannot go on: {self.fault}")
        elif self.state != "stopped":
            why = "not up yet" if self.is_up else "being restarted"
            yield Reason("starting", self.name, f"{why} ({self.fault})" if self.fault else why)

    def row(self, now: float) -> dict[str, Any]:
        """The actor as the page shows it."""
        age_s = round(now - self.born, 1) if self.is_up else 0.0
        return {
            "name": self.name,
            "pid": self.pid,
            "state": self.state,
            "restarts": self.restarts,
            "age_s": age_s,
        }
