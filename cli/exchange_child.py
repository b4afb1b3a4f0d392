"""How does a session get a loopback exchange of its own, and get rid of it again?"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cli.errors import PreflightRefused
from settings.config import Config

# This program again. -P: the folder it is started in is no place to import from.
PROGRAM: Final = (sys.executable, "-P", "-m", "cli")
PACKAGES: Final = Path(__file__).resolve().parent.parent  # a checkout, or where the wheel was installed
READY_WITHIN_S: Final = 30.0
STOP_WITHIN_S: Final = 3.0
LONGEST_LINE: Final = 65_536


@dataclass(frozen=True, slots=True)
class ExchangeAddress:
    """What the exchange prints when it is ready."""

    rest_url: str
    ws_url: str
    key_id: str
    private_key_path: str
    control_url: str | None
    reads_per_s: float


class ExchangeChild:
    """An exchange that lives no longer than this program."""

    def __init__(self, process: subprocess.Popen[bytes], address: ExchangeAddress) -> None:
        self._process = process
        self.address = address

    @property
    def pid(self) -> int:
        return self._process.pid

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def stop(self) -> None:
        """End it, asking first."""
        _end(self._process)

    @staticmethod
    def start(config: Config, *, log: Path) -> ExchangeChild:
        """Returns when it is ready; its errors go to ``log``. Raises PreflightRefused when it does not."""
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as errors:
            process = subprocess.Popen(
                exchange_command(config, parent=os.getpid()),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=_environment(),
                start_new_session=True,  # a Ctrl-C is for us: it stops when we have canceled our orders
            )
        try:
            return ExchangeChild(process, _address(_first_line(process), log))
        except BaseException:
            _end(process)
            raise


def exchange_command(config: Config, *, parent: int) -> list[str]:
    """The command line that starts the exchange a configuration describes."""
    loopback = config.loopback
    options: dict[str, Any] = {
        "port": 0,
        "markets": config.markets.count,
        "seed": loopback.seed,
        "activity": loopback.activity,
        "balance": loopback.balance,
        "tier": loopback.tier,
        "parent": parent,
    }
    if loopback.rate is not None:
        options["rate"] = f"{loopback.rate:g}"
    if loopback.state:
        options["state"] = loopback.state
    flags = [text for name, value in options.items() for text in (f"--{name}", str(value))]
    # Combos are not for the trader, and would be missing from the number of markets asked for.
    return [
        *PROGRAM,
        "exchange",
        "--no-combos",
        *flags,
        *(["--control"] if loopback.control else []),
    ]


def _environment() -> dict[str, str]:
    """Ours, and the way to these very packages: a checkout need not be installed."""
    given = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(PACKAGES), *([given] if given else [])])}


def _first_line(process: subprocess.Popen[bytes]) -> bytes:
    """What it prints first; empty when it ended or took too long."""
    assert process.stdout is not None
    line = b""
    while not line.endswith(b"\n") and len(line) < LONGEST_LINE:
        readable, _, _ = select.select([process.stdout], [], [], READY_WITHIN_S)
        more = os.read(process.stdout.fileno(), 4096) if readable else b""
        if not more:
            return b""
        line += more
    return line


def _address(line: bytes, log: Path) -> ExchangeAddress:
    try:
        found = json.loads(line)
        return ExchangeAddress(**{name: found[name] for name in ExchangeAddress.__slots__})
    except (ValueError, KeyError, TypeError):
        raise PreflightRefused(f"the loopback exchange did not start; {_last_line(log)}") from None


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return f"it said: {lines[-1]} (all of it in {log})" if lines else f"it said nothing ({log})"


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
