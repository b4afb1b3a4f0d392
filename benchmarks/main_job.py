"""The main job against its promises: 1,000 markets traded from one command.

Every claim runs the program as a user would and judges it by the exchange's own ledger.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import psutil

from benchmarks.claims import Result, goal, reported, same
from benchmarks.program import ROOT, Program, differences, reap
from benchmarks.usage import Growth, Usage
from cli.checklist.binomial import two_sided_p

SHARES: Final = {"HOLD": 0.75, "BUY_YES": 0.0625, "SELL_YES": 0.0625, "BUY_NO": 0.0625, "SELL_NO": 0.0625}
IMPLAUSIBLE: Final = 1e-6  # a share this unlikely is not chance


def minute(*, quick: bool) -> Iterator[Result]:
    """Sixty seconds with each style, the default one twice in the same folder."""
    seconds = 20 if quick else 60
    with folder() as place:
        for label, flags in (
            ("join", ()),
            ("join, same folder again", ()),
            ("cross", ("--set", "strategy.options.style=cross")),
        ):
            program = Program(place, *flags)
            try:
                yield from _minute(program, label, seconds)
            finally:
                program.kill_all()


def _minute(program: Program, label: str, seconds: int) -> Iterator[Result]:
    began = time.monotonic()
    program.start()
    program.wait_for(lambda s: s["markets"]["live"] == 1000, 60, what="1,000 live books")
    yield goal(f"{label}: 1,000 books live after start, s", time.monotonic() - began, below=15)
    program.wait_for(lambda s: s["state"] == "trading", 60, what="trading")
    counted = _fills_by_role(program.ledger())
    watched = Usage(program)
    time.sleep(seconds)
    cpu, pss_mb = watched.cpu_share(), watched.pss_mb()
    made = {role: n - counted[role] for role, n in _fills_by_role(program.ledger()).items()}
    status = quiesce(program)
    trader, ledger = program.trader(), program.ledger()
    found = differences(trader, ledger)
    role = "taker" if label == "cross" else "maker"
    yield goal(f"{label}: books live", status["markets"]["live"], at_least=1000)
    yield same(f"{label}: books hash", status["books_hash"], ledger["books_hash"])
    yield same(f"{label}: differences to the exchange's ledger", found[:5], [])
    yield same(f"{label}: unlikely action shares", unlikely_shares(status["decisions"]), [])
    yield goal(f"{label}: {role} fills a minute", made[role] * 60 / seconds, at_least=50)
    yield from _latencies(label, status)
    yield goal(f"{label}: trader processes, % of one core", cpu * 100, below=70)
    yield goal(f"{label}: trader processes, MB PSS", pss_mb, below=450)
    program.interrupt()


def _latencies(label: str, status: Result) -> Iterator[Result]:
    limits = {"decision_to_ack": (25, 250), "fill_to_position": (50, 1000)}
    refused = status["decisions"]["refused"]
    for name, (median, tail) in limits.items():
        measured = status["latency_ms"][name]
        yield goal(f"{label}: {name} p50, ms", measured["p50"], below=median) | {"n": measured["n"]}
        yield goal(f"{label}: {name} p99, ms", measured["p99"], below=tail) | {"refused": refused}


def ctrl_c(*, quick: bool) -> Iterator[Result]:
    """Ctrl-C with 200 resting orders, at an exchange that outlives the trader."""
    resting = 40 if quick else 200
    with folder() as place, exchange(place) as venue:
        program = Program(
            place, *venue["flags"], "--set", "risk.order_ttl_s=900", "--set", "strategy.throttle_s=1",
            "--set", f"risk.max_open_orders={resting}", control=False,
        )  # fmt: skip
        try:
            program.start()
            program.wait_for(lambda s: s["orders"]["resting"] >= resting, 300, what=f"{resting} resting")
            took_s = program.interrupt()
            left = [o for o in venue["ledger"]()["orders"] if o["status"] == "resting"]
            reap()
            yield goal(f"Ctrl-C with {resting} resting orders, s", took_s, below=6)
            yield same("resting at the venue afterwards", len(left), 0)
            yield same("processes left", [p.name() for p in program.trader_processes()], [])
        finally:
            program.kill_all()


def killed(*, quick: bool) -> Iterator[Result]:
    """kill -9 of each actor and of the Supervisor while trading, then of run.py."""
    names = ["MarketWatcher-0", "Selector", "OrderManager", "FillProcessor", "Supervisor"]
    with folder() as place:
        program = Program(place)
        try:
            program.start()
            program.wait_for(lambda s: s["orders"]["sent"] > 5, 90, what="first orders")
            for name in names[-2:] if quick else names:
                yield from _kill_actor(program, name)
            status = quiesce(program)
            found = differences(program.trader(), program.ledger())
            yield same("differences after all kills", found[:5], [])
            yield same("unknown orders", status["orders"]["unknown"], 0)
            yield from _kill_run(program)
        finally:
            program.kill_all()


def _kill_actor(program: Program, name: str) -> Iterator[Result]:
    before = program.status()
    victim = next(a for a in before["actors"] if a["name"] == name)["pid"]
    psutil.Process(victim).kill()
    began = time.monotonic()

    def trades_again(status: Result) -> bool:
        reborn = next(a for a in status["actors"] if a["name"] == name)["pid"] != victim
        decided = status["decisions"]["total"] != before["decisions"]["total"]
        return bool(reborn and status["state"] == "trading" and decided)

    program.wait_for(trades_again, 60, what=f"trading after kill -9 of {name}")
    yield goal(f"kill -9 of {name}: trading again after, s", time.monotonic() - began, below=10)


def _kill_run(program: Program) -> Iterator[Result]:
    assert program.process is not None
    program.process.kill()
    began = time.monotonic()
    program.process.wait(10)
    while program.processes() and time.monotonic() - began < 20:
        reap()
        time.sleep(0.05)
    yield goal("kill -9 of run.py: nothing running after, s", time.monotonic() - began, below=5)


def soak(*, quick: bool) -> Iterator[Result]:
    """The default run for half an hour."""
    minutes = 4 if quick else 30
    settle_minutes = 1 if quick else 5
    with folder() as place:
        program = Program(place)
        try:
            program.start()
            program.wait_for(lambda s: s["state"] == "trading", 60, what="trading")
            growth = Growth(program, settle_s=settle_minutes * 60)
            ends = time.monotonic() + minutes * 60
            while time.monotonic() < ends:
                growth.sample()
                time.sleep(10)
            status = program.status()
            yield same("state after the run", status["state"], "trading")
            yield same("restarts", sum(a["restarts"] for a in status["actors"]), 0)
            yield same("differences of the last check", status["reconciliation"]["differences"], [])
            yield from slopes(growth)
            quiesce(program)
            yield same("differences to the ledger", differences(program.trader(), program.ledger())[:5], [])
        finally:
            program.kill_all()


def slopes(growth: Growth) -> Iterator[Result]:
    """Of the trader's processes, and of the exchange that runs beside them."""
    name, mb, later_mb = growth.steepest()
    steepest = goal("steepest memory slope of a process of the trader, MB a minute", mb, below=1)
    yield steepest | {"process": name, "second half": round(later_mb, 2)}
    mb, later_mb = growth.of_exchange()
    grown = reported("memory slope of the exchange, MB a minute", mb)
    yield grown | {"second half": round(later_mb, 2)}


