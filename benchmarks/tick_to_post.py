"""The time from a change of a book to the order that it leads to, as the exchange sees it arrive.

The whole program, watching 1,000 markets. A market is due when its change came, or, if that was
sooner than its throttle allows, when the throttle ended; both by the watcher's notes. The order's
time is the exchange's own, which is told in whole milliseconds and taken as the end of that one.
"""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from benchmarks.claims import Result, goal, percentile, reported, same
from benchmarks.exchange import tickers_of
from benchmarks.exchange_clients import Orders
from benchmarks.main_job import exchange, folder
from benchmarks.program import Program
from benchmarks.timed_watcher import DUE
from benchmarks.usage import Usage

MEDIAN_BELOW_MS: Final = {500: 20.0, 5_000: 30.0}  # by changes a second
SETTLE_S: Final = 5.0
NOTES_S: Final = 2.0  # until the watcher has written its last notes
_TIMED: Final = ("-m", "benchmarks.timed_run")

Due = dict[str, list[tuple[int, int]]]
"""When a market was taken and since when it was due (epoch microseconds), in order, by ticker."""


def orders(*, quick: bool) -> Iterator[Result]:
    """At 500 and at 5,000 changes a second; then signing and posting alone."""
    for rate, below in MEDIAN_BELOW_MS.items():
        with folder() as place:
            program = Program(place, "--set", f"loopback.rate={rate}", entry=_TIMED)
            try:
                yield from _at_rate(program, rate, below, seconds=20 if quick else 60)
            finally:
                program.kill_all()
    with folder() as place, exchange(place, "--tier", "unlimited", "--rate", "0") as venue:
        waits = _floor_ms(venue, 100 if quick else 500)
        tail = {"p99_ms": round(percentile(waits, 99), 2)}
        yield reported("floor: sign and POST over a bare socket: p50, ms", percentile(waits, 50)) | tail


def _at_rate(program: Program, rate: int, below: float, *, seconds: float) -> Iterator[Result]:
    program.start()
    program.wait_for(lambda s: s["state"] == "trading" and s["markets"]["live"] == 1000, 90, what="trading")
    time.sleep(SETTLE_S)
    since_us, usage, before = time.time_ns() // 1000, Usage(program), program.status()
    time.sleep(seconds)
    cpu, status = usage.cpu_share(), program.status()
    time.sleep(NOTES_S)
    sent = [order for order in program.ledger()["orders"] if arrived_us(order) > since_us]
    waits, without = delays_ms(sent, read_due(program.folder / "state" / "logs" / "MarketWatcher-0.due"))
    deltas = (status["markets"]["deltas"] - before["markets"]["deltas"]) / seconds
    claim = f"tick -> POST at {rate}/s"
    yield same(f"{claim}: orders of no market that was due", without, [])
    tail = {"p99_ms": round(percentile(waits, 99), 1), "n": len(waits), "changes_per_s": round(deltas)}
    yield goal(f"{claim}: p50, ms", percentile(waits, 50), below=below) | tail
    ack = status["latency_ms"]["decision_to_ack"]
    yield reported(f"decision -> ack at {rate}/s: p50, ms", ack["p50"]) | {
        "p99_ms": ack["p99"],
        "n": ack["n"],
    }
    yield reported(f"trader's processes at {rate}/s, % of one core", cpu * 100)
    program.interrupt()


claims: Final[dict[str, Callable[..., Iterator[Result]]]] = {"orders": orders}


# --- how it is measured ---------------------------------------------------------------------------


def read_due(path: Path) -> Due:
    """The watcher's notes."""
    due: Due = {}
    for name, due_us, taken_us in DUE.iter_unpack(path.read_bytes()):
        due.setdefault(name.rstrip(b"\0").decode(), []).append((taken_us, due_us))
    return due


def arrived_us(order: dict[str, Any]) -> int:
    """The end of the millisecond in which the exchange took it."""
    created = datetime.fromisoformat(order["created_time"])
    return int(created.timestamp() * 1000) * 1000 + 1000


def delays_ms(orders: Sequence[dict[str, Any]], due: Due) -> tuple[list[float], list[str]]:
    """From due to arrived, of each order; and the tickers of orders whose market was never taken."""
    waits, without = [], []
    for order in orders:
        arrived = arrived_us(order)
        times = due.get(order["ticker"], [])
        place = bisect_right(times, (arrived, arrived)) - 1
        if place < 0:
            without.append(order["ticker"])
        else:
            waits.append((arrived - times[place][1]) / 1000)
    return waits, without


def _floor_ms(venue: dict[str, Any], count: int) -> list[float]:
    client = Orders(venue, tickers_of(venue))
    waits = []
    for _ in range(count):
        began = time.perf_counter()
        client.send(client.prepared())
        waits.append((time.perf_counter() - began) * 1000)
    client.close()
    return waits
