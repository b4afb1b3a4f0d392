"""Watches a session for a while: its page is asked, its socket followed, its processes counted."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from cli.checklist.evidence import Startup, Watched
from cli.checklist.memory import memory_mb
from cli.checklist.page_mirror import PageMirror
from cli.checklist.page_socket import PageListener
from cli.checklist.service_lines import TRADING_WITHIN_S
from cli.errors import PreflightRefused
from cli.running_session import RunningSession
from trading.latency import LatencyRecord

LOOK_EVERY_S: Final = 0.5
PAGES: Final = ("/rl-trader", "/rl/health", "/rl/trader/status")
PATIENCE_S: Final = 2 * TRADING_WITHIN_S  # to see how late it is
UP: Final = "running"


def wait_until_trading(socket: PageListener, *, began: float | None, ended: Callable[[], str]) -> Startup:
    """``began``: when the session was started, monotonic seconds; None for one that ran already."""
    start = time.monotonic() if began is None else began
    while time.monotonic() < start + PATIENCE_S and not ended():
        if socket.wait_for(lambda mirror: _state(mirror)[0] == "trading", LOOK_EVERY_S):
            return Startup("trading", "", None if began is None else time.monotonic() - began)
    state, reason = socket.look(_state)
    return Startup(state, ended() or reason, None)


def _state(mirror: PageMirror) -> tuple[str, str]:
    trading = mirror.slices.get("trading", {})
    return trading.get("state", "starting"), trading.get("state_reason") or ""


class Watch:
    """Looks as often as it is told to; what was seen is a value at the end."""

    def __init__(
        self,
        running: RunningSession,
        socket: PageListener,
        ended: Callable[[], str],
        *,
        is_from_its_start: bool,
    ) -> None:
        """``is_from_its_start``: all restarts since the session began count."""
        self._running = running
        self._socket = socket
        self._ended = ended
        self._began = time.monotonic()
        self._answers = LatencyRecord()
        self._unanswered = 0
        self._restarts_before = 0 if is_from_its_start else socket.look(_restarts)
        self._states_before = socket.look(lambda mirror: len(mirror.states))
        self._first_mb = self._memory_mb()

    def go_on(self, seconds: float, tell: Callable[[str], None]) -> None:
        """Look until that much time is over or the session is."""
        until = time.monotonic() + seconds
        while (left_s := until - time.monotonic()) > 0 and not self._ended():
            tell(f"watching, {left_s:.0f} s to go: {_glance(self._socket)}")
            self.look()
            time.sleep(max(0.0, min(LOOK_EVERY_S, until - time.monotonic())))

    def look(self) -> None:
        """Ask the page once for everything."""
        for path in PAGES:
            began = time.monotonic()
            try:
                self._running.fetch(path)
            except PreflightRefused:
                self._unanswered += not self._ended()
            else:
                self._answers.add((time.monotonic() - began) * 1_000)

    def seen(self) -> Watched:
        """All of it until now."""
        last_mb = self._memory_mb()
        states = self._socket.look(lambda mirror: tuple(mirror.states[max(0, self._states_before - 1) :]))
        return Watched(
            seconds=time.monotonic() - self._began,
            states=states,
            restarts=self._socket.look(_restarts) - self._restarts_before,
            ended=self._ended(),
            page_ms=self._answers.summary(),
            unanswered=self._unanswered,
            socket_ms=self._socket.delays_ms(),
            socket_connections=self._socket.connections,
            memory_mb=None if self._first_mb is None or last_mb is None else (self._first_mb, last_mb),
        )

    def status(self) -> dict[str, Any]:
        """The last /rl/status there is."""
        found: dict[str, Any] = {}
        with suppress(PreflightRefused):
            found = self._running.ask("/rl/status")
        return found or self._socket.look(_status_of)

    def _memory_mb(self) -> float | None:
        pids = self._socket.look(
            lambda mirror: [row["pid"] for row in mirror.tables.get("actors", {}).values()]
        )
        return memory_mb([self._running.pid, *filter(None, pids)])


def _restarts(mirror: PageMirror) -> int:
    return sum(int(row["restarts"] or 0) for row in mirror.tables.get("actors", {}).values())


def _status_of(mirror: PageMirror) -> dict[str, Any]:
    """The status of the socket's last message has all that is judged but the time until the page."""
    latency_ms = {**mirror.slices["latency_ms"], "state_to_page": {"p95": None, "n": 0}}
    about = mirror.slices["about"]
    return {
        **mirror.slices,
        "latency_ms": latency_ms,
        "environment": about["environment"],
        "session": about["session"],
    }


def _glance(socket: PageListener) -> str:
    def told(mirror: PageMirror) -> str:
        if not mirror.slices:
            return "nothing heard yet"
        found = mirror.slices
        counts = [
            f"{found['decisions']['total'] or 0:,} decisions",
            f"{found['orders']['sent'] or 0:,} orders",
            f"{found['fills']['count'] or 0:,} fills",
        ]
        return f"{found['trading']['state']}, {', '.join(counts)}"

    return socket.look(told)