claims: Final[dict[str, Callable[..., Iterator[Result]]]] = {
    "minute": minute,
    "ctrl_c": ctrl_c,
    "killed": killed,
    "soak": soak,
}


# --- how it is measured ---------------------------------------------------------------------------


def quiesce(program: Program) -> Result:
    """Pause, stop the flow, wait until nothing is under way; the status then."""
    program.act("pause")
    program.wait_for(lambda s: s["state"] == "paused", 10, what="paused")
    program.wait_for(lambda s: s["orders"]["unknown"] == 0, 80, what="no unknown order")
    program.flow(0)
    last, since = -1, time.monotonic()
    while time.monotonic() - since < 2.5:
        deltas = program.status()["markets"]["deltas"]
        if deltas != last:
            last, since = deltas, time.monotonic()
        time.sleep(0.2)
    while True:  # a resting order may expire while we look
        before = program.ledger()["books_hash"]
        status = program.status()
        if program.ledger()["books_hash"] == before:
            return status


def unlikely_shares(decisions: Result) -> list[str]:
    """Actions whose count an exact binomial test rejects."""
    total = decisions["total"]
    pvalues = {a: two_sided_p(decisions[a], total, share) for a, share in SHARES.items()}
    return [f"{a}: p = {p:.2g}" for a, p in pvalues.items() if p < IMPLAUSIBLE]


def _fills_by_role(ledger: Result) -> dict[str, int]:
    takers = sum(1 for fill in ledger["fills"] if fill["is_taker"])
    return {"taker": takers, "maker": len(ledger["fills"]) - takers}


@contextmanager
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="main-job-") as path:
        Path(path).chmod(0o711)  # root's database runs as another user, who has to get to the state folder
        yield Path(path)


@contextmanager
def exchange(place: Path, *flags: str) -> Iterator[dict[str, Any]]:
    """An exchange of its own; its ``flags`` point a Program at it."""
    command = [sys.executable, str(ROOT / "run.py"), "exchange", "--port", "0", "--control", *flags]
    with (place / "exchange.txt").open("wb") as errors:
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors)
    try:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        fields = ("rest_url", "ws_url", "key_id", "private_key_path", "reads_per_s")
        settings = [f"venues.loopback.{field}={ready[field]}" for field in fields]
        asker = Program(place, control=False)
        yield {
            **ready,
            "flags": [part for setting in settings for part in ("--set", setting)],
            "ledger": lambda: asker.get(f"{ready['control_url']}/ledger"),
        }
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)
