"""A process is known to be gone when it is, and nothing else is ever killed."""

from __future__ import annotations

import os
import select
import subprocess
import sys

import pytest

from actors.thespian import processes
from actors.thespian.processes import ProcessHandle, wait_until_gone


@pytest.fixture(params=["pidfd", "pid"])
def sleeper(request, monkeypatch):
    """A process and its handle, with and without a descriptor."""
    if request.param == "pid":
        monkeypatch.delattr(os, "pidfd_open", raising=False)
    elif not hasattr(os, "pidfd_open"):
        pytest.skip("this system has no pidfd")
    process = subprocess.Popen(["sleep", "600"])
    handle = ProcessHandle(process.pid)
    yield process, handle
    handle.close()
    process.kill()
    process.wait()


def test_a_running_process_is_alive_until_killed(sleeper):
    process, handle = sleeper
    assert handle.is_alive()

    handle.kill()
    process.wait()

    assert not handle.is_alive()
    handle.kill()


def test_an_unreaped_process_is_gone_too():
    """Under a PID 1 that reaps nothing, the dead stay in the table for ever."""
    process = subprocess.Popen(["sleep", "600"])
    handle = ProcessHandle(process.pid)
    if handle.fileno() < 0:
        process.kill()
        process.wait()
        pytest.skip("only a descriptor can tell")

    handle.kill()

    assert wait_until_gone([handle], 5.0) == []
    assert select.select([handle.fileno()], [], [], 0)[0]
    process.wait()
    handle.close()


def test_waiting_ends_with_the_survivors(sleeper):
    _, handle = sleeper

    assert wait_until_gone([handle], 0.02) == [handle]


def test_a_process_that_never_was_is_not_alive():
    assert not ProcessHandle(0).is_alive()
    assert not ProcessHandle(2**22 - 1).is_alive()


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's promise is Linux's")
def test_a_child_dies_with_its_parent():
    program = (
        "import os, time\n"
        "from actors.thespian.processes import die_with_parent\n"
        "parent, child = os.getpid(), os.fork()\n"
        "if child == 0:\n"
        "    die_with_parent(parent)\n"
        "    print(os.getpid(), flush=True)\n"
        "    time.sleep(600)\n"
        "time.sleep(600)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    child = ProcessHandle(int(parent.stdout.readline()))

    parent.kill()
    parent.wait()

    assert wait_until_gone([child], 5.0) == []
    parent.stdout.close()
    assert processes.wait_until_gone([], 0) == []
