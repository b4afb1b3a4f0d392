"""The keeper: a process between a program and its actor system, so that neither outlives the other.

It is the admin's parent, and the admin and all below it end with their parents (Linux). Its line is a
pipe whose writing end the program alone holds: the line ends when the program does, however that ends.
Before the tree has grown there is nothing to put in order, so everything is killed at once; later the Guard
gets the time to have resting orders canceled, and the keeper ends what is left then. The tree is a process
group of its own, led by the admin, so nothing of it has to be registered anywhere to be found.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from typing import Final

from actors.thespian.processes import ProcessHandle, adopt_orphans

GRACE_S: Final = 3.5  # from the end of the program: the Guard kills after 3 s
DEAD_WITHIN_S: Final = 1.0  # of what was killed; until then it may still have locks
END_WITHIN_S: Final = GRACE_S + 2 * DEAD_WITHIN_S
_LOOK_S: Final = 0.05
_TURN_S: Final = 0.005
_GROWN: Final = b"g"
_KILL: Final = b"k"


class Keeper:
    """The keeper, as its program sees it; ``line`` is the writing end."""

    def __init__(self, pid: int, line: int, *, interpreter: subprocess.Popen[bytes] | None = None) -> None:
        self.pid = pid
        self._line = line
        self._interpreter = interpreter

    def has_grown(self) -> None:
        """From now on the end of the program leaves time for an orderly one of the tree."""
        self._say(_GROWN)

    def end(self) -> None:
        """Kill what is left of the tree; on return it is gone, and so is the keeper."""
        self._say(_KILL)
        ends_at = time.monotonic() + END_WITHIN_S
        while not self._has_ended():
            if time.monotonic() > ends_at:
                os.kill(self.pid, signal.SIGKILL)  # the admin ends with it
            time.sleep(_TURN_S)
        os.close(self._line)

    def _has_ended(self) -> bool:
        if self._interpreter is not None:
            return self._interpreter.poll() is not None
        return os.waitpid(self.pid, os.WNOHANG)[0] != 0

    def _say(self, word: bytes) -> None:
        try:
            os.write(self._line, word)
        except BrokenPipeError:
            pass  # it has ended


def keep(line: int, admin: int) -> None:
    """The keeper's whole life; returns when the tree is gone. ``admin`` must be a child of this process."""
    adopt_orphans()  # the dead must not be waited for because nobody else collects them
    tree = _Tree(admin)
    grace_s = _await_end(line, tree)
    if not _has_gone(line, tree, within_s=grace_s):
        tree.kill()
        _has_gone(line, tree, within_s=DEAD_WITHIN_S)


def kill_tree(admin: int) -> None:
    """End the admin, a child of this process, and all below it."""
    _Tree(admin).kill()


def _await_end(line: int, tree: _Tree) -> float:
    """Wait until the program or the admin ends; the seconds that are left to the tree then."""
    grace_s = 0.0
    while not tree.has_lost_admin():
        if line in select.select([line, *tree.watched], [], [], _LOOK_S if not tree.watched else None)[0]:
            word = os.read(line, 1)
            if word != _GROWN:
                return grace_s if word == b"" else 0.0
            grace_s = GRACE_S
    return grace_s


def _has_gone(line: int, tree: _Tree, *, within_s: float) -> bool:
    """Whether the tree ends in time; not waited for when the program asks for the kill."""
    ends_at = time.monotonic() + within_s
    lines = [line]
    while not (tree.has_lost_admin() and tree.is_empty()):
        left_s = ends_at - time.monotonic()
        if left_s <= 0:
            return False
        if select.select(lines, [], [], min(left_s, _LOOK_S))[0]:
            word = os.read(line, 1)
            if word == _KILL:
                return False
            lines = lines if word else []  # the program has ended: nothing will be said any more
    return True


class _Tree:
    """The admin and its process group."""

    def __init__(self, admin: int) -> None:
        self._admin = admin
        self._handle = ProcessHandle(admin)
        self._has_lost_admin = False

    @property
    def watched(self) -> list[int]:
        """A descriptor that becomes readable when the admin ends; none where there is no such thing."""
        return [self._handle.fileno()] if self._handle.fileno() >= 0 else []

    def has_lost_admin(self) -> bool:
        """Collects all the dead on the way."""
        try:
            while (ended := os.waitpid(-1, os.WNOHANG)[0]) != 0:
                self._has_lost_admin |= ended == self._admin
        except ChildProcessError:
            pass
        return self._has_lost_admin

    def is_empty(self) -> bool:
        try:
            os.killpg(self._admin, 0)
        except (ProcessLookupError, PermissionError):  # macOS: only the dead are left
            return True
        return False

    def kill(self) -> None:
        if not self.has_lost_admin():
            os.kill(self._admin, signal.SIGKILL)  # it may not lead a group yet
        try:
            os.killpg(self._admin, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
