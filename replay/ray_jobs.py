"""Many replays on a Ray cluster: a task for each, a result for each, also when a worker dies.

Ray is an extra: it is imported here alone, and only when it is asked for. A replay changes nothing that is
recorded, so Ray may start one anew whose worker died; its result is kept by the driver, under its task.
"""

from __future__ import annotations

import os
import secrets
import socket
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, Final

from replay.jobs import Ended, Result, Task

LIVES: Final = 4  # workers that a task may use up
REACH_S: Final = 5.0
ADDRESS: Final = "RAY_ADDRESS"
_SILENT: Final = {
    "RAY_USAGE_STATS_ENABLED": "0",
    # Its news go to standard output, which is ours; a task that fails for good is told as any other.
    "RAY_DEDUP_LOGS_SKIP_REGEX": ".*",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}


class NoCluster(Exception):
    """There is no Ray to give the replays to."""


def run_all_on_ray(work: Callable[[Task], Result], tasks: Sequence[Task]) -> Iterator[Ended[Task, Result]]:
    """Each task once, as they end: on the cluster of RAY_ADDRESS, else on one that is started for it.

    ``work`` and the tasks have to be picklable, and importable where the workers are. Raises NoCluster.
    """
    with _cluster() as ray:
        attempt = ray.remote(num_cpus=1, max_retries=LIVES - 1, retry_exceptions=False)(_attempt)
        running = {attempt.remote(work, task): task for task in tasks}
        while running:
            [ref], _ = ray.wait(list(running), num_returns=1)
            yield _ended(ray, ref, running.pop(ref))


def _attempt(work: Callable[[Task], Result], task: Task) -> tuple[Result | None, str]:
    """The result or the failure: an exception of ours need not be picklable."""
    try:
        return work(task), ""
    except Exception as error:  # noqa: BLE001  whatever it was, it is this task's alone
        return None, str(error) or repr(error)


def _ended(ray: Any, ref: Any, task: Task) -> Ended[Task, Result]:
    try:
        result, failure = ray.get(ref)
    except ray.exceptions.RayTaskError as error:  # it could not be begun: the project is another one there
        return Ended(task, failure=f"its worker could not begin it: {error.cause or error}".splitlines()[0])
    except ray.exceptions.RayError:
        return Ended(task, failure=f"its worker died, {LIVES} times")
    return Ended(task, result, failure)


# --- the cluster -----------------------------------------------------------------------------------


@contextmanager
def _cluster() -> Iterator[Any]:
    """Ray, connected; what was started for it ends with the block. Raises NoCluster."""
    address = os.environ.get(ADDRESS, "")
    with ExitStack() as stack:
        stack.enter_context(_environment(_SILENT if address else _SILENT | _locked()))
        try:
            import ray
        except ImportError as error:
            raise NoCluster("Ray is not installed: pip install '.[cluster]'") from error
        if address:
            where, how = f"the cluster of {ADDRESS}={address}", _connected(address)
        else:
            where, how = "a cluster of this machine", _of_this_machine(stack.enter_context(_folder()))
        stack.callback(ray.shutdown)  # before its folder goes
        try:
            _reach(address)
            ray.init(**how)
        except (OSError, RuntimeError, ValueError) as error:
            [reason, *_] = [*str(error).splitlines(), repr(error)]
            raise NoCluster(f"{where} cannot be used: {reason}") from error
        yield ray


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    """Set for Ray's processes, which take it over, and put back."""
    before = {name: os.environ.get(name) for name in values}
    os.environ |= values
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _locked() -> dict[str, str]:
    """Ray listens on every address of the machine and runs what it is sent: nobody else has this word."""
    return {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}


def _reach(address: str) -> None:
    """Ray itself would try for many minutes. Raises OSError."""
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    if colon and port.isdecimal():
        socket.create_connection((host.strip("[]"), int(port)), timeout=REACH_S).close()


def _connected(address: str) -> dict[str, Any]:
    return {"address": address, "log_to_driver": False, "logging_level": "error"}


def _of_this_machine(folder: str) -> dict[str, Any]:
    """Its logs and sockets go with it."""
    here = {"address": "local", "_temp_dir": folder, "include_dashboard": False}
    return here | {"log_to_driver": False, "logging_level": "error"}


def _folder() -> tempfile.TemporaryDirectory[str]:
    """In a short place: the names of sockets have to be short, and the temporary folder of macOS has none."""
    place = "/tmp" if os.path.isdir("/tmp") else None
    return tempfile.TemporaryDirectory(prefix="rl-ray-", dir=place, ignore_cleanup_errors=True)
