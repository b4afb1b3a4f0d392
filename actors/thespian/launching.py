"""Starts an actor system so that it can be forked safely and ends with its program.

Actors are forked, so the system starts only from a process without threads: a fork of the caller while
it has none (0.06 s), later a fresh interpreter (0.3–1 s). That process starts Thespian's admin and stays
its keeper (``actors.thespian.keeper``); the program joins the admin by its port.
"""

from __future__ import annotations

import importlib
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

from setproctitle import setproctitle
from thespian.actors import ActorSystem

from actors.thespian import tamed_thespian
from actors.thespian.keeper import END_WITHIN_S, Keeper, keep, kill_tree
from actors.thespian.tamed_thespian import LOOPBACK, tame
from persistence.process_lock import PlaceTaken, holder, locked

BASE: Final = "multiprocTCPBase"  # the only base that watches descriptors
LAUNCH_S: Final = 30.0
_LOOK_S: Final = 0.05
_STARTED: Final = b"s"


class LaunchError(Exception):
    """No admin was started; the text says where to look."""


@dataclass(frozen=True, slots=True)
class Launch:
    """A keeper's knowledge of the actor system that it starts."""

    port: int
    logs: str
    log_path: str
    module: str


def launch_admin(logs: Path, log_path: str, *, module: str) -> tuple[int, Keeper]:
    """Start an admin that knows the actors of ``module``: the port it listens on, and its keeper."""
    tame(logs)
    launch = Launch(_free_port(), str(logs), log_path, module)
    line, lines_end = os.pipe()
    started, starter = os.pipe()
    by = _by_fork if threading.active_count() == 1 else _by_interpreter
    try:
        keeper = by(launch, line, starter, lines_end)
    finally:
        os.close(line)
        os.close(starter)
    has_started = bool(select.select([started], [], [], LAUNCH_S)[0]) and os.read(started, 1) == _STARTED
    os.close(started)
    if not has_started:
        keeper.end()
        raise LaunchError(f"the actor system did not start; see {logs / 'actors.log'}")
    return launch.port, keeper


def _free_port() -> int:
    """Thespian silently joins whatever admin already listens on a port, so each tree gets a new one."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def _by_fork(launch: Launch, line: int, starter: int, lines_end: int) -> Keeper:
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        _become_keeper(launch, line, starter)
    return Keeper(child, lines_end)


def _become_keeper(launch: Launch, line: int, starter: int) -> NoReturn:
    """Nothing may unwind from here into the caller's copy of its program."""
    try:
        os.setsid()  # what is sent to the program's group or terminal is for the program
        _let_go_of_descriptors(Path(launch.logs), kept=(line, starter))
    except BaseException:  # noqa: BLE001  # told to the program by the exit
        os._exit(1)
    run_keeper(launch, line, starter)


def _by_interpreter(launch: Launch, line: int, starter: int, lines_end: int) -> Keeper:
    program = (
        f"import sys; sys.path[:] = {sys.path!r}; "
        "from actors.thespian.launching import Launch, run_keeper; "
        f"run_keeper({launch!r}, {line}, {starter})"
    )
    # One thread for BLAS: its pool would be forked too.
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    with (Path(launch.logs) / "actors.log").open("ab") as output:
        interpreter = subprocess.Popen(
            [sys.executable, "-c", program],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment,
            pass_fds=(line, starter),
            start_new_session=True,
        )
    return Keeper(interpreter.pid, lines_end, interpreter=interpreter)


def run_keeper(launch: Launch, line: int, starter: int) -> NoReturn:
    """Start an admin and keep it, in a process that is for nothing else and ends here."""
    exit_code = 1
    try:
        with _place_of_keeper(Path(launch.logs)):
            _start_admin(launch)
            with suppress(BrokenPipeError):  # the program has ended meanwhile: then so does its line
                os.write(starter, _STARTED)
            os.close(starter)
            keep(line, tamed_thespian.admin_pid)
        exit_code = 0
    except BaseException:  # noqa: BLE001  # told to the program by the exit
        traceback.print_exc()
        if tamed_thespian.admin_pid:
            kill_tree(tamed_thespian.admin_pid)
    finally:
        os._exit(exit_code)


@contextmanager
def _place_of_keeper(logs: Path) -> Iterator[None]:
    """One keeper at a time: a tree that an earlier program left in this place ends first."""
    path, ends_at = logs / "keeper.lock", time.monotonic() + END_WITHIN_S
    while True:
        try:
            with locked(path):
                yield
                return
        except PlaceTaken:
            earlier = holder(path)
            if earlier and time.monotonic() > ends_at:
                os.kill(earlier, signal.SIGKILL)  # its admin ends with it
            time.sleep(_LOOK_S)


def _start_admin(launch: Launch) -> None:
    setproctitle("rl-trader keeper")
    tame(Path(launch.logs))
    importlib.import_module(launch.module)  # once, here: every actor is forked from this
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    handler = {"class": "actors.thespian.session_log.AppendingHandler", "path": launch.log_path}
    log_definitions = {
        "version": 1,
        "handlers": {"session": handler},
        "root": {"level": "WARNING", "handlers": ["session"]},
    }
    system = ActorSystem(BASE, {"Admin Port": launch.port}, logDefs=log_definitions, transientUnique=True)
    system._systemBase.transport.close()  # noqa: SLF001  # only the admin was wanted; there is no public way


def _let_go_of_descriptors(logs: Path, *, kept: tuple[int, ...]) -> None:
    """The tree must hold none of its program's locks, sockets and pipes (``run.py | tail`` would never end).

    Each is replaced, not closed: an inherited object that closes its number later must hit nothing else.
    """
    null = os.open(os.devnull, os.O_RDWR)
    output = os.open(logs / "actors.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    for number in [int(name) for name in os.listdir("/dev/fd")]:
        try:
            os.fstat(number)
        except OSError:
            continue  # the listing's own
        if number not in (null, output, *kept):
            os.dup2(output if number in (1, 2) else null, number)
