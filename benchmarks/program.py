"""Runs the whole program and watches it from outside, as a user or a monitor would.

Everything goes through its command line, its HTTP paths, the exchange's control API and the
operating system; nothing is imported from the trader.
"""

from __future__ import annotations

import ctypes
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Container, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import psutil
import requests
from requests.adapters import HTTPAdapter
from urllib3 import Retry

ROOT: Final = Path(__file__).resolve().parent.parent
PR_SET_CHILD_SUBREAPER: Final = 36
POLL_S: Final = 0.1


class Program:
    """``run.py`` in a process of its own, with its state in ``folder``."""

    def __init__(
        self, folder: Path, *flags: str, control: bool = True, entry: Sequence[str] = (str(ROOT / "run.py"),)
    ) -> None:
        """``entry`` is what Python is called with."""
        adopt_orphans()
        self._entry = entry
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._flags = ["--port", str(self.port), "--plain", "--set", f"state_dir={folder}/state", *flags]
        if control:
            self._flags += ["--set", "loopback.control=true"]
        self._http = requests.Session()
        self._http.trust_env = False
        # A read may meet a connection that is just being closed; a change is never made twice.
        self._http.mount("http://", HTTPAdapter(max_retries=Retry(2, allowed_methods=["GET"])))
        self.console = folder / "console.txt"
        self.process: subprocess.Popen[bytes] | None = None
        self._others = psutil.Process().children()  # what somebody else started before

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.console.open("ab") as console:
            self.process = subprocess.Popen(
                [sys.executable, *self._entry, *self._flags],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
            )

    # --- what it says ----------------------------------------------------------------------------

    def status(self) -> dict[str, Any]:
        return self.get(f"{self.url}/rl/status")

    def trader(self) -> dict[str, Any]:
        return self.get(f"{self.url}/rl/trader/status")

    def wait_for(
        self, holds: Callable[[dict[str, Any]], object], within_s: float, *, what: str
    ) -> dict[str, Any]:
        """The first status for which ``holds``. Raises TimeoutError with the last one seen."""
        deadline = time.monotonic() + within_s
        status: dict[str, Any] = {}
        while time.monotonic() < deadline:
            assert self.process is not None
            if self.process.poll() is not None:
                raise RuntimeError(f"run.py ended with {self.process.returncode}:\n{self.tail()}")
            try:
                status = self.status()
                if holds(status):
                    return status
            except (requests.RequestException, KeyError, TypeError):
                pass  # not up yet, or a part has not reported yet
            time.sleep(POLL_S)
        seen = json.dumps(status)
        raise TimeoutError(f"not within {within_s} s: {what}; last status {seen}\n{self.tail()}")

    def tail(self, lines: int = 15) -> str:
        return "\n".join(self.console.read_text(errors="replace").splitlines()[-lines:])

    # --- what it is told -------------------------------------------------------------------------

    def act(self, action: str) -> None:
        token = json.loads((self.folder / "state" / "run.json").read_text())["token"]
        answer = self._http.post(f"{self.url}/rl/actions/{action}", headers={"X-Token": token}, timeout=5)
        answer.raise_for_status()

    def interrupt(self) -> float:
        """Ctrl-C; seconds until run.py has ended."""
        assert self.process is not None
        began = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        self.process.wait(60)
        return time.monotonic() - began

    # --- the venue's truth -----------------------------------------------------------------------

    def ledger(self) -> dict[str, Any]:
        return self.get(f"{self._control_url()}/ledger")

    def arm(self, fault: dict[str, Any]) -> None:
        """Let the exchange misbehave (docs/exchange-faults.md)."""
        answer = self._http.post(f"{self._control_url()}/faults", json=fault, timeout=5)
        answer.raise_for_status()

    def clear_faults(self) -> dict[str, int]:
        """Let it behave again; how often each kind has struck."""
        hits = self.get(f"{self._control_url()}/faults")["hits"]
        self._http.delete(f"{self._control_url()}/faults", timeout=5).raise_for_status()
        return dict(hits)

    def flow(self, rate: float) -> None:
        answer = self._http.post(f"{self._control_url()}/flow", json={"rate": rate}, timeout=5)
        answer.raise_for_status()

    def _control_url(self) -> str:
        return str(self.status()["environment"]["control_url"])

    def get(self, url: str) -> dict[str, Any]:
        answer = self._http.get(url, timeout=20)
        answer.raise_for_status()
        return dict(answer.json())

    # --- its processes ---------------------------------------------------------------------------

    def processes(self) -> list[psutil.Process]:
        """Every living process it started, itself included."""
        found = psutil.Process().children(recursive=True)
        others = {process.pid for other in self._others for process in (other, *_children_of(other))}
        return [process for process in found if process.pid not in others and command_line(process)]

    def trader_processes(self) -> list[psutil.Process]:
        """Without the exchange."""
        return [process for process in self.processes() if "exchange" not in command_line(process)]

    def actor(self, name: str) -> dict[str, Any]:
        return next(actor for actor in self.status()["actors"] if actor["name"] == name)

    def kill_all(self, *, but: Container[int] = ()) -> None:
        """End whatever is left, those pids apart; for the end of a run that failed."""
        for process in self.processes():
            try:
                if process.pid not in but:
                    process.kill()
            except psutil.NoSuchProcess:
                pass
        if self.process is not None:
            self.process.wait(10)


def _children_of(process: psutil.Process) -> list[psutil.Process]:
    try:
        found: list[psutil.Process] = process.children(recursive=True)
        return found
    except psutil.NoSuchProcess:
        return []


def differences(trader: dict[str, Any], ledger: dict[str, Any]) -> list[str]:
    """Where the trader's positions, fills, cash, reserve and realised P&L are not the venue's."""
    found = []
    ours = {p["ticker"]: p for p in (*trader["positions"], *trader["closed"])}
    for ticker in sorted(ours.keys() | ledger["positions"].keys() | ledger["realised"].keys()):
        held = ours.get(ticker, {"position": 0, "realised": 0})
        pairs = (
            ("position", Decimal(held["position"]), Decimal(ledger["positions"].get(ticker, 0))),
            ("realised", Decimal(held["realised"]), Decimal(ledger["realised"].get(ticker, 0))),
        )
        found += [f"{ticker} {what}: {our} here, {their} there" for what, our, their in pairs if our != their]
    available, reserved = Decimal(trader["balance"]["available"]), Decimal(trader["balance"]["reserved"])
    totals = (
        ("cash", available + reserved, Decimal(ledger["cash"])),
        ("reserved", reserved, Decimal(ledger["reserved"])),
        ("fees", Decimal(trader["pnl"]["fees"]), Decimal(ledger["fees"])),
        ("fills", trader["fills"]["count"], len(ledger["fills"])),
    )
    found += [f"{what}: {our} here, {their} there" for what, our, their in totals if our != their]
    doubled = {cid: times for cid, times in ledger["client_order_ids"].items() if times > 1}
    return found + [f"{cid} received {times} times" for cid, times in doubled.items()]


def command_line(process: psutil.Process) -> list[str]:
    """The command line of a process; empty for one that has ended, collected or not."""
    try:
        return list(process.cmdline())
    except psutil.NoSuchProcess:
        return []


def free_port() -> int:
    """A port nobody listens on, below those that outgoing connections are given."""
    while True:
        port = random.randrange(20_000, 30_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def adopt_orphans() -> None:
    """Become the parent of processes whose own parent ends, so that none can be overlooked (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def reap() -> None:
    """Collect the exit of adopted processes."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass
