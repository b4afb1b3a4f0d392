"""The MarketWatcher's rate of changes, and the time until each is in a book.

A real watcher in a real actor system, from the socket, with frames prepared before. Figures per core
are of the processor time of the watcher's process alone, both of its threads.
"""

from __future__ import annotations

import importlib.util
import json
import multiprocessing
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from select import select
from typing import Any, Final, Literal

import numpy as np

from benchmarks import replay_server
from benchmarks.claims import Result, goal, percentile, reported, same, skipped, slope
from benchmarks.delays import Times, delays_ms, taken_by_connection
from benchmarks.exchange_clients import Socket, pin
from benchmarks.main_job import folder
from benchmarks.recorded_flow import MARKETS_PER_CONNECTION
from benchmarks.replay_server import COUNTED
from benchmarks.watcher_rig import WatcherRig, rig

Client = Literal["websockets", "picows"]

MARKETS: Final = 1_000
LEAST_PER_CORE: Final[dict[Client, int]] = {"websockets": 60_000, "picows": 120_000}
DELTA: Final = b'"type":"orderbook_delta"'
BURST: Final = 20_000  # changes a second
NOTES_S: Final = 1.5  # until the watcher's last notes are written


def sustained(*, quick: bool) -> Iterator[Result]:
    """As fast as it goes, never more than 10,000 changes ahead of the books."""
    seconds = 5.0 if quick else 20.0
    floor_us = _floor_us(seconds / 2)
    yield reported("floor: recv on bare sockets and a count, us of CPU a change", floor_us)
    for client in _clients():
        claim = f"{client}: changes/s in a watcher, one core"
        if not _is_installed(client):
            yield skipped(claim, f"{client} is not installed; pip install -e .[fast]")
            continue
        with folder() as place, _watching(place, client, quick=quick) as watcher:
            done = watcher.play(None, seconds)
            yield from _flood(claim, client, watcher, done, floor_us)


def _flood(
    claim: str, client: Client, watcher: WatcherRig, done: dict[str, Any], floor_us: float
) -> Iterator[Result]:
    rate = done["sent"] / done["watcher_cpu_s"]
    more = {
        "by_wall_clock": round(done["sent"] / done["wall_s"]),
        "us_each": round(1e6 / rate, 2),
        "times_floor": round(1e6 / rate / floor_us, 1),
    }
    yield goal(claim, rate, at_least=LEAST_PER_CORE[client]) | more
    yield same(f"{client}: books hash afterwards", *watcher.hashes())
    yield _no_loss(client, watcher)


def latency(*, quick: bool) -> Iterator[Result]:
    """From the turn in which the exchange sends to the book, at 10,000 changes a second."""
    for client in _clients():
        claim = f"{client}: sent -> in the book at 10,000/s"
        if not _is_installed(client):
            yield skipped(f"{claim}: p50, ms", f"{client} is not installed; pip install -e .[fast]")
            continue
        with folder() as place, _watching(place, client, quick=quick) as watcher:
            watcher.play(10_000, 3)
            done = watcher.play(10_000, 5 if quick else 20)
            delays, _ = _delays(watcher, done)
            cuts = [percentile(delays.tolist(), percent) for percent in (50, 90, 99)]
            tail = {"p90_ms": round(cuts[1], 2), "p99_ms": round(cuts[2], 2), "n": len(delays)}
            yield goal(f"{claim}: p50, ms", cuts[0], below=1.0) | tail
            yield reported(
                f"{client}: us of CPU a change at 10,000/s", done["watcher_cpu_s"] / done["sent"] * 1e6
            )


def burst(*, quick: bool) -> Iterator[Result]:
    """20,000 changes a second for half a minute, default client."""
    seconds = 8.0 if quick else 30.0
    with folder() as place, _watching(place, "websockets", quick=quick) as watcher:
        done = watcher.play(BURST, seconds)
        reports = [float(values["waiting"]) for values in watcher.samples if "waiting" in values]
        yield goal("burst: changes/s sent", done["sent"] / done["wall_s"], at_least=BURST * 0.95)
        yield from _not_growing("frames waiting in the watcher", reports, most=BURST * 0.1)
        yield from _not_growing("bytes unsent at the exchange", done["unsent_bytes"], most=1_000_000)
        delays, sent_ns = _delays(watcher, done)
        last_second = delays[sent_ns > sent_ns.max() - 1_000_000_000]
        middle = {"p50_ms": round(float(np.median(last_second)), 2)}
        yield (
            goal("burst: oldest change of the last second, ms", float(last_second.max()), below=500) | middle
        )
        yield same("burst: books hash afterwards", *watcher.hashes())
        yield _no_loss("burst", watcher)


claims: Final[dict[str, Callable[..., Iterator[Result]]]] = {
    "sustained": sustained,
    "latency": latency,
    "burst": burst,
}


# --- how it is measured ---------------------------------------------------------------------------


def _clients() -> tuple[Client, ...]:
    return ("websockets", "picows")


def _is_installed(client: Client) -> bool:
    return importlib.util.find_spec(client) is not None


class _watching:  # noqa: N801  used like a function
    """A watcher whose books are all live."""

    def __init__(self, place: Path, client: Client, *, quick: bool) -> None:
        self._rig = rig(place, markets=MARKETS, changes=20_000 if quick else 100_000, client=client)

    def __enter__(self) -> WatcherRig:
        watcher = self._rig.__enter__()
        watcher.watch_all()
        return watcher

    def __exit__(self, *error: Any) -> None:
        self._rig.__exit__(*error)


def _delays(watcher: WatcherRig, done: dict[str, Any]) -> tuple[Any, Times]:
    until = time.monotonic() + NOTES_S
    watcher.until(lambda: time.monotonic() > until, NOTES_S + 1)
    numbers = json.loads(watcher.notes("connections"))
    connections = [numbers[key] for key in done["keys"]]
    return delays_ms(done["turns"], connections, taken_by_connection(watcher.notes("taken")))


def _not_growing(what: str, samples: list[float], *, most: float) -> Iterator[Result]:
    """Neither does the line through the samples rise by a tenth of ``most`` in all, nor is any above it."""
    rise = slope(list(enumerate(samples))) * len(samples)
    more = {"rise_in_all": round(rise, 1), "samples": len(samples)}
    yield goal(f"burst: {what}, most", max(samples), below=most) | more
    yield goal(f"burst: {what}, rise in all", rise, below=most / 10)


def _no_loss(claim: str, watcher: WatcherRig) -> Result:
    seen = {key: watcher.telemetry[key] for key in ("gaps", "malformed", "audits_failed", "stale")}
    return (
        same(f"{claim}: gaps, malformed frames, failed audits, books not live", sum(seen.values()), 0) | seen
    )


def _floor_us(seconds: float) -> float:
    """Microseconds of processor time a change of a reader that parses nothing."""
    with folder() as place:
        counted = place / "counted"
        counted.write_bytes(COUNTED.pack(0))
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        sizes = {"markets": MARKETS, "changes": 20_000}
        server = context.Process(
            target=replay_server.run, args=(theirs, str(counted)), kwargs=sizes, daemon=True
        )
        server.start()
        pin(1)
        try:
            return _read_bare(ours, counted, seconds)
        finally:
            server.kill()


def _read_bare(server: Any, counted: Path, seconds: float) -> float:
    venue = server.recv()
    tickers = venue["tickers"]
    address = {key: venue[key] for key in ("ws_url", "key_id", "private_key_path")}
    sockets = [Socket(**address) for _ in range(0, len(tickers), MARKETS_PER_CONNECTION)]
    for number, socket in enumerate(sockets):
        start = number * MARKETS_PER_CONNECTION
        socket.subscribe(tickers[start : start + MARKETS_PER_CONNECTION])
    server.send(("play", None, seconds))
    total, cpu_s = 0, 0.0
    with counted.open("r+b", buffering=0) as file:
        while True:
            ready = select(sockets, [], [], 0.2)[0]
            if not ready and server.poll():
                return cpu_s / int(server.recv()["sent"]) * 1e6
            began = time.process_time()
            for socket in ready:
                total += socket.count(DELTA)
            cpu_s += time.process_time() - began
            file.seek(0)
            file.write(COUNTED.pack(total))
