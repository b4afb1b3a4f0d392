"""The intervals at which an actor tells the page of changes.

Telemetry is newest state, not a queue: the first change goes out at once, the next no sooner than
``SPACING_S`` later and only after the page has credited the last.
"""

from __future__ import annotations

import time
from typing import Any, Final

from actors.messages import Telemetry
from actors.thespian.dispatch import MessageActor
from actors.thespian.session_log import take_unwritten

SPACING_S: Final = 0.1
TABLE_PERIOD_S: Final = 0.5
UNWRITTEN: Final = "unwritten"  # the value with lines of the log that are in no file
IDLE_S: Final = 1.0  # unchanged state is repeated this often, so that its age can be seen


class ReportingActor(MessageActor):
    """An actor with a row on the page; subclasses say what is on it in ``telemetry``."""

    def __init__(self) -> None:
        super().__init__()
        self._changed = False
        self._reported_at = float("-inf")  # monotonic seconds
        self._table_at = float("-inf")

    def telemetry(self) -> dict[str, Any]:
        """The values to show; what is left out stays as it was, ``recent`` is what is new since."""
        return {}

    def table_due(self) -> bool:
        """Whether the long tables go out this time; they cost the most and are read the slowest."""
        now = time.monotonic()
        if now - self._table_at < TABLE_PERIOD_S:
            return False
        self._table_at = now
        return True

    def start_reporting(self) -> None:
        """Report from now on; to be called from ``begin``."""
        self.after(IDLE_S, "report_idle")

    def report_soon(self) -> None:
        """Something on the page changed."""
        self._changed = True
        self._report()

    def stopped(self) -> None:
        """The last report is what the session came to: it waits for no credit and leaves nothing out."""
        self._table_at = float("-inf")
        self.tell("page", self._values())
        super().stopped()

    def report_timer(self, name: str) -> bool:
        """Whether the timer was one of ours; to be asked first by ``on_timer``."""
        if name == "report_idle":
            self.after(IDLE_S, "report_idle")
            self.look_for_silence()
            if time.monotonic() - self._reported_at >= IDLE_S:
                self._changed = True
        elif name != "report":
            return False
        self._report()
        return True

    def credited(self, peer: str, kind: str) -> None:  # noqa: ARG002  # only the page gets telemetry
        if kind == "Telemetry":
            self._report()

    def _report(self) -> None:
        if not self._changed or not self.may_offer("page", Telemetry):
            return
        wait_s = self._reported_at + SPACING_S - time.monotonic()
        if wait_s > 0:
            self.after(wait_s, "report")
            return
        self._changed = False
        self._reported_at = time.monotonic()
        self.offer("page", self._values())

    def _values(self) -> Telemetry:
        values = self.telemetry()
        if unwritten := take_unwritten(self.log):
            values[UNWRITTEN] = unwritten  # a full disk must not keep anybody from hearing of it
        return Telemetry(self.name, time.time_ns() // 1000, values)
