"""A look in another process answers in words, and leaves nothing of it behind."""

import os
import signal
import subprocess
import sys

import pytest

from actors.thespian.processes import ProcessHandle, wait_until_gone
from cli.child_check import seen_by_child


@pytest.mark.parametrize("answer", ["", "no such key", "ü\ud800"])
def test_the_answer_is_what_was_seen(answer):
    assert seen_by_child(lambda: answer) == answer.encode("utf-8", "backslashreplace").decode()


def test_a_look_that_fails_is_told_by_its_name():
    assert seen_by_child(lambda: 1 // 0).startswith("ZeroDivisionError: ")


def test_a_look_that_ends_its_process_could_not_be_made():
    assert seen_by_child(lambda: sys.exit(1)) == "could not be looked at"


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's promise is Linux's")
def test_a_look_ends_with_the_program_that_asked_for_it():
    program = (
        "import os, signal\n"
        "from cli.child_check import seen_by_child\n"
        "def look():\n"
        "    print(os.getpid(), flush=True)\n"
        "    signal.pause()\n"
        "seen_by_child(look)\n"
    )
    asks = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    looks = ProcessHandle(int(asks.stdout.readline()))

    os.kill(asks.pid, signal.SIGKILL)
    asks.wait()

    assert wait_until_gone([looks], 5.0) == []
    assert asks.stdout.read() == ""
    asks.stdout.close()
