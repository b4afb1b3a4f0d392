"""One actor as the Supervisor knows it, and what follows from its silence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from actors.thespian.restart_backoff import RestartBackoff
from trading.trading_state import Reason

SILENT_S: Final = 3.0
BEGIN_S: Final = 20.0  # begin() may read a long outbox, during which an actor answers nothing


@dataclass(slots=True)
class Member:
    """One actor through all its incarnations; times are the caller's monotonic seconds."""

    name: str
    kind: str
    incarnation: int = 0
    pid: int = 0
    state: str = "restarting"  # starting | running | restarting | stopped
    restarts: int = 0
    born: float = 0.0
    reasons: dict[str, str] | None = None  # None until this incarnation has said
    ping_sent: float | None = None  # of the one unanswered ping
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

    def exited(self, now: float) -> float:
        """Seconds to wait before its next incarnation."""
        self.pid, self.state = 0, "restarting"
        return self._backoff.after_life_of(now - self.born)

    def is_silent(self, now: float) -> bool:
        """Whether it has been given up: an unanswered ping, or a ``begin`` without end."""
        if self.state == "starting":
            return now - self.born > BEGIN_S
        return self.is_running and self.ping_sent is not None and now - self.ping_sent > SILENT_S

    def raised(self) -> Iterator[Reason]:
        """What this actor, or its absence, has against trading."""
        if self.reasons is not None and self.is_up:
            for state, why in self.reasons.items():
                yield Reason(state, self.name, why)
        elif self.state != "stopped":
            yield Reason("starting", self.name, "not up yet" if self.is_up else "being restarted")

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
