"""Shows that a recorded session is decided again to the same decisions, on every Python that is supported."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import psutil

from benchmarks.claims import Result, goal, reported, same, skipped
from benchmarks.main_job import folder, quiesce
from benchmarks.program import ROOT, Program
from benchmarks.recording_rig import DECISIONS, account_of, recorded_in, rows
from persistence.database.connections import transaction

STRATEGY: Final = "benchmarks.taker_strategy:FollowTakers"
PYTHONS: Final = "REPLAY_PYTHONS"
"""The variable that names more interpreters with the project's packages, separated by colons."""
VICTIMS: Final = ("Selector", "OrderManager")
WITHIN_S: Final = 600.0  # one replay
_DAMAGE: Final = (
    "UPDATE tape_chunk SET body = set_byte(body, length(body) / 2, get_byte(body, length(body) / 2) # 1)"
    " WHERE account = %s AND (shard, incarnation, first_no) ="
    " (SELECT shard, incarnation, first_no FROM tape_chunk WHERE account = %s ORDER BY changes DESC LIMIT 1)"
)


def replay(*, quick: bool) -> Iterator[Result]:
    """Five minutes at 1,000 markets with dropped connections, a kill of Selector and one of OrderManager."""
    seconds = 40.0 if quick else 330.0
    with folder() as place:
        program = Program(place, "--strategy", STRATEGY)
        try:
            program.start()
            program.wait_for(lambda s: s["orders"]["sent"] > 0, 90, what="first orders")
            struck = _disturb(program, seconds)
            program.clear_faults()
            quiesce(program)
            program.interrupt()
        finally:
            program.kill_all()
        state_dir = place / "state"
        with recorded_in(state_dir) as connection:
            ((decided,),) = rows(connection, DECISIONS, account_of(state_dir))
        yield reported("decisions of the live session", decided) | {"s": round(seconds), "struck": struck}
        yield goal("connections dropped", struck["drop_ws"], at_least=2 if quick else 10)
        yield from _replayed(state_dir, decided)
        yield from _damaged(state_dir)


claims: Final[dict[str, Callable[..., Iterator[Result]]]] = {"replay": replay}


# --- the session -----------------------------------------------------------------------------------


def _disturb(program: Program, seconds: float) -> dict[str, int]:
    """Connections drop again and again; each victim is killed once, at a third and at two thirds."""
    rng, began, struck = random.Random(7), time.monotonic(), {"drop_ws": 0, "kills": 0}
    left = [(seconds * (number + 1) / (len(VICTIMS) + 1), name) for number, name in enumerate(VICTIMS)]
    while (elapsed_s := time.monotonic() - began) < seconds:
        if left and elapsed_s >= left[0][0]:
            _kill(program, left.pop(0)[1])
            struck["kills"] += 1
        else:
            count = rng.randint(1, 2)
            program.arm({"kind": "drop_ws", "count": count})
            struck["drop_ws"] += count
        time.sleep(rng.uniform(6.0, 14.0) if seconds > 60 else 5.0)
    return struck


def _kill(program: Program, name: str) -> None:
    victim = program.actor(name)["pid"]
    psutil.Process(victim).kill()
    program.wait_for(
        lambda s: s["state"] == "trading" and program.actor(name)["pid"] != victim,
        60,
        what=f"trading after kill -9 of {name}",
    )


# --- the replays -----------------------------------------------------------------------------------


def _replayed(state_dir: Path, decided: int) -> Iterator[Result]:
    first: dict[str, Any] | None = None
    for number, (label, python) in enumerate(_interpreters()):
        if python is None:
            yield skipped(f"replay on Python {label}", f"name an interpreter in {PYTHONS}")
            continue
        code, line, complaints, took_s = _replay(python, state_dir)
        title = f"replay {number + 1} on Python {label}"
        if first is None:
            first = line
            yield same("decisions of the replay", line.get("decisions"), decided)
        found = {name: line.get(name) for name in ("equal", "positions_equal", "pnl_equal")}
        yield same(f"{title}: decisions, positions, P&L", found, dict.fromkeys(found, True)) | {
            "exit": code,
            "complaints": complaints[:3],
            "s": round(took_s, 1),
            "hash": line.get("decision_hash"),
        }
        yield same(f"{title}: hash of all decisions", line.get("decision_hash"), first.get("live_hash"))


def _interpreters() -> Iterator[tuple[str, str | None]]:
    """This one twice, then the others; a version that is supported and not named is None."""
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    yield here, sys.executable
    yield here, sys.executable
    named = {_version(python): python for python in os.environ.get(PYTHONS, "").split(":") if python}
    for version in ("3.11", "3.12", "3.13"):
        if version != here:
            yield version, named.get(version)


def _version(python: str) -> str:
    ask = "import sys; print(f'{sys.version_info.major}.{sys.version_info.minor}')"
    return subprocess.run([python, "-c", ask], capture_output=True, text=True, check=True).stdout.strip()


def _replay(python: str, state_dir: Path) -> tuple[int, dict[str, Any], list[str], float]:
    began = time.monotonic()
    done = subprocess.run(
        [
            python,
            str(ROOT / "run.py"),
            "replay",
            *_session(state_dir),
            "--json",
            "--set",
            f"state_dir={state_dir}",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )
    line = json.loads(done.stdout) if done.stdout else {}
    return done.returncode, line, done.stderr.splitlines(), time.monotonic() - began


def _session(state_dir: Path) -> list[str]:
    """The one session of the folder."""
    return [next(iter(sorted((state_dir / "logs").glob("s*.log")))).stem]


def _damaged(state_dir: Path) -> Iterator[Result]:
    """One bit of one byte of the tape is another."""
    account = account_of(state_dir)
    with recorded_in(state_dir) as connection, transaction(connection) as cursor:
        cursor.execute(_DAMAGE, (account, account))
        yield same("chunks of the tape with one changed bit", cursor.rowcount, 1)
    code, _, complaints, _ = _replay(sys.executable, state_dir)
    yield same("exit code of its replay", code, 1)
    yield goal("lines that name the damage", sum("damaged" in line for line in complaints), at_least=1) | {
        "complaints": complaints[:2]
    }
