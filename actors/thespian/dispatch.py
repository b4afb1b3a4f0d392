"""Brings each message to the method that handles it, whatever happens on the way.

``MessageActor`` is the only place that receives. It opens envelopes, drops what has expired, calls
``on_<Message>``, gives each offered message its credit, and always returns the watched descriptors.
An actor that raises says so and exits: Thespian would run the handler a second time and then let the
actor live on with whatever state was left.
"""

from __future__ import annotations

import os
import sys
import time
import traceback
from collections.abc import Callable
from datetime import timedelta
from typing import Any, ClassVar, Final

from setproctitle import setproctitle
from thespian.actors import (
    ActorAddress,
    ActorExitRequest,
    ChildActorExited,
    ThespianWatch,
    WakeupMessage,
    WatchMessage,
)

from actors import messages
from actors.permanent_faults import is_permanent
from actors.thespian.envelope import Envelope, has_expired, unseal
from actors.thespian.processes import outlive_parent
from actors.thespian.sending import SendingActor
from actors.thespian.session_log import open_session_log
from actors.thespian.tamed_thespian import has_own_process
from actors.thespian.timers import Timers
from trading.trading_state import ORDER


class MessageActor(SendingActor):
    """Base of all actors: subclasses override the hooks and add ``on_<Message>(message, sender)``."""

    DIES_WITH_PARENT: ClassVar[bool] = True
    TRADES_WITHOUT: ClassVar[bool] = False  # whether trading goes on while it is away

    def __init__(self) -> None:
        super().__init__()
        self.settings: dict[str, Any] = {}
        self.stop_reason = ""  # why it was asked to stop
        self._parent = ""
        self._timers = Timers()
        self._started = False
        self._stopped = False
        self._crashed = False
        self._retired = False
        self._asked_to_stop: list[ActorAddress] = []
        self._reported: frozenset[str] = frozenset()

    # -- for subclasses to call ---------------------------------------------------------------

    def after(self, seconds: float, name: str) -> None:
        """``on_timer(name)`` in that time; asked again for the same name, only the last one counts."""
        number = self._timers.set(name, time.monotonic() + seconds)
        self.wakeupAfter(timedelta(seconds=seconds), (name, number))

    def stopped(self) -> None:
        """All that was owed is done; whoever asked for the stop is told."""
        self._stopped = True
        for asker in self._asked_to_stop:
            self._post(asker, messages.Stopped(self.name))
        self._asked_to_stop.clear()

    def leave(self) -> None:
        """End this actor, its process with it, as soon as this turn is over."""
        self.send(self.myAddress, ActorExitRequest())

    def retire(self) -> None:
        """Answer only for its life from now on: the thing that this actor works with has been given up."""
        self._retired = True

    # -- hooks --------------------------------------------------------------------------------

    def begin(self) -> None:
        """``Start`` has come: open what is needed. ``Ready`` is sent when this returns."""

    def wired(self, peers: dict[str, int]) -> None:
        """The peers' addresses are known or new; ``peers`` maps their names to incarnations."""

    def credited(self, peer: str, kind: str) -> None:
        """``peer`` has handled the last offered message of this kind."""

    def descriptors(self) -> list[int]:
        """The descriptors to watch for reading."""
        return []

    def readable(self) -> None:
        """Some watched descriptor can be read."""

    def on_timer(self, name: str) -> None:
        """A timer set by ``after`` has run out."""

    def reasons(self) -> dict[str, str]:
        """Each state of trading this actor asks for, and why; a new state is reported at once."""
        return {}

    def stopping(self, deadline_s: float) -> None:  # noqa: ARG002  # an actor that owes nothing needs no time
        """Finish what is owed within ``deadline_s``, then call ``stopped``."""
        self.stopped()

    def child_exited(self, address: ActorAddress) -> None:
        """A child is gone; Thespian may say so twice."""

    # -- receiving ----------------------------------------------------------------------------

    def receiveMessage(self, message: Any, sender: ActorAddress) -> ThespianWatch | None:  # noqa: N802  # Thespian's
        """Never raises, and watches again whatever came: a watch is good for one return only."""
        if self._crashed:
            return None
        try:
            self._dispatch(message, sender)
            for name in self._timers.take_overdue(time.monotonic()):
                self._run_out(name)
            if self._started and frozenset(self.reasons()) != self._reported:
                self._pong(0)
            watched = [] if self._retired else self.descriptors()
        except Exception:  # noqa: BLE001  # whatever it was, this actor's state is no longer to be trusted
            self._crash()
            return None
        return ThespianWatch(watched) if watched and has_own_process(self) else None

    def _dispatch(self, message: Any, sender: ActorAddress) -> None:
        if isinstance(message, Envelope):
            self._open(message, sender)
        elif isinstance(message, WakeupMessage):
            name, number = message.payload
            if self._timers.take(name, number):
                self._run_out(name)
        elif isinstance(message, WatchMessage):
            if not self._retired:
                self.readable()
        elif isinstance(message, ChildActorExited):
            self.child_exited(message.childAddress)
        elif not isinstance(message, ActorExitRequest):
            self.dropped["not an envelope"] += 1

    def _run_out(self, timer: str) -> None:
        if not self._retired:
            self.on_timer(timer)

    def _open(self, envelope: Envelope, sender: ActorAddress) -> None:
        if has_expired(envelope):
            self.dropped["expired"] += 1
        else:
            self._handle(envelope, sender)
        if envelope.number:
            self._post(sender, messages.Credit(envelope.kind, envelope.number))

    def _handle(self, envelope: Envelope, sender: ActorAddress) -> None:
        try:
            message = unseal(envelope)
        except (KeyError, ValueError):
            self.dropped["unreadable"] += 1
            return
        lifecycle = _LIFECYCLE.get(envelope.kind)
        handler = getattr(self, f"on_{envelope.kind}", None)
        if lifecycle is not None:
            lifecycle(self, message, envelope, sender)
        elif handler is None:
            self.dropped["no handler"] += 1
        elif not self._started:
            self.dropped["before start"] += 1
        elif self._retired:
            self.dropped["after the end"] += 1
        else:
            handler(message, envelope.origin[0])

    def _pong(self, number: int) -> None:
        reasons = self.reasons()
        unknown = set(reasons).difference(ORDER)
        if unknown:
            raise ValueError(f"{self.name} asks for states that do not exist: {sorted(unknown)}")
        self._reported = frozenset(reasons)
        self.tell(self._parent, messages.Pong(self.name, self.incarnation, number, reasons))

    def _crash(self) -> None:
        self._crashed = True
        cause = sys.exception()
        permanent = is_permanent(cause)
        if permanent:
            error = str(cause)  # all that a person needs, and the traceback would bury it
            self.log.error("Cannot go on: %s", error)
        else:
            error = "".join(traceback.format_exception_only(cause)).rstrip()
            self.log.error("Crashed: %s", error, exc_info=True)
        self.tell(self._parent, messages.Crashed(self.name, self.incarnation, error, permanent))
        self.leave()

    # -- lifecycle messages -------------------------------------------------------------------

    def _start(self, message: messages.Start, envelope: Envelope, sender: ActorAddress) -> None:
        if self._started:
            return
        self.name, self.incarnation, self.settings = message.name, message.incarnation, message.settings
        self._parent = envelope.origin[0]
        self._connect(self._parent, sender, envelope.origin[1])
        self.log = open_session_log(message.settings["log_path"], self.NAME)
        if has_own_process(self):
            setproctitle(f"rl-trader {self.name}")
            if not self.DIES_WITH_PARENT:
                outlive_parent()
        self.begin()
        self._started = True
        self.tell(self._parent, messages.Ready(self.name, self.incarnation, os.getpid()))
        self._pong(0)

    def _wire(self, message: messages.Wired, envelope: Envelope, _sender: ActorAddress) -> None:
        for name, address in (envelope.addresses or {}).items():
            self._connect(name, address, message.peers[name])
        self.wired(message.peers)

    def _answer_ping(self, message: messages.Ping, _envelope: Envelope, _sender: ActorAddress) -> None:
        if self._started:
            self._pong(message.number)

    def _poke(self, _message: messages.Poke, _envelope: Envelope, _sender: ActorAddress) -> None:
        if not self._retired:
            self.readable()

    def _take_credit(self, message: messages.Credit, envelope: Envelope, _sender: ActorAddress) -> None:
        is_open = self._credits.release(envelope.origin[0], message.kind, message.number)
        if is_open and not self._retired:
            self.credited(envelope.origin[0], message.kind)

    def _stop(self, message: messages.Stop, _envelope: Envelope, sender: ActorAddress) -> None:
        self._asked_to_stop.append(sender)
        if self._stopped or not self._started:
            self.stopped()
        elif len(self._asked_to_stop) == 1:
            self.stop_reason = message.reason
            self.stopping(message.deadline_s)


_LIFECYCLE: Final[dict[str, Callable[..., None]]] = {
    "Start": MessageActor._start,  # noqa: SLF001  # this table is a part of the class
    "Wired": MessageActor._wire,  # noqa: SLF001  # same
    "Ping": MessageActor._answer_ping,  # noqa: SLF001  # same
    "Credit": MessageActor._take_credit,  # noqa: SLF001  # same
    "Poke": MessageActor._poke,  # noqa: SLF001  # same
    "Stop": MessageActor._stop,  # noqa: SLF001  # same
}
