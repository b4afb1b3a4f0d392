"""The start of the database that comes with the program: made, started, found, and after a kill."""

from __future__ import annotations

import os
import signal
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil

from benchmarks.claims import Result, goal
from benchmarks.main_job import folder
from persistence.server.database_server import embedded_server
from persistence.server.embedded_server import EmbeddedServer, Kind

GOALS_MS: Final[dict[Kind, tuple[str, float]]] = {
    "cold": ("first start, ms", 3_000),
    "warm": ("later start, ms", 500),
    "adopted": ("found running, ms", 50),
    "recovered": ("start after kill -9 of all its processes, ms", 3_000),
}


def start(*, quick: bool) -> Iterator[Result]:
    """Each from nothing known to a server that answers, in medians."""
    took_ms: dict[Kind, list[float]] = {kind: [] for kind in GOALS_MS}
    for _ in range(1 if quick else 5):
        with folder() as place:
            for kind, ms in _life_of_one(place):
                took_ms[kind].append(ms)
    for kind, (claim, most) in GOALS_MS.items():
        yield goal(claim, statistics.median(took_ms[kind]), below=most)


def _life_of_one(state_dir: Path) -> Iterator[tuple[Kind, float]]:
    server, took = _used(state_dir)
    yield took
    server.release()
    server, took = _used(state_dir)
    yield took
    other, took = _used(state_dir)
    yield took
    other.leave()
    _kill(server)
    server.leave()
    server, took = _used(state_dir)
    yield took
    server.release()


def _used(state_dir: Path) -> tuple[EmbeddedServer, tuple[Kind, float]]:
    began_at = time.perf_counter()
    server = embedded_server(state_dir, "")
    kind = server.use().kind
    return server, (kind, (time.perf_counter() - began_at) * 1_000)


def _kill(server: EmbeddedServer) -> None:
    pid = int((server.status().data / "postmaster.pid").read_text().split()[0])
    for each in [pid, *(child.pid for child in psutil.Process(pid).children())]:
        with suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)


claims: Final[dict[str, Callable[..., Iterator[Result]]]] = {"start": start}
