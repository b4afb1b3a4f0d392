"""Actor systems for the tests, and the check that no test leaves a process behind."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from thespian.actors import ActorAddress, ActorSystem

from actors import messages
from actors.messages import Message
from actors.thespian.dispatch import MessageActor
from actors.thespian.envelope import Envelope, seal, unseal
from actors.thespian.launching import BASE, launch_admin
from tests.actors.probes import settings
from tests.actors.rehearsal import Rehearsal
from tests.loopback_exchange import cable, exchange  # noqa: F401  # fixtures
from tests.persistence.postgres import pids_of_the_run
from tests.polling import polled

PR_SET_CHILD_SUBREAPER = 36
PATIENCE_S = 20.0

_shared_pids: set[int] = set()  # of actor systems that their module keeps


def running_children() -> list[psutil.Process]:
    children = psutil.Process().children(recursive=True)
    found, of_the_run = [], pids_of_the_run()  # afterwards: the server makes processes at any time
    for child in children:
        try:
            if child.status() == psutil.STATUS_ZOMBIE:
                os.waitpid(child.pid, os.WNOHANG)
            elif child.pid not in of_the_run:
                found.append(child)
        except (psutil.NoSuchProcess, ChildProcessError):
            continue
    return found


def eventually(holds: Callable[[], Any]) -> Any:
    """The answer of ``holds`` once it is true; fails when it never is."""
    answer = polled(holds, within_s=PATIENCE_S)
    assert answer, "it never happened"
    return answer


@pytest.fixture(autouse=True)
def _no_process_is_left() -> Iterator[None]:
    """Orphans of a test become our children (Linux), so none can hide; any left fails its test."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    before = {child.pid for child in running_children()}
    yield

    def left() -> list[psutil.Process]:
        return [child for child in running_children() if child.pid not in before | _shared_pids]

    if not polled(lambda: not left(), within_s=PATIENCE_S):
        still = left()
        names = [" ".join(child.cmdline()).strip() for child in still]
        for child in still:
            child.kill()
        pytest.fail(f"processes left behind: {names}")


class Stage:
    """Actors under test and their program, with one set of words for both system bases."""

    def __init__(self, system: Any, folder: Path, *, is_simple: bool) -> None:
        self._system = system
        self.folder = folder
        self.is_simple = is_simple
        self.credits_to: ActorAddress | None = None

    def create(self, actor: type, name: str = "", **more: Any) -> ActorAddress:
        """A started actor, whose parent is the test (``page``)."""
        address = self._system.createActor(actor)
        start = messages.Start(name or actor.NAME, 1, settings(self.folder, **more))
        self.tell(address, start)
        return address

    def wire(self, address: ActorAddress, peers: dict[str, tuple[ActorAddress, int]]) -> None:
        incarnations = {name: incarnation for name, (_, incarnation) in peers.items()}
        addresses = {name: peer for name, (peer, _) in peers.items()}
        self.tell(address, messages.Wired(incarnations), addresses=addresses)

    def tell(self, address: ActorAddress, message: Message, expires_s: float = 60.0, **more: Any) -> None:
        self.post(address, seal(message, expires_s=expires_s, origin=("page", 1), **more))

    def post(self, address: ActorAddress, raw: Any) -> None:
        self._system.tell(address, raw)

    def receive(self, kind: type[Message], timeout_s: float = 10.0) -> Any:
        """The next message of that kind, passing over others; offers are credited to ``credits_to``."""
        deadline = time.monotonic() + timeout_s
        while (left_s := deadline - time.monotonic()) > 0:
            arrived = self._system.listen(min(left_s, 0.1) if self.is_simple else left_s)
            if not isinstance(arrived, Envelope):
                continue
            if arrived.number and self.credits_to is not None:
                self.tell(self.credits_to, messages.Credit(arrived.kind, arrived.number))
            if arrived.kind == kind.__name__:
                return unseal(arrived)
        return None

    def ask(self, address: ActorAddress, action: str) -> str:
        """A Probe's answer to ``ActionRequested``."""
        self.tell(address, messages.ActionRequested(1, action))
        answer = self.receive(messages.ActionAnswered)
        assert isinstance(answer, messages.ActionAnswered), f"no answer to {action!r}"
        return answer.text


