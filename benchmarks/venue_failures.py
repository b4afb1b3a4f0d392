"""Either venue of a session fails in turn: only what depends on it stops, and nothing is lost."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from benchmarks.claims import Result, goal, same
from benchmarks.main_job import folder
from benchmarks.program import Program, differences
from benchmarks.two_venues import FAULTS, NAMES, Fault, Role, TwoVenues, two_venues

PATIENCE_S: Final = 90.0
MARKETS: Final = 60
FLAGS: Final = ("--markets", str(MARKETS), "--tier", "prestige", "--rate", "200")
SEEN_AS: Final[dict[Role, str]] = {"data": "reduce_only", "execution": "reconciling"}
POLL_S: Final = 0.2
SETTLE_S: Final = 0.8  # what was under way when the venue failed has ended, and its figures are told
DEMO_SILENCE_MINUTES: Final = 23.0


def config_for(silence_s: float) -> dict[str, Any]:
    """A session that trades as fast as it may."""
    return {
        "markets": {"count": MARKETS},
        "strategy": {"throttle_s": 0.3, "options": {"style": "cross", "contracts": 1}},
        "risk": {"silence_s": silence_s, "reconcile_s": 0.5, "order_ttl_s": 10.0},
    }


def faults(*, quick: bool) -> Iterator[Result]:
    """Each of three faults for a minute, at each of two venues."""
    seconds, silence_s = (8.0, 3.0) if quick else (60.0, 25.0)
    with folder() as place, two_venues(place, config_for(silence_s), *FLAGS) as both:
        wait_until_trading(both.program)
        for role in NAMES:
            for fault in FAULTS:
                yield from fail(both, role, fault, seconds, fills=20)
        yield from nothing_lost(both, least_fills=100)


def silence(*, quick: bool) -> Iterator[Result]:
    """The execution venue's books stand still while the data venue is brisk."""
    seconds, silence_s = (20.0, 5.0) if quick else (DEMO_SILENCE_MINUTES * 60, 25.0)
    with folder() as place, two_venues(place, config_for(silence_s), *FLAGS) as both:
        wait_until_trading(both.program)
        yield from stand_still(both, seconds)
        both.venues["execution"].flow(200)
        yield from nothing_lost(both, least_fills=0)


def wait_until_trading(program: Program) -> dict[str, Any]:
    return program.wait_for(
        lambda s: s["state"] == "trading" and s["markets"]["live"], PATIENCE_S, what="trading"
    )


def wait_for_fills(program: Program, more: int) -> None:
    """So many fills more than there are now."""
    wanted = program.status()["fills"]["count"] + more
    program.wait_for(lambda s: s["fills"]["count"] >= wanted, PATIENCE_S, what=f"{wanted} fills")


def fail(both: TwoVenues, role: Role, fault: Fault, seconds: float, *, fills: int) -> Iterator[Result]:
    """One venue is away, for so long after it was seen: what stops, what goes on, and that all comes back."""
    name, program, what = NAMES[role], both.program, f"{fault} of {role}"
    began = time.monotonic()
    both.venues[role].fail(fault)
    told = program.wait_for(lambda s: s["state"] == SEEN_AS[role], PATIENCE_S, what=f"{what} is seen")
    yield goal(f"{what}: seen after, s", time.monotonic() - began, below=PATIENCE_S)
    yield same(f"{what}: the venue that the state names", _named(told["state_reason"]), [name])
    time.sleep(SETTLE_S)
    first, submitted = program.status(), _submitted(program)
    states = set()
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        states.add(program.status()["state"])
        time.sleep(POLL_S)
    last = program.status()
    yield same(f"{what}: states meanwhile", sorted(states - {SEEN_AS[role]}), [])
    yield same(f"{what}: orders submitted meanwhile", _submitted(program) - submitted, 0)
    yield from _goes_on(role, what, first, last)
    both.venues[role].recover(fault)
    began = time.monotonic()
    wait_until_trading(program)
    yield goal(f"{what}: trading again after, s", time.monotonic() - began, below=PATIENCE_S)
    wait_for_fills(program, fills)


