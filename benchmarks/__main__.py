"""``python -m benchmarks [--quick] [--times N] [NAME…]``: run these claims, or all; one JSON line each."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks import (
    books,
    database_start,
    exchange,
    hybrid,
    ledger_lane,
    main_job,
    market_map,
    pieces,
    recording,
    recording_month,
    replay,
    same_decisions,
    tape,
    tick_to_post,
    venue_failures,
    watcher,
    wide,
)
from benchmarks.claims import Result, middle

SUITES = {
    "books": books.claims,
    "watcher": watcher.claims,
    "tick_to_post": tick_to_post.claims,
    "wide": wide.claims,
    "pieces": pieces.claims,
    "main_job": main_job.claims,
    "hybrid": hybrid.claims,
    "exchange": exchange.claims,
    "venue_failures": venue_failures.claims,
    "tape": tape.claims,
    "replay": replay.claims,
    "same_decisions": same_decisions.claims,
    "market_map": market_map.claims,
    "database": database_start.claims,
    "ledger": ledger_lane.claims,
    "recording": recording.claims,
    "recording_month": recording_month.claims,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="shorter runs, for a look while working")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(SUITES)}; or main_job.CLAIM")
    parser.add_argument("--times", type=int, default=1, help="measure each so often: the median is shown")
    arguments = parser.parse_args()
    if arguments.times < 1:
        parser.error("--times: at least once")
    kept = True
    for suite, claims in SUITES.items():
        for name, claim in claims.items():
            if arguments.names and not {suite, f"{suite}.{name}"} & set(arguments.names):
                continue
            for result in measured(claim, quick=arguments.quick, times=arguments.times):
                kept &= result["ok"] is not False  # None: it was skipped
                line = {**result, "claim": f"{suite}.{name}: {result['claim']}"}
                print(json.dumps(line | ({"quick": True} if arguments.quick else {})))
                sys.stdout.flush()
    return 0 if kept else 1


def measured(claim: Callable[..., Iterator[Result]], *, quick: bool, times: int) -> Iterator[Result]:
    """A claim measured once or so often one after the other, with its circumstances."""
    if times == 1:
        yield from (result | circumstances() for result in claim(quick=quick))
        return
    by_claim: dict[str, list[Result]] = {}
    for _ in range(times):
        for result in claim(quick=quick):
            by_claim.setdefault(result["claim"], []).append(result | circumstances())
    yield from map(middle, by_claim.values())


def circumstances() -> dict[str, Any]:
    """The circumstances that a figure has to be seen with."""
    python = f"Python {platform.python_version()}"
    return {
        "load": round(os.getloadavg()[0], 2),
        "nice": os.nice(0),
        "at": datetime.now(UTC).isoformat(timespec="minutes"),
        "machine": f"{os.cpu_count()} cores of {processor()}, {python}",
    }


@cache
def processor() -> str:
    """The name of the processor, as far as the system tells it."""
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name")]
    return names[0] if names else platform.machine()


if __name__ == "__main__":
    sys.exit(main())
