"""Guard: ends what must not outlive its program, its Supervisor or the admin.

Thespian's processes belong to nobody: after a ``kill -9`` of the program they were seen trading on for
minutes. The Guard watches the three that matter and holds a handle on each registered process, so that
what it kills is what was registered and never a successor with the same pid.
"""

from __future__ import annotations

import os
from typing import ClassVar, Final

from actors import messages
from actors.database_end import stop_database_apart
from actors.thespian.dispatch import MessageActor
from actors.thespian.processes import ProcessHandle
from actors.thespian.tamed_thespian import has_own_process

CANCEL_S: Final = 2.0  # what OrderManager gets to cancel resting orders once the program is gone
KILL_S: Final = 3.0
LOOK_S: Final = 0.5  # how often it looks where processes cannot be watched


class Guard(MessageActor):
    """Watches by descriptor, looks by timer as well, and needs nobody's help to kill."""

    NAME: ClassVar[str] = "Guard"
    DIES_WITH_PARENT: ClassVar[bool] = False

    def begin(self) -> None:
        self._program = ProcessHandle(self.settings["run_pid"])
        self._registered: dict[int, ProcessHandle] = {}
        self._vital: list[ProcessHandle] = []
        self._program_gone = False
        self.after(LOOK_S, "look")

    def on_PidsRegistered(self, message: messages.PidsRegistered, _sender: str) -> None:
        pids = {message.supervisor, message.admin, *message.pids}
        for pid in set(self._registered).difference(pids):
            self._registered.pop(pid).close()
        for pid in pids.difference(self._registered):
            self._registered[pid] = ProcessHandle(pid)
        self._vital = [self._registered[message.supervisor], self._registered[message.admin]]
        self._look()

    def descriptors(self) -> list[int]:
        watched = [self._program, *self._vital] if self._started else []
        return [handle.fileno() for handle in watched if handle.fileno() >= 0 and handle.is_alive()]

    def readable(self) -> None:
        self._look()

    def on_timer(self, name: str) -> None:
        if name == "kill":
            self._kill_all()
        else:
            self.after(LOOK_S, "look")
            self._look()

    def on_Stopped(self, message: messages.Stopped, _sender: str) -> None:
        if self._program_gone and message.name == "OrderManager":
            self._kill_all()

    def _look(self) -> None:
        if not all(handle.is_alive() for handle in self._vital):
            self.log.error("The Supervisor or the admin has ended: killing what it leaves behind")
            self._kill_all()
        elif not self._program_gone and not self._program.is_alive():
            self._program_gone = True
            self.log.error("The program has ended: resting orders are canceled, then everything is killed")
            self.tell("OrderManager", messages.Stop(CANCEL_S), expires_s=CANCEL_S)
            self.after(KILL_S, "kill")

    def _kill_all(self) -> None:
        """The Supervisor and the admin first: they would replace the others."""
        for handle in [*self._vital, *self._registered.values()]:
            if handle.pid != os.getpid():
                handle.kill()
        if self._program_gone:
            stop_database_apart(self.settings)
        if has_own_process(self):
            os._exit(0)  # nobody is left to take part in an orderly exit
        self.leave()
