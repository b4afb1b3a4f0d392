"""How is an actor system started so that it can be forked safely and belongs to nobody?

Actors are forked, so the system starts only from a process without threads: a fork of the caller while
it has none (0.06 s), later a fresh interpreter (0.3–1 s). That process starts Thespian's admin and ends;
nothing of Thespian is ever a child of the program, which then joins the admin by its port.
"""

from __future__ import annotations

import importlib
import os
import signal
import socket
import subprocess
import sys
import threading
import traceback
from pathlib import Path
from typing import Final

from thespian.actors import ActorSystem

from actors.machinery.tamed_thespian import LOOPBACK, tame

BASE: Final = "multiprocTCPBase"  # the only base that watches descriptors
LAUNCH_S: Final = 30.0


class LaunchError(Exception):
    """No admin was started; the text says where to look."""


def launch_admin(logs: Path, log_path: str, *, module: str) -> int:
    """Start an admin that knows the actors of ``module``; the port it listens on."""
    tame(logs)
    port = _free_port()
    by = _by_fork if threading.active_count() == 1 else _by_interpreter
    try:
        exit_code = by(port, logs, log_path, module)
    except subprocess.TimeoutExpired:
        exit_code = -signal.SIGKILL
    if exit_code != 0:
        raise LaunchError(f"the actor system did not start; see {logs / 'actors.log'}")
    return port


def _free_port() -> int:
    """Thespian silently joins whatever admin already listens on a port, so each tree gets a new one."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def _by_fork(port: int, logs: Path, log_path: str, module: str) -> int:
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    exit_code = 1
    try:
        _let_go_of_descriptors(logs)
        launch(port, str(logs), log_path, module)
        exit_code = 0
    except BaseException:  # noqa: BLE001  # nothing may unwind into the caller's copy of its program
        traceback.print_exc()
    finally:
        os._exit(exit_code)


def _by_interpreter(port: int, logs: Path, log_path: str, module: str) -> int:
    program = (
        f"import sys; sys.path[:] = {sys.path!r}; from actors.machinery.launching import launch; "
        f"launch({port}, {str(logs)!r}, {log_path!r}, {module!r})"
    )
    # One thread for BLAS: its pool would be forked too.
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    with (logs / "actors.log").open("ab") as output:
        return subprocess.run(
            [sys.executable, "-c", program],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment,
            timeout=LAUNCH_S,
            check=False,
        ).returncode


def launch(port: int, logs: str, log_path: str, module: str) -> None:
    """Start an admin that listens on ``port``; for a process that ends right after."""
    tame(Path(logs))
    importlib.import_module(module)  # once, here: every actor is forked from this
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    handler = {"class": "actors.session_log.AppendingHandler", "path": log_path}
    log_definitions = {
        "version": 1,
        "handlers": {"session": handler},
        "root": {"level": "WARNING", "handlers": ["session"]},
    }
    ActorSystem(BASE, {"Admin Port": port}, logDefs=log_definitions, transientUnique=True)


def _let_go_of_descriptors(logs: Path) -> None:
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
        if number not in (null, output):
            os.dup2(output if number in (1, 2) else null, number)
