"""Shows that everything is recorded once, whatever dies; its cost; and two programs on one database."""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, redirect_stdout
from typing import Any, Final

import psutil

from benchmarks.claims import Result, goal, reported, same, skipped, times_as_much
from benchmarks.main_job import folder
from benchmarks.outbox_cost import outbox_s
from benchmarks.program import Program
from benchmarks.recording_rig import (
    Server,
    account_of,
    checksums,
    ended,
    kill_server,
    wait_while,
)
from benchmarks.usage import Growth, Usage
from cli.prune import prune
from persistence.database.connections import connect
from settings.config import Config

RATE: Final = 5_000  # changes a second
SHORT_LIVED: Final = (
    "--set",
    "risk.order_ttl_s=10",
)  # orders, so that soon none rests when trading is paused
SAMPLE_S: Final = 1.0
KILLS: Final = 20
MONTHS_LATER_US: Final = 100 * 86_400_000_000
_UNRECORDED: Final = ("-m", "benchmarks.unrecorded_run")


def outage(*, quick: bool) -> Iterator[Result]:
    """The server is killed with all its processes and stays away for a minute."""
    settle_s, away_s = (15.0, 10.0) if quick else (90.0, 60.0)
    with folder() as place:
        server = Server(place / "server")
        flags = ("--set", f"database.dsn={server.dsn}", *SHORT_LIVED)
        program = Program(place, "--set", f"loopback.rate={RATE}", *flags)
        try:
            program.start()
            program.wait_for(_is_recording, 90, what="1,000 books live, and recorded")
            before = Growth(program, settle_s=settle_s / 3)
            usual = _sampled(program, before, settle_s)
            growth = Growth(program, settle_s=0.0)
            server.kill()
            program.wait_for(lambda s: s["database"]["state"] == "down", 20, what="an outage that is told")
            waiting = _sampled(program, growth, away_s)
            status = program.status()
            yield same("state of trading in the outage", status["state"], "trading")
            yield goal("what waited in the end", waiting, at_least=away_s * RATE / 2)
            server.start()
            took_s = wait_while(lambda: _behind(program) > usual, 120, what="caught up")
            yield goal("back in the database after, s", took_s, below=10)
            if quick:
                yield skipped("memory slopes in the outage", "a program that has just started still grows")
            else:
                yield from _grown(before.by_process(), growth.by_process())
            yield from ended(program, server.dsn)
        finally:
            server.release()  # first: it is a child of this process as the program is
            program.kill_all()


