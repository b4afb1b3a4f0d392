"""Supervisor: says in which state trading is, who trades and watches what, and in which order all stop.

How it keeps the actors running is in ``actors.thespian.parent``.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Iterable
from typing import Any, ClassVar, Final

from actors import messages
from actors.fill_processor import FillProcessor
from actors.guard import Guard
from actors.market_desk import MarketDesk, OutgoingMessage
from actors.market_watcher import MarketWatcher
from actors.order_manager import OrderManager
from actors.recorder import Recorder
from actors.selector import Selector
from actors.thespian.dispatch import MessageActor
from actors.thespian.member import Member
from actors.thespian.parent import BEAT_S, ParentActor
from actors.thespian.stop_plan import StopPlan
from settings.config import Config
from trading.trading_state import Reason, trading_state

LEASE_S: Final = 3.0
HISTORY_KEPT: Final = 50


class Supervisor(ParentActor):
    """The parent of all other actors."""

    NAME: ClassVar[str] = "Supervisor"
    ACTORS: ClassVar[dict[str, type[MessageActor]]] = {  # in the order they are started
        "Guard": Guard,
        "MarketWatcher": MarketWatcher,
        "OrderManager": OrderManager,
        "FillProcessor": FillProcessor,
        "Selector": Selector,
        "Recorder": Recorder,
    }

    def begin(self) -> None:
        shards = self.settings["shards"]
        is_named = bool(Config.model_validate(self.settings["config"]).markets.tickers)
        self._markets = MarketDesk(
            shards=shards,
            wanted=self.settings["markets"],
            named_by="markets.tickers" if is_named else "",
            renamed=self.settings["renamed"],
        )
        self._paused = self.settings["paused"]
        self._stop_plan: StopPlan | None = None
        self._state = ("", "")  # none yet, so that the first is announced
        self._history: deque[dict[str, Any]] = deque(maxlen=HISTORY_KEPT)
        self._born = time.monotonic()
        self.start_members({"MarketWatcher": shards})
        self._judge_state()
        self.start_reporting()

    def on_timer(self, name: str) -> None:
        if not (self.report_timer(name) or self.member_timer(name)) and name == "stage":
            self._next_stage()

    # -- what a parent asks -------------------------------------------------------------------

    def settings_for(self, kind: str) -> dict[str, Any]:
        return settings_for(kind, self.settings)

    def brief(self, member: Member) -> None:
        if member.kind == "MarketWatcher":
            self._deliver(self._markets.all_for_watcher(member.name))
            self.tell(member.name, messages.StateChanged(*self._state))
        elif member.kind == "OrderManager":
            self._deliver(self._markets.all_for_manager())
            self._grant_lease()
        elif member.kind == "Selector":
            self.tell("Selector", messages.StateChanged(*self._state))

    def gone(self, member: Member) -> bool:
        if self._stop_plan is not None:
            self._has_stopped(member)
        return self._stop_plan is None

    def hopeless(self, member: Member) -> None:
        if not member.trades_without:
            self.tell("page", messages.GaveUp(member.name, member.fault))
        if self._stop_plan is not None:
            self._has_stopped(member)

    def members_changed(self) -> None:
        self._judge_state()
        self.report_soon()

    def beaten(self) -> None:
        self._grant_lease()

    # -- the state of trading -----------------------------------------------------------------

    def _judge_state(self) -> None:
        own = []
        if self._paused:
            own.append(Reason("paused", "user", "paused until resumed"))
        if self._stop_plan is not None:
            own.append(Reason("stopping", "user", "the program is stopping"))
        raised = [reason for member in self._members.values() for reason in member.raised()]
        before, self._state = self._state, trading_state([*own, *raised])
        if self._state != before:
            self._announce(worst_changed=self._state[0] != before[0])

    def _announce(self, *, worst_changed: bool) -> None:
        state, reason = self._state
        if worst_changed:
            self.log.info("Trading state: %s%s", state, f" ({reason})" if reason else "")
            self._history.append({"at_us": time.time_ns() // 1000, "state": state, "reason": reason})
        for kind in ("Selector", "MarketWatcher"):
            self.tell_running(kind, messages.StateChanged(state, reason))
        self._grant_lease()
        self.report_soon()

    def _grant_lease(self) -> None:
        lease = messages.LeaseGranted(LEASE_S, *self._state)
        # One that comes late is worth nothing: its validity is counted from its arrival.
        self.tell_running("OrderManager", lease, expires_s=BEAT_S)

    def on_ActionRequested(self, message: messages.ActionRequested, _sender: str) -> None:
        if message.action == "flush":
            self._pass_on_flush(message)
            return
        known = message.action in ("pause", "resume")
        if known:
            self._paused = message.action == "pause"
            self._judge_state()
            text = "trading is paused" if self._paused else self._resumed()
        else:
            text = f"the Supervisor knows no action {message.action!r}"
        self.tell("page", messages.ActionAnswered(message.request_id, known, text))

    def _pass_on_flush(self, message: messages.ActionRequested) -> None:
        if self.running("Recorder"):
            self.tell_running("Recorder", message)
        else:
            text = "the Recorder does not run; what it has not written waits in the state folder"
            self.tell("page", messages.ActionAnswered(message.request_id, ok=False, text=text))

    def _resumed(self) -> str:
        """Whoever resumes must hear what else keeps orders back."""
        state, reason = self._state
        if state == "trading":
            return "trading is no longer paused"
        return f"no longer paused by the user, but {state} ({reason})"

    def telemetry(self) -> dict[str, Any]:
        now = time.monotonic()
        itself = Member("Supervisor", "Supervisor", self.incarnation, os.getpid(), "running")
        itself.restarts, itself.born = self.incarnation - 1, self._born
        rows = [member.row(now) for member in (itself, *self._members.values())]
        state, reason = self._state
        return {
            "state": state,
            "state_reason": reason,
            "actors": rows,
            "history": list(self._history),
            **self._markets.figures(),
        }

    # -- the markets --------------------------------------------------------------------------

    def on_MarketsDiscovered(self, message: messages.MarketsDiscovered, _sender: str) -> None:
        self._deliver(self._markets.take_search(message, now_us=time.time_ns() // 1000))

    def on_MarketsListed(self, message: messages.MarketsListed, _sender: str) -> None:
        self._deliver(self._markets.take_answer(message))

    def on_MarketsHeld(self, message: messages.MarketsHeld, _sender: str) -> None:
        self._deliver(self._markets.take_held(message))

    def _deliver(self, outgoing: Iterable[OutgoingMessage]) -> None:
        for to, message in outgoing:
            if (member := self._members.get(to)) is not None and member.is_running:
                self.tell(to, message)
        for line in self._markets.take_log_lines():
            self.log.log(line.level, "%s", line.text)
        self.report_soon()

    def on_BookRequested(self, message: messages.BookRequested, _sender: str) -> None:
        watcher = self._members.get(self._markets.watcher_of(message.ticker) or "")
        if watcher is not None and watcher.is_running:
            self.tell(watcher.name, message)
        else:
            self.tell("page", messages.BookReported(message.request_id, found=False, book={}))

    def on_WhyRequested(self, message: messages.WhyRequested, _sender: str) -> None:
        state, reason = self._state
        facts = {"state": state, "reason": reason, **self._markets.standing(message.ticker)}
        self.tell("page", messages.WhyReported(message.request_id, self.NAME, facts))
        for kind in ("Selector", "OrderManager"):
            self.tell_running(kind, message)

    def on_BookLinesRequested(self, message: messages.BookLinesRequested, _sender: str) -> None:
        self.tell_running("MarketWatcher", message)

    # -- the orderly stop ---------------------------------------------------------------------

    def stopping(self, deadline_s: float) -> None:
        self._stop_plan = StopPlan(deadline_s)
        for member in self._members.values():
            if not member.is_up:
                member.state = "stopped"
        self._judge_state()
        self._next_stage()

    def _next_stage(self) -> None:
        if self._stop_plan is None:
            return
        running = [(member.name, member.kind) for member in self.running()]
        budget_s = self._stop_plan.next_stage(running)
        if budget_s is None:
            self.stopped()
            return
        for name in self._stop_plan.awaited:
            self.tell(name, messages.Stop(budget_s, self.stop_reason))
        self.after(budget_s, "stage")

    def on_Stopped(self, message: messages.Stopped, _sender: str) -> None:
        self._has_stopped(self._members[message.name])

    def _has_stopped(self, member: Member) -> None:
        member.state = "stopped"
        if self._stop_plan is not None and self._stop_plan.has_stopped(member.name):
            self._next_stage()


def settings_for(kind: str, settings: dict[str, Any]) -> dict[str, Any]:
    """The settings of an actor of this kind: a venue with its key, or the database, only if it speaks to
    it."""
    speaks_to = {
        "MarketWatcher": {"data"},
        "OrderManager": {"execution"},
        "FillProcessor": {"execution"},
        "Recorder": {"database"},
        "Guard": {"database"},
    }
    withheld = {"data", "execution", "database"} - speaks_to.get(kind, set())
    return {key: value for key, value in settings.items() if key not in withheld}