def _submitted(program: Program) -> int:
    """Orders that the log says were sent: figures come a little later."""
    logs = (program.folder / "state" / "logs").glob("s*.log")
    return sum(log.read_text(encoding="utf-8").count("Submitted order:") for log in logs)


def _named(reason: str) -> list[str]:
    """The venues of which a reason speaks."""
    return [name for name in NAMES.values() if name in reason]


def _goes_on(role: Role, what: str, first: dict[str, Any], last: dict[str, Any]) -> Iterator[Result]:
    """The parts that do not depend on the venue that has failed."""
    if role == "execution":
        deltas = last["markets"]["deltas"] - first["markets"]["deltas"]
        yield goal(f"{what}: changes of books taken in meanwhile", deltas, at_least=1)
        yield same(f"{what}: books live", last["markets"]["live"], last["markets"]["subscribed"])
        return
    yield same(f"{what}: the account is followed", last["venues"]["execution"]["state"], "live")
    yield goal(
        f"{what}: checks of the account meanwhile, s apart",
        (last["reconciliation"]["at"] - first["reconciliation"]["at"]) / 1e6,
        at_least=0.5,
    )


def stand_still(both: TwoVenues, seconds: float) -> Iterator[Result]:
    """No change comes from the execution venue for so long."""
    program = both.program
    both.venues["execution"].flow(0)
    first, began = program.status(), time.monotonic()
    others: dict[str, int] = {}
    while time.monotonic() - began < seconds:
        status = program.status()
        if status["state"] != "trading":
            said = f"{status['state']}: {status['state_reason']}"
            others[said] = others.get(said, 0) + 1
        time.sleep(POLL_S)
    last = program.status()
    yield same("execution venue silent: states but trading", others, {})
    decided = last["decisions"]["total"] - first["decisions"]["total"]
    yield goal("execution venue silent: decisions", decided, at_least=1)
    yield same("execution venue silent: restarts", sum(a["restarts"] for a in last["actors"]), 0)
    yield same("execution venue silent: reconnects", _reconnects(last) - _reconnects(first), 0)
    yield same("execution venue silent: old marks", last["execution_books"]["marks"]["old"], 0)


def _reconnects(status: dict[str, Any]) -> int:
    return sum(int(row["reconnects"]) for row in status["connections"])


def nothing_lost(both: TwoVenues, *, least_fills: int, doubts: bool = False) -> Iterator[Result]:
    """At rest, the two ledgers are equal, and the data venue has never got an order.

    What a kill has left in doubt stays reserved until its absence is proven, a minute later. ``doubts``: do
    not wait for that.
    """
    program = both.program
    program.act("pause")
    program.wait_for(lambda s: s["state"] == "paused", PATIENCE_S, what="a pause")
    for venue in both.venues.values():
        venue.flow(0)
    found: list[str] = ["not compared"]
    deadline = time.monotonic() + PATIENCE_S
    while found and time.monotonic() < deadline:
        unknown = program.status()["orders"]["unknown"]
        excused = doubts and unknown
        all_found = differences(program.trader(), both.ledger())
        found = [each for each in all_found if not (excused and each.startswith("reserved: "))]
        if unknown and not doubts:
            found.append(f"{unknown} orders whose fate is open")
        time.sleep(POLL_S)
    ledger = both.ledger()
    yield same("differences to the execution venue's ledger", found[:5], [])
    yield goal("fills compared", len(ledger["fills"]), at_least=least_fills)
    yield same("order requests at the data venue", both.venues["data"].ledger()["order_requests"], 0)


def broken(results: Sequence[Result]) -> list[Result]:
    """The lines that do not hold."""
    return [result for result in results if not result["ok"]]


claims: Final[dict[str, Callable[..., Iterator[Result]]]] = {"faults": faults, "silence": silence}
