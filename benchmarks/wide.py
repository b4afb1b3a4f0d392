"""The program with 20,000 markets: its start, its memory, and the price of a change."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import psutil

from benchmarks.claims import Result, goal, reported, times_as_much
from benchmarks.main_job import exchange, folder
from benchmarks.program import Program
from benchmarks.usage import Usage

RATE: Final = 5_000  # changes a second, however many markets there are
SETTLE_S: Final = 10.0


def markets(*, quick: bool) -> Iterator[Result]:
    """20,000 markets on two watchers, and the price of a change against 1,000 markets on one."""
    wide, seconds = (4_000, 10.0) if quick else (20_000, 60.0)
    narrow_us = 0.0
    for count, shards in ((1_000, 1), (wide, 2)):
        with folder() as place, _venue(place, count) as venue:
            program = _program(place, venue, count, shards)
            began = time.monotonic()
            try:
                program.start()
                program.wait_for(_has_live(count), 180, what="live books")
                live_s = time.monotonic() - began
                program.wait_for(lambda s: s["state"] == "trading", 120, what="trading")
                time.sleep(SETTLE_S)
                us, rate = _us_each(program, seconds)
                if count == 1_000:
                    narrow_us = us
                    yield reported("1,000 markets, watcher: us of CPU a change", us) | {"changes_per_s": rate}
                    continue
                pss_mb = Usage(program).pss_mb()
                yield goal(f"{count} markets: live after start, s", live_s, below=90)
                yield goal(f"{count} markets: trader's processes, MB PSS", pss_mb, below=1_200)
                yield times_as_much(
                    f"{count} markets, two watchers: us of CPU a change, against 1,000",
                    us,
                    narrow_us,
                    at_most=1.5,
                ) | {"changes_per_s": rate}
                left = {"state": program.status()["state"], "stale": program.status()["markets"]["stale"]}
                yield (
                    reported(f"{count} markets: seconds from start until measured", time.monotonic() - began)
                    | left
                )
                program.interrupt()
            finally:
                program.kill_all()


def _venue(place: Path, count: int) -> Any:
    return exchange(place, "--markets", str(count), "--rate", str(RATE), "--no-combos")


def _program(place: Path, venue: dict[str, Any], count: int, shards: int) -> Program:
    size = ("--set", f"markets.count={count}", "--set", f"markets.shards={shards}")
    return Program(place, *venue["flags"], *size, control=False)


def _has_live(count: int) -> Callable[[dict[str, Any]], bool]:
    return lambda status: bool(status["markets"]["live"] == count)


def _us_each(program: Program, seconds: float) -> tuple[float, int]:
    """Microseconds of processor time of the watchers a change, and changes a second meanwhile."""
    status = program.status()
    pids = [actor["pid"] for actor in status["actors"] if actor["name"].startswith("MarketWatcher")]
    usage, before = Usage(program, [psutil.Process(pid) for pid in pids]), status["markets"]["deltas"]
    time.sleep(seconds)
    cpu_s, deltas = usage.cpu_s(), program.status()["markets"]["deltas"] - before
    return cpu_s / deltas * 1e6, round(deltas / seconds)


claims: Final[dict[str, Callable[..., Iterator[Result]]]] = {"markets": markets}
