"""An exchange in a process of its own, which lives no longer than this program."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cli.errors import PreflightRefused

# This program again. -P: the folder it is started in is no place to import from.
PROGRAM: Final = (sys.executable, "-P", "-m", "cli")
PACKAGES: Final = Path(__file__).resolve().parent.parent  # a checkout, or where the wheel was installed
READY_WITHIN_S: Final = 30.0
STOP_WITHIN_S: Final = 3.0
LONGEST_LINE: Final = 65_536


@dataclass(frozen=True, slots=True)
class ExchangeAddress:
    """The line that the exchange prints when it is ready."""

    rest_url: str
    ws_url: str
    key_id: str
    private_key_path: str
    control_url: str | None
    reads_per_s: float


class ExchangeChild:
    """An exchange that lives no longer than this program."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self._process = process
        self._log = log
        self._line = b""  # what it has printed
        self._kill_at_s: float | None = None  # monotonic; set once it was asked to end

    @property
    def pid(self) -> int:
        return self._process.pid

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def end(self, now_s: float) -> bool:
        """Whether it has ended. The first call asks it to, one STOP_WITHIN_S later kills it; none waits."""
        if self._process.poll() is not None:
            self._close()
            return True
        if self._kill_at_s is None:
            self._kill_at_s = now_s + STOP_WITHIN_S
            self._process.terminate()
        elif now_s >= self._kill_at_s:
            self._process.kill()
        return False

    def stop(self) -> None:
        """End it, asking first; returns when it has ended."""
        self._process.terminate()
        try:
            self._process.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._close()

    def _close(self) -> None:
        if self._process.stdout is not None:
            self._process.stdout.close()

    def wait_until_ready(self) -> ExchangeAddress:
        """The addresses and the key that it prints. Raises PreflightRefused when it does not start."""
        address = self.ready(READY_WITHIN_S)
        if address is None:
            raise self._not_started()
        return address

    def ready(self, within_s: float) -> ExchangeAddress | None:
        """The same; None while it has said nothing. Raises PreflightRefused when it ended instead."""
        if not self._has_line(within_s):
            return None
        try:
            found = json.loads(self._line)
            return ExchangeAddress(**{name: found[name] for name in ExchangeAddress.__slots__})
        except (ValueError, KeyError, TypeError):
            raise self._not_started() from None

    def _has_line(self, within_s: float) -> bool:
        """Whether it has printed a line, or ends without one."""
        assert self._process.stdout is not None
        while not self._line.endswith(b"\n") and len(self._line) < LONGEST_LINE:
            readable, _, _ = select.select([self._process.stdout], [], [], within_s)
            if not readable:
                return False
            more = os.read(self._process.stdout.fileno(), 4096)
            if not more:
                return True
            self._line += more
        return True

    def _not_started(self) -> PreflightRefused:
        return PreflightRefused(f"the exchange on this machine did not start; {_last_line(self._log)}")

    @staticmethod
    def launch(flags: Sequence[str], *, log: Path) -> ExchangeChild:
        """Returns at once; ``flags`` are those of the command ``exchange``, its errors go to ``log``."""
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as errors:
            process = subprocess.Popen(
                [*PROGRAM, "exchange", *flags, "--parent", str(os.getpid())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=program_environment(),
                start_new_session=True,  # a Ctrl-C is for us: it stops when we have canceled our orders
            )
        return ExchangeChild(process, log)


def program_environment() -> dict[str, str]:
    """Ours, and the way to these very packages, for a program of ours: a checkout need not be installed."""
    given = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(PACKAGES), *([given] if given else [])])}


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return f"it said: {lines[-1]} (all of it in {log})" if lines else f"it said nothing ({log})"
