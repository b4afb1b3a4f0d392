"""Starts, watches, talks to and ends a tree of actors, and leaves no process behind.

The program is only a guest of the actor system (``actors.thespian.launching`` starts it); it knows
every pid of the tree from the Supervisor, the Guard in the tree knows the program's, and a keeper between
them ends the tree that has no Guard yet or no longer.
"""

from __future__ import annotations

import socket
import time
from collections import deque
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from thespian.actors import ActorAddress, ActorSystem, ActorSystemException, WatchMessage
from thespian.system.messages.admin import SystemShutdown
from thespian.system.transport import ReceiveEnvelope, TransmitIntent

from actors import messages
from actors.messages import Message
from actors.thespian.dispatch import MessageActor
from actors.thespian.envelope import Envelope, has_expired, seal, unseal
from actors.thespian.keeper import Keeper
from actors.thespian.launching import BASE, LAUNCH_S, LaunchError, launch_admin
from actors.thespian.processes import ProcessHandle, wait_until_gone
from actors.thespian.restart_backoff import RestartBackoff

START_S: Final = 20.0
EXIT_S: Final = 2.0
TELL_EXPIRES_S: Final = 60.0
_PUMP_S: Final = 0.02


class ActorTreeError(Exception):
    """The tree did not come up; the text says why and where to look."""


