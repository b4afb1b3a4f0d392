"""Handles on processes, which never reach another one that has got the same pid.

A pid may be reused the moment its process is gone. A pidfd names the process itself: it becomes
readable when that process ends, zombies included, and signals through it cannot reach a successor.
Where the system has none (macOS), a pid and ``kill(pid, 0)`` must do.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import sys
import time
from collections.abc import Iterable
from typing import Final

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_CHILD_SUBREAPER: Final = 36
_LOOK_S: Final = 0.01


class ProcessHandle:
    """One process, from now until ``close``."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._descriptor = -1
        self._gone = pid <= 0
        if hasattr(os, "pidfd_open") and pid > 0:
            try:
                self._descriptor = os.pidfd_open(pid)
            except ProcessLookupError:
                self._gone = True
            except OSError:
                pass  # no descriptor to spare, or a kernel without them: fall back to the pid

    def fileno(self) -> int:
        """Readable when the process has ended; -1 where that cannot be watched."""
        return self._descriptor

    def is_alive(self) -> bool:
        if self._gone:
            return False
        if self._descriptor >= 0:
            poll = select.poll()
            poll.register(self._descriptor, select.POLLIN)
            self._gone = bool(poll.poll(0))
        else:
            self._gone = not _answers(self.pid)
        return not self._gone

    def kill(self) -> None:
        """SIGKILL; nothing happens when it is gone."""
        try:
            if self._descriptor >= 0:
                signal.pidfd_send_signal(self._descriptor, signal.SIGKILL)
            elif not self._gone:
                os.kill(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            self._gone = True

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def _answers(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def wait_until_gone(handles: Iterable[ProcessHandle], timeout_s: float) -> list[ProcessHandle]:
    """The processes still alive after ``timeout_s``; returns as soon as there are none."""
    deadline = time.monotonic() + timeout_s
    while True:
        alive = [handle for handle in handles if handle.is_alive()]
        if not alive or time.monotonic() >= deadline:
            return alive
        time.sleep(_LOOK_S)


def die_with_parent(parent: int) -> None:
    """Have the kernel SIGKILL this process when ``parent`` ends (Linux; elsewhere Guard and keeper must do).

    They do the same from outside; this holds even when they and the parent are killed at once. It is the end
    of the parent's thread that counts, so the parent must fork in a thread that lives as long as itself.
    """
    if sys.platform != "linux":
        return
    _set_signal_of_parents_death(signal.SIGKILL)
    if os.getppid() != parent:  # it ended before
        os.kill(os.getpid(), signal.SIGKILL)


def adopt_orphans() -> None:
    """Become the parent of descendants whose own parent ends (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def outlive_parent() -> None:
    """Take ``die_with_parent`` back."""
    if sys.platform == "linux":
        _set_signal_of_parents_death(0)


def _set_signal_of_parents_death(number: int) -> None:
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
