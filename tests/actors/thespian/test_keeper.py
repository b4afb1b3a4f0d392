"""No process of a tree outlives its program or its keeper, at whatever instant that is killed."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from actors.guard import KILL_S
from actors.thespian import keeper
from actors.thespian.keeper import GRACE_S, Keeper, keep
from actors.thespian.system import ActorTree
from persistence.process_lock import holder
from tests.actors.conftest import eventually, running_children
from tests.actors.probes import Alone, settings

FORK = multiprocessing.get_context("fork")
TREE = "import subprocess, sys, time; subprocess.Popen(['sleep', '600']); print(flush=True); time.sleep(600)"
GROWN = 4  # processes of a whole tree: keeper, admin, logger, Supervisor


class Kept:
    """A keeper of a tree of two sleeping processes, and the admin's pid."""

    def __init__(self, grace_s: float) -> None:
        line, lines_end = os.pipe()
        pids, pids_end = FORK.Pipe()
        process = FORK.Process(target=_keep, args=(line, lines_end, pids_end, grace_s))
        process.start()
        os.close(line)
        self.pids = [process.pid, *pids.recv()]
        self.keeper = Keeper(process.pid, lines_end)
        self.line = lines_end

    def living(self) -> list[int]:
        return [child.pid for child in running_children() if child.pid in self.pids]


def _keep(line: int, lines_end: int, pids: Any, grace_s: float) -> None:
    os.close(lines_end)
    keeper.GRACE_S = grace_s
    admin = subprocess.Popen(
        [sys.executable, "-S", "-c", TREE], stdout=subprocess.PIPE, start_new_session=True
    )
    admin.stdout.readline()
    pids.send([admin.pid, *(child.pid for child in psutil.Process(admin.pid).children())])
    keep(line, admin.pid)
    os._exit(0)


@pytest.fixture(params=[True, False], ids=["watched", "asked for"])
def kept(request, monkeypatch) -> Iterator[Callable[..., Kept]]:
    """Keepers, also where a process cannot be watched by a descriptor."""
    if not request.param:
        monkeypatch.delattr(os, "pidfd_open", raising=False)
    made = []

    def make(*, grace_s: float = 600.0) -> Kept:
        made.append(Kept(grace_s))
        assert len(made[-1].living()) == 3
        return made[-1]

    yield make
    for each in made:
        for pid in each.living():
            os.kill(pid, signal.SIGKILL)
        running_children()


def test_a_tree_whose_program_ends_while_it_grows_is_killed_at_once(kept):
    tree = kept()

    os.close(tree.line)

    eventually(lambda: not tree.living())


def test_a_grown_tree_has_time_to_end_and_what_is_left_then_is_killed(kept):
    tree = kept(grace_s=0.2)
    tree.keeper.has_grown()

    os.close(tree.line)

    eventually(lambda: not tree.living())


def test_a_grown_tree_is_not_killed_before_its_time(kept):
    tree = kept(grace_s=600.0)
    tree.keeper.has_grown()

    os.close(tree.line)
    for pid in reversed(tree.pids[1:]):  # as the Guard does, within its time
        os.kill(pid, signal.SIGTERM)

    eventually(lambda: not tree.living())


def test_what_outlives_the_admin_is_killed(kept):
    tree = kept(grace_s=0.2)
    tree.keeper.has_grown()

    os.kill(tree.pids[1], signal.SIGKILL)

    eventually(lambda: not tree.living())
    os.close(tree.line)


def test_the_program_can_end_all_of_it_at_once(kept):
    tree = kept()
    tree.keeper.has_grown()

    tree.keeper.end()

    assert tree.living() == []


def test_a_keeper_that_hangs_is_ended_too(kept, monkeypatch):
    monkeypatch.setattr(keeper, "END_WITHIN_S", 0.1)
    tree = kept()
    os.kill(tree.pids[0], signal.SIGSTOP)

    tree.keeper.end()

    assert tree.pids[0] not in tree.living()


def test_the_guard_has_its_time_before_the_keeper_kills():
    assert KILL_S < GRACE_S < KILL_S + 1


# --- with a real tree ---------------------------------------------------------------------------


def _grow(folder: Path, threads: int) -> None:
    keeper.GRACE_S = 0.5
    for _ in range(threads):
        threading.Thread(target=signal.pause, daemon=True).start()
    ActorTree.start(settings(folder), supervisor=Alone)
    signal.pause()


def descendants(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


@pytest.mark.multiproc
@pytest.mark.parametrize(("processes", "threads"), [(1, 0), (2, 0), (3, 0), (4, 0), (1, 1)])
def test_nothing_is_left_of_a_program_that_is_killed_while_its_tree_grows(tmp_path, processes, threads):
    before = {child.pid for child in running_children()}
    program = FORK.Process(target=_grow, args=(tmp_path, threads))
    program.start()
    eventually(lambda: len(descendants(program.pid)) >= processes)

    program.kill()
    program.join()

    eventually(lambda: {child.pid for child in running_children()} <= before)


@pytest.mark.multiproc
@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's promise is Linux's")
@pytest.mark.parametrize("processes", [2, 3, 4])
def test_nothing_is_left_when_keeper_and_program_are_killed_at_once(tmp_path, processes):
    before = {child.pid for child in running_children()}
    program = FORK.Process(target=_grow, args=(tmp_path, 0))
    program.start()
    eventually(lambda: len(descendants(program.pid)) >= processes)
    (its_keeper,) = psutil.Process(program.pid).children()

    its_keeper.kill()
    program.kill()
    program.join()

    eventually(lambda: {child.pid for child in running_children()} <= before)


@pytest.mark.multiproc
def test_a_tree_that_an_earlier_program_left_is_waited_for(tmp_path):
    earlier = FORK.Process(target=_grow, args=(tmp_path, 0))
    earlier.start()
    eventually(lambda: len(descendants(earlier.pid)) >= GROWN)
    keeper_pid = holder(tmp_path / "logs" / "keeper.lock")
    earlier.kill()
    earlier.join()

    tree = ActorTree.start(settings(tmp_path), supervisor=Alone)

    assert holder(tmp_path / "logs" / "keeper.lock") not in (None, keeper_pid)
    assert not psutil.pid_exists(keeper_pid) or psutil.Process(keeper_pid).status() == psutil.STATUS_ZOMBIE
    tree.stop(5.0)