class ActorTree:
    """The actors, as their program sees them: a Supervisor to talk to, and pids that must end.

    ``tell`` and ``is_alive`` may be called from any thread; everything else from one thread, which has to
    call ``receive`` again and again: that is also what delivers what was told.
    """

    def __init__(self, settings: dict[str, Any], supervisor: type[MessageActor]) -> None:
        self._settings = settings
        self._supervisor = supervisor
        self._logs = Path(settings["state_dir"]) / "logs"
        self._logs.mkdir(parents=True, exist_ok=True)
        self._generation = 0
        self._backoff = RestartBackoff()
        self._paused = False
        self._actions: dict[int, str] = {}
        self._outbox: deque[Message] = deque()
        self._wake_reader, self._wake_writer = socket.socketpair()
        self._wake_reader.settimeout(0.0)
        self._wake_writer.settimeout(0.0)
        self._forget_tree()

    def _forget_tree(self) -> None:
        # Thespian's side of this program. Its public calls wait for delivery (tell), hide who sent and what
        # is readable (listen) or wait ten seconds for the admin (shutdown): the transport does what we need.
        self._base: Any = None
        self._keeper: Keeper | None = None
        self._address: ActorAddress | None = None
        self._inbox: deque[Message] = deque()
        self._vital: tuple[ProcessHandle, ...] = ()
        self._handles: dict[int, ProcessHandle] = {}
        self._ready = False
        self._stopped = False
        self._failure = ""

    @classmethod
    def start(cls, settings: dict[str, Any], *, supervisor: type[MessageActor]) -> ActorTree:
        """A running tree. Fast (it forks) when this process has no threads; safe in any case."""
        tree = cls(settings, supervisor)
        tree._grow()
        return tree

    def restart(self) -> None:
        """A fresh tree in place of one that died; waits 0.1 s first, longer when it keeps dying."""
        self._kill_all()
        self._leave()
        time.sleep(self._backoff.after_life_of(time.monotonic() - self._born))
        self._grow()

    def stop(self, deadline_s: float, *, reason: str = "") -> list[int]:
        """Let everybody finish within ``deadline_s``, end all; the pids that had to be killed for it.

        ``reason`` is recorded as why the session ended.
        """
        deadline = time.monotonic() + deadline_s
        if self.is_alive():
            self._post(messages.Stop(deadline_s, reason))
            while not self._stopped and self.is_alive() and time.monotonic() < deadline:
                self._pump(deadline - time.monotonic())
        if self._vital and self._vital[1].is_alive():
            self._send(self._base.adminAddr, SystemShutdown())
            ends = time.monotonic() + EXIT_S
            while time.monotonic() < ends and any(handle.is_alive() for handle in self._handles.values()):
                self._pump(_PUMP_S)
        killed = self._kill_all()
        kept = self._inbox
        self._leave()
        self._inbox = kept
        return killed

    def is_alive(self) -> bool:
        """False from the moment the Supervisor or the admin has ended."""
        return bool(self._vital) and all(handle.is_alive() for handle in self._vital)

    def pids(self) -> list[int]:
        """Every process of the tree that is still there."""
        return [pid for pid, handle in list(self._handles.items()) if handle.is_alive()]

    def tell(self, message: Message) -> None:
        """Send to the Supervisor, with the next turn of ``receive``."""
        if isinstance(message, messages.ActionRequested):
            self._actions[message.request_id] = message.action
        self._outbox.append(message)
        try:
            self._wake_writer.send(b"!")
        except BlockingIOError:
            pass  # already due to wake

    def receive(self, timeout_s: float) -> Message | None:
        """The next message, its credit given; None when the time is up or the tree died."""
        deadline = time.monotonic() + timeout_s
        while not self._inbox:
            left_s = deadline - time.monotonic()
            if left_s < 0 or self._base is None or not self._pump(left_s):
                break
        return self._inbox.popleft() if self._inbox else None

    # -- starting -----------------------------------------------------------------------------

    def _grow(self) -> None:
        self._generation += 1
        self._born = time.monotonic()
        try:
            port, self._keeper = launch_admin(
                self._logs, self._settings["log_path"], module=self._supervisor.__module__
            )
            system = ActorSystem(BASE, {"Admin Port": port}, transientUnique=True)
            self._base = system._systemBase  # noqa: SLF001  # see _forget_tree
            self._watch()
            self._address = system.createActor(self._supervisor)
            settings = {**self._settings, "paused": self._paused}
            self._post(messages.Start("Supervisor", self._generation, settings))
            self._await_ready()
        except (ActorSystemException, ActorTreeError, LaunchError, ImportError) as error:
            self._end_failed_start()
            raise ActorTreeError(f"the actors did not start: {error}; see {self._logs}") from error

    def _await_ready(self) -> None:
        deadline = self._born + START_S + LAUNCH_S
        while not (self._ready and self._vital):
            if self._failure or time.monotonic() > deadline:
                raise ActorTreeError(self._failure or "the Supervisor does not answer")
            self._pump(_PUMP_S)
        assert self._keeper is not None
        self._keeper.has_grown()

    def _end_failed_start(self) -> None:
        if self._base is not None:
            self._base.shutdown()
        self._kill_all()
        self._leave()

    # -- messages -----------------------------------------------------------------------------

    def _post(self, message: Message, *, to: ActorAddress | None = None) -> None:
        envelope = seal(message, expires_s=TELL_EXPIRES_S, origin=("page", self._generation))
        self._send(to or self._address, envelope)

    def _send(self, address: Any, message: Any) -> None:
        self._base.transport.scheduleTransmit(None, TransmitIntent(address, message))

    def _pump(self, timeout_s: float) -> bool:
        """Let Thespian send and receive until something came; False when the tree died meanwhile."""
        while self._outbox:
            self._post(self._outbox.popleft())
        arrived = self._base.transport.run(None, timedelta(seconds=max(0.0, timeout_s)))
        if not isinstance(arrived, ReceiveEnvelope):
            return True
        if isinstance(arrived.message, WatchMessage):
            return self._woken()
        if isinstance(arrived.message, Envelope):
            self._take(arrived.message, arrived.sender)
        return True

    def _woken(self) -> bool:
        try:
            while self._wake_reader.recv(4096):
                pass
        except BlockingIOError:
            pass
        self._watch()
        return not self._vital or self.is_alive()

    def _watch(self) -> None:
        vital = [handle.fileno() for handle in self._vital if handle.fileno() >= 0 and handle.is_alive()]
        self._base.transport.set_watch([self._wake_reader.fileno(), *vital])

    def _take(self, envelope: Envelope, sender: ActorAddress) -> None:
        if envelope.number:
            self._post(messages.Credit(envelope.kind, envelope.number), to=sender)
        if has_expired(envelope):
            return
        message = unseal(envelope)
        if isinstance(message, messages.PidsRegistered):
            self._register(message)
        elif isinstance(message, messages.Ready):
            self._ready = True
        elif isinstance(message, messages.Stopped):
            self._stopped = True
        elif isinstance(message, messages.Crashed):
            self._failure = message.error
        elif not isinstance(message, messages.Pong):  # what the Supervisor itself holds back: nothing
            self._remember_pause(message)
            self._inbox.append(message)

    def _remember_pause(self, message: Message) -> None:
        """A pause outlives the Supervisor that granted it: a fresh tree must not resume by itself."""
        if isinstance(message, messages.ActionAnswered):
            action = self._actions.pop(message.request_id, "")
            if message.ok and action in ("pause", "resume"):
                self._paused = action == "pause"

    # -- processes ----------------------------------------------------------------------------

    def _register(self, registered: messages.PidsRegistered) -> None:
        pids = {registered.supervisor, registered.admin, *registered.pids}
        for pid in pids.difference(self._handles):
            self._handles[pid] = ProcessHandle(pid)
        for pid in [pid for pid in self._handles if pid not in pids and not self._handles[pid].is_alive()]:
            self._handles.pop(pid).close()
        if not self._vital:
            self._vital = (self._handles[registered.supervisor], self._handles[registered.admin])
            self._watch()

    def _kill_all(self) -> list[int]:
        """SIGKILL whatever still runs, those first who would start others; returns their pids."""
        order = {handle.pid: handle for handle in self._vital} | self._handles
        alive = [handle for handle in order.values() if handle.is_alive()]
        for handle in alive:
            handle.kill()
        wait_until_gone(alive, EXIT_S)
        return [handle.pid for handle in alive]

    def _leave(self) -> None:
        if self._base is not None:
            self._base.transport.close()
        if self._keeper is not None:
            self._keeper.end()  # and whatever of the tree was never registered
        for handle in self._handles.values():
            handle.close()
        self._forget_tree()
