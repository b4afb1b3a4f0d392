"""A tree and its trading when processes are killed or hang."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from actors import messages
from actors.thespian import member
from actors.thespian.processes import ProcessHandle, wait_until_gone
from actors.thespian.system import ActorTree
from tests.actors.conftest import eventually
from tests.actors.probes import RelaySupervisor, settings

pytestmark = [pytest.mark.multiproc, pytest.mark.skipif(sys.platform != "linux", reason="needs pidfd")]

RELAYS = ["MarketWatcher-0", "MarketWatcher-1", "OrderManager", "FillProcessor", "Selector"]
MORE = {"markets": 3, "shards": 2, "paused": False, "config": {}, "data": {}, "execution": {}}
GONE_S = 5.0  # what the outside was promised
STAND_IN = """
import sys
from pathlib import Path
from tests.actors.test_tree_faults import Program

program = Program(Path(sys.argv[1]))
program.sees_all_running()
print(*program.tree.pids(), flush=True)
print(program.pid_of("OrderManager"), flush=True)
while True:
    program.tree.receive(1.0)
"""


class Program:
    """The part of run.py for a tree."""

    def __init__(self, folder: Path) -> None:
        self.tree = ActorTree.start(settings(folder, **MORE), supervisor=RelaySupervisor)
        self.values: dict[str, Any] = {}
        self._request_id = 0

    def sees(self, holds: Callable[[], Any]) -> None:
        """Receive until ``holds`` is true of the newest values."""

        def look() -> Any:
            message = self.tree.receive(1.0)
            if isinstance(message, messages.Telemetry):
                self.values = message.values
            return self.values and holds()

        eventually(look)

    def sees_all_running(self) -> None:
        self.sees(lambda: self.values["state"] == "trading")

    def row(self, name: str) -> dict[str, Any]:
        return next(row for row in self.values["actors"] if row["name"] == name)

    def pid_of(self, name: str) -> int:
        return self.row(name)["pid"]

    def passes(self, *route: str) -> bool:
        """Whether a message comes through all of them, one after the other."""
        self._request_id += 1
        self.tree.tell(messages.BookRequested(self._request_id, " ".join(route)))

        def look() -> Any:
            message = self.tree.receive(1.0)
            return isinstance(message, messages.BookReported) and message

        report = eventually(look)
        return (report.request_id, report.book["name"]) == (self._request_id, route[-1])


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    program = Program(tmp_path)
    program.sees_all_running()
    yield program
    program.tree.stop(5.0)


def is_stopped(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() == psutil.STATUS_STOPPED


def end_of_hang(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGCONT)
    except ProcessLookupError:
        pass  # this machine was so slow that the Supervisor has replaced it


def test_while_any_one_actor_hangs_all_others_still_answer_each_other(program: Program):
    for hung in ["Guard", *RELAYS]:
        others = [name for name in RELAYS if name != hung]
        pid = program.pid_of(hung)
        os.kill(pid, signal.SIGSTOP)
        eventually(lambda pid=pid: is_stopped(pid))

        for first in others:
            for second in others:
                assert program.passes(first, second)

        end_of_hang(pid)
        program.sees_all_running()


def test_hung_actors_are_replaced_after_three_seconds(program: Program):
    hung = {name: program.pid_of(name) for name in ["Guard", *RELAYS]}
    began = time.monotonic()
    for pid in hung.values():
        os.kill(pid, signal.SIGSTOP)

    program.sees(lambda: program.values["state"] == "starting")
    silent_for = time.monotonic() - began
    program.sees(lambda: all(program.row(name)["restarts"] == 1 for name in hung))
    program.sees_all_running()

    assert silent_for > member.SILENT_S - 0.5
    assert not any(is_stopped(pid) for pid in hung.values())
    assert program.passes(*RELAYS)


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGTERM], ids=["SIGKILL", "SIGTERM"])
def test_a_killed_actor_is_replaced_once(program: Program, tmp_path: Path, sign: signal.Signals):
    """Thespian reports a SIGTERM twice."""
    for name in ["Guard", *RELAYS]:
        others = {other: program.pid_of(other) for other in ["Guard", *RELAYS] if other != name}
        os.kill(program.pid_of(name), sign)

        program.sees(lambda name=name: program.row(name)["restarts"] == 1)
        program.sees_all_running()

        assert {other: program.pid_of(other) for other in others} == others
    assert program.passes(*RELAYS)
    assert [program.row(name)["restarts"] for name in ["Guard", *RELAYS]] == [1] * 6
    log = (tmp_path / "logs" / "session.log").read_text()
    assert log.count("restarting it in") == log.count("restarting it in 0.1 s") == 6


def test_all_actors_killed_at_once_are_all_replaced(program: Program):
    for name in ["Guard", *RELAYS]:
        os.kill(program.pid_of(name), signal.SIGKILL)

    program.sees(lambda: all(program.row(name)["restarts"] == 1 for name in ["Guard", *RELAYS]))
    program.sees_all_running()

    assert program.passes(*RELAYS)


@pytest.mark.parametrize(
    "also_killed", [[], ["Guard"], ["OrderManager"]], ids=["alone", "with the Guard", "with another"]
)
def test_without_its_supervisor_nothing_lives_on_and_a_fresh_tree_can_be_started(
    program: Program, also_killed: list[str]
):
    handles = [ProcessHandle(pid) for pid in map(program.pid_of, RELAYS)]
    supervisor = program.pid_of("Supervisor")
    for pid in [*map(program.pid_of, also_killed), supervisor]:  # which would take the others with it
        os.kill(pid, signal.SIGKILL)

    eventually(lambda: not program.tree.is_alive())
    assert wait_until_gone(handles, GONE_S) == []

    program.tree.restart()
    program.values = {}
    program.sees_all_running()

    assert program.passes(*RELAYS)
    assert program.row("Supervisor")["restarts"] == 1
    for handle in handles:
        handle.close()


def test_without_the_admin_nothing_lives_on(program: Program):
    admin = psutil.Process(program.pid_of("Supervisor")).ppid()
    handles = [ProcessHandle(pid) for pid in program.tree.pids()]
    assert admin in program.tree.pids()

    os.kill(admin, signal.SIGKILL)

    assert wait_until_gone(handles, GONE_S) == []
    assert not program.tree.is_alive()
    for handle in handles:
        handle.close()


@pytest.mark.parametrize("hung", ["", "OrderManager"], ids=["everybody well", "OrderManager hung"])
def test_nothing_outlives_its_program_for_five_seconds(tmp_path: Path, hung: str):
    program = subprocess.Popen(
        [sys.executable, "-c", STAND_IN, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    handles = [ProcessHandle(int(pid)) for pid in program.stdout.readline().split()]
    order_manager = int(program.stdout.readline())
    assert len(handles) == 10  # the admin, its logger, the Supervisor and seven actors
    assert all(handle.is_alive() for handle in handles)

    if hung:
        os.kill(order_manager, signal.SIGSTOP)
    program.kill()
    program.wait()

    assert wait_until_gone(handles, GONE_S) == []
    assert program.stdout.read() == ""  # its pipe is held by nobody
    log = (tmp_path / "logs" / "session.log").read_text()
    assert "ERROR: [Guard] The program has ended" in log
    assert ("[OrderManager] stopping within 2.0 s" in log) is not bool(hung)
    program.stdout.close()
    for handle in handles:
        handle.close()
