"""The cost of hybrid beside trading on one venue, and the equality of its ledgers.

The rehearsal, with exchanges of this machine in place of production and of demo, takes turns with the program
on one exchange of the same activity; an idle second exchange runs beside that one, so that both have the
machine to share with two.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, nullcontext
from typing import Any, Final, NamedTuple

from benchmarks.claims import Result, goal, reported, same, times_as_much
from benchmarks.main_job import exchange, folder
from benchmarks.program import Program, differences
from benchmarks.usage import Usage

MARKETS: Final = 1_000
ROUNDS: Final = 3
ROUND_S: Final = 180.0
QUICK_ROUND_S: Final = 30.0
SETTLE_S: Final = 10.0
FEWEST_FILLS: Final = 100  # below, equal ledgers say little
QUIET_WITHIN_S: Final = 60.0

_ALIKE: Final = ("strategy.options.contracts=1", "risk.balance_floor=50", "risk.balance_resume=60")
_LOCAL: Final = tuple(part for setting in _ALIKE for part in ("--set", setting))
_REHEARSAL: Final = ("--config", "hybrid-rehearsal.yaml")
# Its production lists more markets than are watched: at this rate of all, the watched ones change as often as
# those of the local exchange do.
_AS_BRISK_AS_LOCAL: Final = ("--set", "stand_ins.production.rate=885")
_CONTROLS: Final = ("--set", "stand_ins.demo.control=true", "--set", "stand_ins.production.control=true")


class Round(NamedTuple):
    """One run of the program."""

    cpu_share: float  # of one core, all of the trader's processes
    manager_share: float  # of that, OrderManager's
    ack_ms: float  # decision to ack, p50
    deltas_per_s: float
    books: int  # of the execution venue that were followed


def rehearsal(*, quick: bool) -> Iterator[Result]:
    """The whole program on stand-ins: how soon it trades, and whether both ledgers tell the same."""
    with folder() as place:
        program = Program(place, *_REHEARSAL, *_CONTROLS, "--markets", str(MARKETS), control=False)
        began = time.monotonic()
        try:
            program.start()
            program.wait_for(lambda s: s["state"] == "trading", 90, what="trading")
            yield goal("rehearsal: seconds until 1,000 markets trade", time.monotonic() - began, below=30.0)
            time.sleep(QUICK_ROUND_S if quick else ROUND_S)
            yield from _compared(program)
        finally:
            program.kill_all()


def _compared(program: Program) -> Iterator[Result]:
    """Both ledgers, once nothing is under way."""
    program.act("pause")
    status = program.wait_for(
        lambda s: s["orders"]["resting"] == 0 and s["orders"]["unknown"] == 0 and not differs(program),
        QUIET_WITHIN_S + 60.0,
        what="nothing resting, equal ledgers",
    )
    stand_ins = status["environment"]["stand_ins"]
    written = program.get(f"{stand_ins['production']['control_url']}/ledger")["writes"]
    yield same("rehearsal: writes that production's stand-in received", written, 0)
    yield same("rehearsal: differences from the ledger of demo's stand-in", differs(program), [])
    fills = status["fills"]["count"]
    yield goal("rehearsal: fills in that comparison", fills, at_least=FEWEST_FILLS)
    tradable = status["market_map"]["on_both"]
    yield goal("rehearsal: markets of both venues that are traded", tradable, at_least=MARKETS)


def differs(program: Program) -> list[str]:
    return differences(program.trader(), program.ledger())


def beside_local(*, quick: bool) -> Iterator[Result]:
    """Local, rehearsal, local, rehearsal …: processor time and the way to an answer, as medians."""
    seconds = QUICK_ROUND_S if quick else ROUND_S
    local, hybrid = [], []
    for _ in range(1 if quick else ROUNDS):
        local.append(_round(_LOCAL, idle_exchange=True, seconds=seconds))
        hybrid.append(_round(_REHEARSAL + _AS_BRISK_AS_LOCAL, idle_exchange=False, seconds=seconds))

    def medians(rounds: list[Round]) -> Round:
        return Round(*(statistics.median(values) for values in zip(*rounds, strict=True)))

    ours, theirs = medians(hybrid), medians(local)
    activity = (ours.deltas_per_s, theirs.deltas_per_s)
    yield goal("rehearsal beside local: changes taken, of local's", activity[0] / activity[1], at_least=0.95)
    cpu = (ours.cpu_share * 100, theirs.cpu_share * 100)
    yield times_as_much("rehearsal beside local: trader's CPU, % of one core", *cpu, at_most=1.2)
    ack = (ours.ack_ms, theirs.ack_ms)
    yield times_as_much("rehearsal beside local: decision -> ack, p50, ms", *ack, at_most=1.3)
    second = (ours.manager_share - theirs.manager_share) * 100
    books = {"books": ours.books}
    yield reported("the second book: more CPU of OrderManager, % of one core", second) | books


def _round(flags: tuple[str, ...], *, idle_exchange: bool, seconds: float) -> Round:
    with ExitStack() as stack:
        place = stack.enter_context(folder())
        idle = exchange(place, "--rate", "0", "--markets", str(MARKETS)) if idle_exchange else nullcontext()
        stack.enter_context(idle)
        program = Program(place / "run", *flags, "--markets", str(MARKETS), control=False)
        try:
            program.start()
            program.wait_for(_is_trading_all, 90, what="1,000 markets live")
            time.sleep(SETTLE_S)
            return _measured(program, seconds)
        finally:
            program.kill_all()


def _is_trading_all(status: dict[str, Any]) -> bool:
    return status["state"] == "trading" and bool(status["markets"]["live"] == MARKETS)


def _measured(program: Program, seconds: float) -> Round:
    before = program.status()
    manager = next(actor["pid"] for actor in before["actors"] if actor["name"] == "OrderManager")
    processes = program.trader_processes()
    whole, alone = Usage(program, processes), Usage(program, [p for p in processes if p.pid == manager])
    time.sleep(seconds)
    shares, status = (whole.cpu_share(), alone.cpu_share()), program.status()
    deltas = status["markets"]["deltas"] - before["markets"]["deltas"]
    followed = (status.get("execution_books") or {}).get("followed") or 0
    ack_ms = status["latency_ms"]["decision_to_ack"]["p50"]
    program.interrupt()
    return Round(*shares, ack_ms, deltas / seconds, followed)


claims: Final[dict[str, Callable[..., Iterator[Result]]]] = {
    "rehearsal": rehearsal,
    "beside_local": beside_local,
}
