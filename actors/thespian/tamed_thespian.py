"""Makes true of Thespian 4.0.1 what has to be before it may run orders.

Everything that reaches into the package is here, each with what was measured without it. ``tame`` is
called once in the process that starts an actor system; the actors, forked from it, inherit the result.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import socket
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from setproctitle import setproctitle
from thespian.actors import Actor, ActorAddress, ActorExitRequest
from thespian.system import logdirector, multiprocCommon, timing
from thespian.system.transport import IPBase
from thespian.system.transport.TCPTransport import opsKey

from actors.thespian.processes import die_with_parent

LOOPBACK: Final = "127.0.0.1"
_MARK: Final = "_tamed"

admin_pid = 0  # set in the keeper, which starts it
logger_pid = 0  # of Thespian's own logger; set in the admin, inherited by the actors it forks


def tame(logs: Path) -> None:
    """Apply all patches; calling it again only moves Thespian's own log to ``logs``."""
    os.environ["THESPIAN_BASE_IPADDR"] = LOOPBACK
    os.environ["THESPLOG_FILE"] = str(
        logs / "thespian.log"
    )  # /tmp/thespian.log otherwise, shared by all users
    if hasattr(timing.ExpirationTimerView, _MARK):
        return
    setattr(timing.ExpirationTimerView, _MARK, True)
    timing.ExpirationTimerView.remaining = _never_zero_before_expiry(timing.ExpirationTimerView.remaining)
    IPBase.IPActorAddress.bindArgs = property(_loopback_only)
    multiprocCommon.startAdmin = _stays_a_child(multiprocCommon.startAdmin)
    multiprocCommon.detach_child = _remembers_admin(multiprocCommon.detach_child)
    multiprocCommon.startChild = _dies_with_parent(multiprocCommon.startChild)
    multiprocCommon.startupASLogger = _dies_with_parent(multiprocCommon.startupASLogger)
    multiprocCommon.startASLogger = _remembers_logger(multiprocCommon.startASLogger)
    multiprocCommon.setProcName = logdirector.setProcName = _set_title


def _never_zero_before_expiry(remaining: Callable[..., Any]) -> Callable[..., Any]:
    """The main loop discards a delay of zero as if there were no timer: with less than 0.5 µs left, the
    actor slept until other traffic came (a chain of 1 ms timers froze within 2–9 runs of 400)."""

    def patched(self: Any, forever: Any = None) -> Any:
        left = remaining(self, forever)
        if left is not None and not left and not self.expired():
            return timedelta(microseconds=1)
        return left

    return patched


def _loopback_only(self: Any) -> tuple[tuple[str, int]]:
    """Stock Thespian listens on 0.0.0.0 and unpickles what comes: code execution for whoever reaches it."""
    return ((LOOPBACK, self.bindname[1]),)


def _stays_a_child(start_admin: Callable[..., Any]) -> Callable[..., Any]:
    """Thespian lets the admin fork once more and belong to nobody: killed while it started, a program left
    admin and logger behind for ever. So that fork does nothing, and the admin ends with its keeper."""

    def patched(*args: Any) -> Any:
        real_fork = os.fork

        def no_fork() -> int:
            os.fork = real_fork
            return 0

        os.fork = no_fork
        return start_admin(*args)

    return _dies_with_parent(patched)


def _remembers_admin(detach: Callable[..., Any]) -> Callable[..., Any]:
    def patched(child: Any) -> Any:
        global admin_pid  # read by the keeper, whose child it is
        if child.name == "ThespianAdmin":
            admin_pid = child.pid
        return detach(child)

    return patched


def _dies_with_parent(start: Callable[..., Any]) -> Callable[..., Any]:
    """From the first instant on: the logger knows no supervisor, and an actor none before its ``Start``."""

    def patched(*args: Any) -> Any:
        parent = multiprocessing.parent_process()
        assert parent is not None
        assert parent.pid is not None
        die_with_parent(parent.pid)
        return start(*args)

    return patched


def _remembers_logger(start: Callable[..., Any]) -> Callable[..., Any]:
    def patched(*args: Any, **options: Any) -> Any:
        global logger_pid  # read by the Supervisor, which is forked from here
        child = start(*args, **options)
        logger_pid = child.childProc.pid
        return child

    return patched


def _set_title(name: str, _address: Any) -> None:
    setproctitle(f"rl-trader {name.replace('MultiProcAdmin', 'admin')}")


def has_own_process(actor: Actor) -> bool:
    """False under ``simpleSystemBase``, where every actor is in the caller's process."""
    return hasattr(actor._myRef, "transport")  # noqa: SLF001  # Thespian has no public way to ask


def child_pid(actor: Actor, address: ActorAddress) -> int:
    """The pid of the child just created at ``address``; 0 where actors have no process of their own."""
    for child in reversed(getattr(actor._myRef, "_child_procs", [])):  # noqa: SLF001  # no public way
        if child.childAddr is address:
            return int(child.childProc.pid)
    return 0


def child_is_alive(actor: Actor, address: ActorAddress) -> bool:
    """Thespian says nothing about a child that ends before it has connected; so it has to be asked."""
    if not has_own_process(actor):
        return True
    children = getattr(actor._myRef, "_child_procs", [])  # noqa: SLF001  # no public way
    return any(child.childAddr is address and child.childProc.is_alive() for child in children)


def kill_child(actor: Actor, address: ActorAddress) -> None:
    """SIGKILL; where actors have no process of their own, an exit request."""
    for child in getattr(actor._myRef, "_child_procs", []):  # noqa: SLF001  # no public way
        if child.childAddr is address:
            child.childProc.kill()
    if not has_own_process(actor):
        actor.send(address, ActorExitRequest())


def renew_link(actor: Actor, address: ActorAddress) -> int:
    """End this actor's connections to ``address``, so that its next message opens one; how many there were.

    A message that Thespian's other end neither reads nor refuses holds back, for five minutes and without
    a line in its log, all that follow it to the same actor. A new connection frees both directions, and
    what was under way is sent again.
    """
    if not has_own_process(actor):
        return 0
    transport = actor._myRef.transport  # noqa: SLF001  # no public way
    under_way = [one for one in transport._transmitIntents.values() if one.targetAddr == address]  # noqa: SLF001  # same
    for intent in under_way:
        with contextlib.suppress(OSError):  # not connected yet, or no longer
            intent.socket.shutdown(socket.SHUT_RDWR)  # the transport finds it ended, and closes it
    idle = transport._openSockets.pop(opsKey(address), None)  # noqa: SLF001  # same
    if idle is not None:
        idle.close()
    return len(under_way) + (idle is not None)
