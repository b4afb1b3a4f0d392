"""Are all books right after half an hour in which the venue's stream misbehaves again and again?

The default program; the faults come from a plan that its number decides, over the exchange's control
API, and hit whatever frame or connection is next.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

from benchmarks.claims import Result, goal, same, skipped
from benchmarks.main_job import folder, quiesce
from benchmarks.program import Program
from benchmarks.usage import Growth

GAP_S: Final = (2.0, 8.0)  # between two faults
LAST_CALM_S: Final = 60.0  # a silent socket is found out after 25 s
SAMPLE_S: Final = 10.0
_BOOKS: Final = ("orderbook_delta", "orderbook_snapshot")
KINDS: Final = (
    "gap",
    "duplicate_frame",
    "reorder",
    "malformed_frame",
    "unknown_frame",
    "drop_ws",
    "silent_ws",
)


def fault(rng: random.Random) -> dict[str, Any]:
    """One of the faults a stream may have."""
    kind = rng.choice(KINDS)
    if kind == "drop_ws":
        return {"kind": kind, "count": rng.randint(1, 3)}
    if kind == "silent_ws":
        return {"kind": kind, "count": 1, "for_s": rng.choice((3, 10, 40))}
    return {"kind": kind, "where": rng.choice(_BOOKS), "count": rng.randint(1, 5)}


def books(*, quick: bool) -> Iterator[Result]:
    """Half an hour of gaps, drops, doubled and late frames and silent sockets."""
    minutes, settle_minutes = (3, 1) if quick else (30, 5)
    with folder() as place:
        program = Program(place)
        try:
            program.start()
            program.wait_for(lambda s: s["state"] == "trading", 90, what="trading")
            growth = Growth(program, settle_s=settle_minutes * 60)
            struck = _misbehave(program, growth, random.Random(7), minutes * 60)
            yield same("kinds of faults that never struck", sorted(set(KINDS) - struck.keys()), []) | {
                "struck": struck
            }
            program.wait_for(lambda s: s["markets"]["live"] == 1000, LAST_CALM_S, what="all books live again")
            status = quiesce(program)
            yield same("books hash", status["books_hash"], program.ledger()["books_hash"])
            yield same("restarts", sum(a["restarts"] for a in status["actors"]), 0)
            slope = "steepest memory slope of a process, MB a minute"
            if quick:
                yield skipped(slope, "a program that has just started still grows")
            else:
                yield goal(slope, growth.steepest(), below=1)
        finally:
            program.kill_all()


def _misbehave(program: Program, growth: Growth, rng: random.Random, seconds: float) -> dict[str, int]:
    """Until the time is over; how often each kind of fault struck."""
    ends, sampled = time.monotonic() + seconds, 0.0
    while time.monotonic() < ends:
        program.arm(fault(rng))
        if time.monotonic() - sampled > SAMPLE_S:
            sampled = time.monotonic()
            growth.sample()
        time.sleep(rng.uniform(*GAP_S))
    return program.clear_faults()


claims: Final[dict[str, Callable[..., Iterator[Result]]]] = {"books": books}