def stage_address(stage: Stage) -> ActorAddress:
    """The test's own address, as actors see it."""
    if stage.is_simple:
        return stage._system._systemBase.actorRegistry["System:ExternalRequester"].address
    return stage._system._systemBase.transport.myAddress


@pytest.fixture(scope="module")
def tcp_system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ActorSystem]:
    """One for a module: each test ends its actors by their processes, and leaves nothing to the next one."""
    logs = tmp_path_factory.mktemp("tcp")
    before = {child.pid for child in running_children()}
    port, keeper = launch_admin(logs, str(logs / "session.log"), module="tests.actors.probes")
    system = ActorSystem(BASE, {"Admin Port": port}, transientUnique=True)
    _shared_pids.update({child.pid for child in running_children()} - before)
    yield system
    system.shutdown()
    keeper.end()
    _shared_pids.clear()


@pytest.fixture
def tcp_stage(tcp_system: ActorSystem, tmp_path: Path) -> Iterator[Stage]:
    (tmp_path / "logs").mkdir()
    before = {child.pid for child in running_children()}
    yield Stage(tcp_system, tmp_path, is_simple=False)
    while ours := [child for child in running_children() if child.pid not in before]:
        end_together(ours)
    while tcp_system.listen(0) is not None:
        pass  # what was still on its way to this test


def end_together(processes: list[psutil.Process]) -> None:
    """Kill them, none having the time to notice the end of another: a Guard would kill the system's admin."""
    for end in (psutil.Process.suspend, psutil.Process.kill):
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                end(process)
    psutil.wait_procs(processes, timeout=1)


@pytest.fixture
def simple_stage(tmp_path: Path) -> Iterator[Stage]:
    system = ActorSystem("simpleSystemBase", logDefs=False, transientUnique=True)
    yield Stage(system, tmp_path, is_simple=True)
    system.shutdown()


SIMPLE = "simpleSystemBase"
BASES = [SIMPLE, pytest.param(BASE, marks=pytest.mark.multiproc)]


# For rules that processes of their own, watches or timers could break; others are shown on one base.
on_both_bases = pytest.mark.parametrize("stage", BASES, indirect=True)


@pytest.fixture
def stage(request: pytest.FixtureRequest) -> Stage:
    """In this process, unless the test is on both bases."""
    base = getattr(request, "param", SIMPLE)
    return request.getfixturevalue("simple_stage" if base == SIMPLE else "tcp_stage")


# --- the actors of the trading path against a running exchange -------------------------------------


Rehearse = Callable[..., Rehearsal]


@pytest.fixture
def rehearse(stage: Stage, tmp_path: Path) -> Iterator[Rehearse]:
    """Puts an actor on stage; whatever happens, it is ended with its test."""
    yield from _rehearsals(stage, tmp_path)


@pytest.fixture
def rehearse_here(simple_stage: Stage, tmp_path: Path) -> Iterator[Rehearse]:
    """The same where the test has to reach inside the actor."""
    yield from _rehearsals(simple_stage, tmp_path)


def _rehearsals(stage: Stage, folder: Path) -> Iterator[Rehearse]:
    rehearsals: list[Rehearsal] = []

    def put_on(actor: type[MessageActor], **more: Any) -> Rehearsal:
        system, is_simple = stage._system, stage.is_simple
        rehearsals.append(Rehearsal(system, actor, is_simple=is_simple, folder=folder, **more))
        return rehearsals[-1]

    yield put_on
    for rehearsal in rehearsals:
        rehearsal.kill()