def kills(*, quick: bool) -> Iterator[Result]:
    """kill -9 of the Recorder in the middle of its work again and again, and of the server three times."""
    times, rng = (5 if quick else KILLS), random.Random(7)
    servers = {times // 4, times // 2, times - 2}
    with folder() as place:
        program = Program(place, "--set", f"loopback.rate={RATE}", *SHORT_LIVED)
        try:
            program.start()
            program.wait_for(_is_recording, 90, what="1,000 books live, and recorded")
            data = next((place / "state").glob("pg*/data"))
            for number in range(times):
                time.sleep(rng.uniform(0.2, 2.5))
                if number in servers:
                    kill_server(data)
                    program.wait_for(_is_down, 20, what="an outage that is told")
                    program.wait_for(_is_recording, 60, what="recording after a kill of the server")
                _kill_recorder(program)
            yield same("state of trading after the kills", program.status()["state"], "trading")
            restarts = {a["name"]: a["restarts"] for a in program.status()["actors"] if a["restarts"]}
            yield same("actors that were started again", list(restarts), ["Recorder"])
            yield reported("kills of the Recorder", times) | {"kills of the server": len(servers)}
            yield from ended(program, "")
        finally:
            program.kill_all()


def cost(*, quick: bool) -> Iterator[Result]:
    """The same program with and without Recorder and server, in turns; the files are written in both."""
    seconds = 20.0 if quick else 90.0
    acks: dict[bool, list[float]] = {True: [], False: []}
    shares: list[float] = []
    for is_recorded in (False, True) * (1 if quick else 2):
        entry: dict[str, Any] = {} if is_recorded else {"entry": _UNRECORDED}
        with folder() as place:
            program = Program(place, "--set", f"loopback.rate={RATE}", **entry)
            try:
                program.start()
                ready = _is_recording if is_recorded else _is_trading
                program.wait_for(ready, 90, what="1,000 books live")
                time.sleep(10.0)
                share, more = _share(program, seconds, is_recorded=is_recorded)
                ack = program.status()["latency_ms"]["decision_to_ack"]["p50"]
                acks[is_recorded].append(ack)
                label = "recorded" if is_recorded else "not recorded"
                yield reported(f"{label}: decision -> ack p50, ms", ack) | more
                if is_recorded:
                    shares.append(share * 100)
                program.interrupt()
            finally:
                program.kill_all()
    yield goal(f"Recorder and outboxes at {RATE}/s, % of one core", statistics.median(shares), below=12)
    ours, theirs = (statistics.median(acks[is_recorded]) for is_recorded in (True, False))
    yield times_as_much("decision -> ack, recorded against not recorded", ours, theirs, at_most=1.2)


def two_sessions(*, quick: bool) -> Iterator[Result]:
    """Two programs, each with a state folder of its own, record into one database at once."""
    seconds = 20.0 if quick else 60.0
    with folder() as place:
        server = Server(place / "server")
        flags = ("--markets", "200", "--set", f"database.dsn={server.dsn}", *SHORT_LIVED)
        one, other = (Program(place / name, *flags) for name in ("one", "other"))
        try:
            for program in (one, other):
                program.start()
            for program in (one, other):
                program.wait_for(_is_recording, 90, what="both record")
            time.sleep(seconds)
            for result in ended(one, server.dsn):
                yield result | {"claim": f"the first: {result['claim']}"}
            with closing(connect(server.dsn, name="benchmark")) as connection:
                first, second = account_of(one.folder / "state"), account_of(other.folder / "state")
                before = checksums(connection, first)
                time.sleep(seconds / 4)
                for result in ended(other, server.dsn):
                    yield result | {"claim": f"the second: {result['claim']}"}
                after = checksums(connection, first)
                yield same("the first one's rows after the second has ended", after, before)
                of_second = checksums(connection, second)
                with redirect_stdout(sys.stderr):  # its words for people
                    later_us = time.time_ns() // 1000 + MONTHS_LATER_US
                    prune(_config(one, server), is_agreed=True, now_us=later_us)
                left = {what: count for what, (_, count) in checksums(connection, first).items() if count}
                yield same("rows of the first after its --prune, months later", left, {})
                after = checksums(connection, second)
                yield same("the second one's rows after the first one's --prune", after, of_second)
        finally:
            server.release()
            one.kill_all()
            other.kill_all()


claims: Final[dict[str, Callable[..., Iterator[Result]]]] = {
    "outage": outage,
    "kills": kills,
    "cost": cost,
    "two_sessions": two_sessions,
}


def _config(program: Program, server: Server) -> Config:
    state = {"state_dir": str(program.folder / "state"), "database": {"dsn": server.dsn}}
    return Config.model_validate(state)


# --- how it is measured ---------------------------------------------------------------------------


def _is_trading(status: dict[str, Any]) -> bool:
    return bool(status["state"] == "trading" and status["markets"]["live"] >= 200)


def _is_recording(status: dict[str, Any]) -> bool:
    return _is_trading(status) and bool(status["database"]["state"] == "ready")


def _is_down(status: dict[str, Any]) -> bool:
    return bool(status["database"]["state"] != "ready")


def _behind(program: Program) -> int:
    """Rows and events that wait, while it says that it records; else many."""
    told = program.status()["database"]
    if told["state"] != "ready":
        return 10**9
    return sum(lane["behind"] for lane in told["lanes"].values())


def _sampled(program: Program, growth: Growth, seconds: float) -> int:
    """Watch for so long; the most that waited."""
    ends, most = time.monotonic() + seconds, 0
    while time.monotonic() < ends:
        growth.sample()
        told = program.status()["database"]["lanes"]
        most = max(most, sum(lane["behind"] for lane in told.values()))
        time.sleep(SAMPLE_S)
    return most


def _grown(before: dict[str, float], later: dict[str, float]) -> Iterator[Result]:
    """The growth that an outage adds to that of a program that has run for minutes only."""
    added = {name: mb - before.get(name, 0.0) for name, mb in later.items()}
    worst = max(added, key=lambda name: added[name])
    claim = "memory slope in the outage above that before it, steepest process, MB a minute"
    slopes = {"process": worst, "before": round(before.get(worst, 0.0), 2), "in it": round(later[worst], 2)}
    yield goal(claim, added[worst], below=1) | slopes


def _kill_recorder(program: Program) -> None:
    victim = program.actor("Recorder")["pid"]
    psutil.Process(victim).kill()
    program.wait_for(
        lambda s: _is_recording(s) and _pid(s) not in (victim, 0, None),
        60,
        what="another Recorder that records",
    )


def _pid(status: dict[str, Any]) -> int:
    return int(next(actor for actor in status["actors"] if actor["name"] == "Recorder")["pid"])


def _share(program: Program, seconds: float, *, is_recorded: bool) -> tuple[float, dict[str, Any]]:
    """Of one core: the Recorder with all that is written into outboxes; and what is told beside it."""
    recorder = [psutil.Process(program.actor("Recorder")["pid"])] if is_recorded else []
    used = Usage(program, recorder) if recorder else None
    servers = [each for each in program.processes() if each.name() == "postgres"]
    server = Usage(program, servers) if servers else None
    before, written = program.status(), outbox_s(program)
    time.sleep(seconds)
    after = program.status()
    outboxes = (outbox_s(program) - written) / seconds
    own = used.cpu_share() if used else 0.0
    deltas = (after["markets"]["deltas"] - before["markets"]["deltas"]) / seconds
    return own + outboxes, {
        "recorder_percent": round(own * 100, 1),
        "outboxes_percent": round(outboxes * 100, 1),
        "server_percent": round(server.cpu_share() * 100, 1) if server else 0.0,
        "changes_per_s": round(deltas),
    }
