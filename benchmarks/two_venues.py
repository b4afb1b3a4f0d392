"""Two exchanges as a data venue and an execution venue, each behind a relay, and a session at both.

Each can be killed, frozen and cut off, and comes back as the same venue: from its folder, on its port.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import requests
import yaml

from benchmarks.program import ROOT, Program, adopt_orphans, free_port
from benchmarks.relay import HOST, Relay

Role = Literal["data", "execution"]
Fault = Literal["kill", "freeze", "cut"]

NAMES: Final[dict[Role, str]] = {"data": "production", "execution": "demo"}
FAULTS: Final[tuple[Fault, ...]] = ("kill", "freeze", "cut")


class Venue:
    """An exchange in a process of its own, reached through a relay; its control API is not."""

    def __init__(self, folder: Path, *flags: str) -> None:
        self._folder = folder
        self._port = free_port()
        self._flags = [*flags, "--port", str(self._port), "--control", "--state", str(folder / "world")]
        self._process = self._launch()
        self.relay = Relay(self._port)
        self._told: dict[str, Any] = {}

    def _launch(self) -> subprocess.Popen[str]:
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "exchange.txt").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, str(ROOT / "run.py"), "exchange", *self._flags],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def wait_until_ready(self) -> None:
        """It has said where it listens and with which key."""
        assert self._process.stdout is not None
        self._told = json.loads(self._process.stdout.readline())

    # --- how the session reaches it ----------------------------------------------------------------

    @property
    def pid(self) -> int:
        return self._process.pid

    def addresses(self) -> dict[str, str]:
        """At the near end of the relay."""
        near, far = f"{HOST}:{self.relay.port}", f"{HOST}:{self._port}"
        return {key: self._told[key].replace(far, near) for key in ("rest_url", "ws_url")}

    def identity(self) -> dict[str, str]:
        return {key: self._told[key] for key in ("key_id", "private_key_path")}

    # --- its truth -----------------------------------------------------------------------------------

    def ledger(self) -> dict[str, Any]:
        answer = requests.get(f"{self._told['control_url']}/ledger", timeout=20)
        answer.raise_for_status()
        return dict(answer.json())

    def tickers(self) -> set[str]:
        """Of every open market."""
        found: set[str] = set()
        cursor = None
        while cursor != "":
            query = {"status": "open", "limit": "1000", "cursor": cursor or ""}
            answer = requests.get(f"{self._told['rest_url']}/markets", params=query, timeout=20)
            answer.raise_for_status()
            page = answer.json()
            found |= {market["ticker"] for market in page["markets"]}
            cursor = page.get("cursor") or ""
        return found

    def flow(self, rate: float) -> None:
        """So many book changes a second from now on."""
        url = f"{self._told['control_url']}/flow"
        requests.post(url, json={"rate": rate}, timeout=5).raise_for_status()

    # --- what happens to it --------------------------------------------------------------------------

    def fail(self, fault: Fault) -> None:
        if fault == "cut":
            self.relay.cut()
        else:
            self._process.send_signal(signal.SIGKILL if fault == "kill" else signal.SIGSTOP)

    def recover(self, fault: Fault) -> None:
        if fault == "cut":
            self.relay.mend()
        elif fault == "freeze":
            self._process.send_signal(signal.SIGCONT)
        else:
            self._collect()
            self._process = self._launch()
            self.wait_until_ready()

    def close(self) -> None:
        self._process.kill()
        self._collect()
        self.relay.close()

    def _collect(self) -> None:
        self._process.wait(20)
        if self._process.stdout is not None:
            self._process.stdout.close()


@dataclass(frozen=True, slots=True)
class TwoVenues:
    """A session and its venues by what they are to it."""

    program: Program
    venues: dict[Role, Venue]

    def ledger(self) -> dict[str, Any]:
        """Of the venue that takes the orders."""
        return self.venues["execution"].ledger()


@contextmanager
def two_exchanges(folder: Path, flags: Mapping[Role, Sequence[str]]) -> Iterator[dict[Role, Venue]]:
    """Two new exchanges that are ready, each with its flags; nothing of them is left afterwards."""
    adopt_orphans()
    venues: dict[Role, Venue] = {role: Venue(folder / role, *flags[role]) for role in NAMES}
    try:
        for venue in venues.values():
            venue.wait_until_ready()
        yield venues
    finally:
        for venue in venues.values():
            venue.close()


@contextmanager
def session_at(venues: dict[Role, Venue], folder: Path, config: dict[str, Any]) -> Iterator[TwoVenues]:
    """A session, started and not awaited; ``config`` is laid over what reaches the venues."""
    path = folder / "session.yaml"
    path.write_text(yaml.safe_dump(_config(config, venues)), encoding="utf-8")
    program = Program(folder, "--config", str(path), control=False)
    try:
        program.start()
        yield TwoVenues(program, venues)
    finally:
        program.kill_all(but={venue.pid for venue in venues.values()})


@contextmanager
def two_venues(folder: Path, config: dict[str, Any], *flags: str) -> Iterator[TwoVenues]:
    """A session at two new exchanges of these flags."""
    with (
        two_exchanges(folder, dict.fromkeys(NAMES, flags)) as venues,
        session_at(venues, folder, config) as both,
    ):
        yield both


def _config(config: dict[str, Any], venues: dict[Role, Venue]) -> dict[str, Any]:
    reached: dict[str, Any] = {
        "venues": {
            NAMES[role]: {**venue.addresses(), "reads_per_s": 1_000.0} for role, venue in venues.items()
        },
        "credentials": {NAMES[role]: venue.identity() for role, venue in venues.items()},
    }
    roles: dict[str, Any] = {role: {"venue": NAMES[role], **config.get(role, {})} for role in NAMES}
    return {**config, **reached, **roles}
