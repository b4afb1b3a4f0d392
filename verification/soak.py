"""Compares all books after half an hour in which the venue's stream misbehaves again and again.

The default program; the faults come from a plan that its number decides, over the exchange's control
API, and hit whatever frame or connection is next.
"""

from __future__ import annotations

import random
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final

import requests

from benchmarks.main_job import folder, quiesce
from benchmarks.program import Program
from benchmarks.usage import Growth
from verification.proof import Piece, Proof

GAP_S: Final = (2.0, 8.0)  # between two faults
ASKERS: Final = 8
LAST_CALM_S: Final = 60.0  # a silent socket is found out after 25 s
SAMPLE_S: Final = 10.0
MOST_MB_A_MINUTE: Final = 1.0  # of a process of the trader
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


def piece(number: int, quick: bool) -> Piece:  # noqa: FBT001  # as every proof is called
    """Ten minutes of gaps, drops, doubled and late frames and silent sockets."""
    minutes, settle_minutes = (1, 1) if quick else (10, 4)
    broken: list[str] = []
    with folder() as place:
        program = Program(place)
        try:
            program.start()
            program.wait_for(lambda s: s["state"] == "trading", 90, what="trading")
            growth = Growth(program, settle_s=settle_minutes * 60)
            struck = _misbehave(program, growth, random.Random(number), minutes * 60)
            program.wait_for(lambda s: s["markets"]["live"] == 1000, LAST_CALM_S, what="all books live again")
            status = quiesce(program)
            compared, wrong = differing_books(program)
            restarts = sum(actor["restarts"] for actor in status["actors"])
        finally:
            program.kill_all()
    broken += [f"not the exchange's book: {line}" for line in wrong]
    broken += [f"{restarts} restarts"] if restarts else []
    worst = {} if quick else _grown(growth, broken)  # a program that has just started still grows
    counts = {**dict.fromkeys(KINDS, 0), **struck, "books compared": compared}
    return Piece(counts, broken, worst)


def _grown(growth: Growth, broken: list[str]) -> dict[str, float]:
    name, slope, _ = growth.steepest()
    if slope >= MOST_MB_A_MINUTE:
        broken.append(f"the memory of {name} grows by {slope:.2f} MB a minute")
    return {
        "memory slope of the trader, MB a minute": round(slope, 2),
        "memory slope of the exchange, MB a minute": round(growth.of_exchange()[0], 2),
    }


PROOF: Final = Proof(
    "All books are the exchange's after half an hour of a stream that misbehaves again and again",
    pieces=3,
    run=piece,
    needs=KINDS,
    at_once=1,
)


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


def differing_books(program: Program) -> tuple[int, list[str]]:
    """The number of books that the program holds, and those that are not the exchange's.

    Not by the hash of all books: the exchange lists markets that nobody watches.
    """
    venue = str(program.status()["environment"]["control_url"]).replace("/control", "/trade-api/v2")
    with ThreadPoolExecutor(ASKERS) as askers:
        found = list(askers.map(partial(_difference, program, venue), _open_tickers(program, venue)))
    return sum(each is not None for each in found), [each for each in found if each]


def _difference(program: Program, venue: str, ticker: str) -> str | None:
    """The difference between our book and the exchange's, "" for none; None for one that nobody watches."""
    try:
        ours = program.get(f"{program.url}/rl/orderbook/snapshot?ticker={ticker}")
    except requests.HTTPError:
        return None
    theirs = program.get(f"{venue}/markets/{ticker}/orderbook")["orderbook_fp"]
    for side in ("yes", "no"):
        here, there = sorted(map(tuple, ours[side])), sorted(map(tuple, theirs[f"{side}_dollars"]))
        if here != there:
            return f"{ticker} {side} ({ours['reason'] or 'tradable'}): {here}, not {there}"
    return ""


def _open_tickers(program: Program, venue: str) -> list[str]:
    tickers, cursor = [], ""
    while True:
        page = program.get(f"{venue}/markets?limit=1000&status=open&cursor={cursor}")
        tickers += [market["ticker"] for market in page["markets"]]
        cursor = page["cursor"]
        if not cursor:
            return tickers
