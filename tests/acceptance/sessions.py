"""The program as a user runs it, small enough for a test, and what an outsider can see of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from benchmarks.main_job import exchange
from benchmarks.program import Program, differences, reap
from tests.persistence.postgres import pids_of_the_run
from tests.polling import PATIENCE_S, polled

POLL_S = 0.1
RATE = 200  # book changes a second: enough to trade on, and little work for a machine that does other things
# Every market is decided on each second, and the write budget is no obstacle.
LIVELY = (
    "--set", "strategy.throttle_s=1", "--set", "loopback.tier=prestige", "--set", f"loopback.rate={RATE}"
)  # fmt: skip
# hybrid.yaml on this machine, as lively, each stand-in with its control API.
REHEARSAL = (
    "--config", "hybrid-rehearsal.yaml",
    # Many orders of several contracts, which the counterparty fills in parts: a hundred fills in seconds.
    "--set", "strategy.throttle_s=0.2", "--set", "strategy.options.hold=0.2",
    "--set", "strategy.options.contracts=8",
    "--set", "risk.max_position=1000", "--set", "stand_ins.demo.tier=prestige",
    "--set", "stand_ins.demo.fills_per_min=6000", "--set", "stand_ins.production.rate=400",
    "--set", "stand_ins.production.control=true", "--set", "stand_ins.demo.control=true",
)  # fmt: skip
# An order that a kill left in doubt is proven absent once the venue could no longer accept it.
SHORT_DOUBT = ("--set", "risk.order_ttl_s=10")


class Trader(Program):
    """``run.py``, perhaps at an exchange that was there before it."""

    def __init__(self, folder: Path, *flags: str, venue: dict[str, Any] | None = None) -> None:
        super().__init__(folder, *(venue["flags"] if venue else ()), *flags, control=venue is None)
        self._venue = venue

    def _control_url(self) -> str:
        return str(self._venue["control_url"]) if self._venue else super()._control_url()

    def ledger(self) -> dict[str, Any]:
        """The truth of the exchange that takes orders; one that only gives data has received no write."""
        assert self.writes_to_data() == 0
        return super().ledger()

    def writes_to_data(self) -> int:
        """The number of requests to the data venue's stand-in that would have changed something."""
        environment = self.status()["environment"]
        if environment["data"] == environment["execution"]:
            return 0  # it takes orders too
        stand_in = environment["stand_ins"].get(environment["data"])
        return int(self.get(f"{stand_in['control_url']}/ledger")["writes"]) if stand_in else 0

    def wait_until_trading(self) -> dict[str, Any]:
        return self.wait_for(lambda s: s["state"] == "trading", PATIENCE_S, what="trading")

    def wait_for_fills(self, count: int) -> dict[str, Any]:
        return self.wait_for(lambda s: s["fills"]["count"] >= count, PATIENCE_S, what=f"{count} fills")

    def differences_at_rest(self, *, earlier_sessions: bool = False) -> list[str]:
        """Where positions, fills, cash, reserve and realised P&L differ from the exchange's, at rest."""
        self.comes_to_rest()
        return self.lasting_differences(earlier_sessions=earlier_sessions)

    def lasting_differences(self, *, earlier_sessions: bool = False) -> list[str]:
        """The same, while nothing new is sent.

        The last telemetry may still be on its way, so it is asked until they agree or patience ends.
        After ``earlier_sessions`` the numbers of fills differ: ours is the session's, theirs the account's.
        What a kill left in doubt stays reserved here until its absence is proven, a minute later.
        """
        found: list[str] = []

        def agrees() -> bool:
            excused = ["fills: "] if earlier_sessions else []
            if self.status()["orders"]["unknown"]:
                excused.append("reserved: ")
            all_found = differences(self.trader(), self.ledger())
            found[:] = [one for one in all_found if not one.startswith(tuple(excused))]
            return not found

        happens(agrees)
        return found

    def comes_to_rest(self) -> None:
        """Nothing new is sent, nothing moves at the exchange, and every book here is the exchange's."""
        self.pauses()
        self.flow(0)
        assert happens(lambda: self.status()["books_hash"] == self.ledger()["books_hash"]), "books differ"

    def pauses(self) -> None:
        """Nothing new is sent."""
        self.act("pause")
        self.wait_for(lambda s: s["state"] == "paused", PATIENCE_S, what="a pause")

    def ends(self) -> int:
        """The exit code, once it has ended."""
        assert self.process is not None
        return self.process.wait(PATIENCE_S)

    def printed(self) -> list[str]:
        return self.console.read_text(encoding="utf-8").splitlines()

    def log(self) -> list[str]:
        """The lines of the newest session's log file."""
        files = (self.folder / "state" / "logs").glob("s*.log")
        newest = max(files, key=lambda file: file.stat().st_mtime)
        return newest.read_text(encoding="utf-8").splitlines()


@contextmanager
def running(folder: Path, *flags: str, venue: dict[str, Any] | None = None) -> Iterator[Trader]:
    """A session just started; no process of it is left afterwards, whatever happens."""
    before = {process.pid for process in running_processes()}
    trader = Trader(folder, *flags, venue=venue)
    try:
        trader.start()
        yield trader
    finally:
        end_all_but(before)


@contextmanager
def trading(folder: Path, *flags: str, venue: dict[str, Any] | None = None) -> Iterator[Trader]:
    """A session that has begun to trade, ended like ``running``."""
    with running(folder, *flags, venue=venue) as trader:
        trader.wait_until_trading()
        yield trader


@contextmanager
def own_exchange(folder: Path, *flags: str) -> Iterator[dict[str, Any]]:
    """An exchange that outlives every trader at it, with ``processes`` to tell it from theirs."""
    before = {process.pid for process in running_processes()}
    try:
        with exchange(folder, "--markets", "60", "--tier", "prestige", "--rate", str(RATE), *flags) as venue:
            yield {**venue, "pids": {process.pid for process in running_processes()} - before}
    finally:
        end_all_but(before)


def happens(holds: Callable[[], object], within_s: float = PATIENCE_S) -> bool:
    """Whether it comes true in time."""
    return bool(polled(holds, within_s=within_s, every_s=POLL_S))


def nothing_runs_but(pids: set[int], within_s: float = PATIENCE_S) -> list[str]:
    """The command lines of what still runs when patience ends."""
    happens(lambda: not _others(pids), within_s)
    return [command_line(process) for process in _others(pids)]


def command_line(process: psutil.Process) -> str:
    """Empty when it has just ended."""
    try:
        return " ".join(process.cmdline()).strip()
    except psutil.NoSuchProcess:
        return ""


def running_processes() -> list[psutil.Process]:
    """Everything that was started from here, directly or not, and still runs; not the server of all tests.

    The dead are left for whoever wants their exit code.
    """
    started = psutil.Process().children(recursive=True)
    found, of_the_run = [], pids_of_the_run()  # afterwards: the server makes processes at any time
    for process in started:
        try:
            if process.pid not in of_the_run and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.NoSuchProcess:
            continue
    return found


def end_all_but(pids: set[int]) -> None:
    while left := _others(pids):
        for process in left:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        psutil.wait_procs(left, timeout=1)
    reap()


def _others(pids: set[int]) -> list[psutil.Process]:
    return [process for process in running_processes() if process.pid not in pids]
