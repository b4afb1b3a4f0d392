"""Fixtures for commands: a session that lives in another process, and a server with recorded sessions."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterator
from multiprocessing.synchronize import Event

import pytest

from cli.running_session import only_session
from settings.config import Config
from tests.cli.recorded_server import recorded, run

__all__ = ["recorded", "run", "session_elsewhere"]

PATIENCE_S = 20.0
_FORK = multiprocessing.get_context("fork")


def _keep(config: Config, has_it: Event) -> None:
    with only_session(config):
        has_it.set()
        signal.pause()


@pytest.fixture
def session_elsewhere() -> Iterator[Callable[[Config], multiprocessing.process.BaseProcess]]:
    """Call it with a configuration: the process that has its state directory from then on."""
    processes = []

    def start(config: Config) -> multiprocessing.process.BaseProcess:
        has_it = _FORK.Event()
        processes.append(_FORK.Process(target=_keep, args=(config, has_it), daemon=True))
        processes[-1].start()
        assert has_it.wait(PATIENCE_S)
        return processes[-1]

    yield start
    for process in processes:
        process.kill()
        process.join()
