"""The cost of the processes of a running program, and their growth."""

from __future__ import annotations

import time
from collections.abc import Sequence

import psutil

from benchmarks.claims import slope
from benchmarks.program import Program, command_line


class Usage:
    """Processor time and memory of some processes, from now on; by default all of the trader's."""

    def __init__(self, program: Program, processes: Sequence[psutil.Process] = ()) -> None:
        self._processes = processes or program.trader_processes()
        self._since = time.monotonic()
        self._cpu = self._total_s()

    def _total_s(self) -> float:
        return float(sum(sum(p.cpu_times()[:2]) for p in self._processes))

    def cpu_s(self) -> float:
        """Seconds of processor time since."""
        return self._total_s() - self._cpu

    def cpu_share(self) -> float:
        """Of one core."""
        return self.cpu_s() / (time.monotonic() - self._since)

    def pss_mb(self) -> float:
        return float(sum(p.memory_full_info().pss for p in self._processes)) / 1e6


class Growth:
    """The growth of each process's memory once the program has settled."""

    def __init__(self, program: Program, *, settle_s: float) -> None:
        self._program = program
        self._began = time.monotonic()
        self._settle_s = settle_s
        self._sizes: dict[tuple[int, str], list[tuple[float, float]]] = {}  # (minutes, MB) by process

    def sample(self) -> None:
        elapsed_s = time.monotonic() - self._began
        if elapsed_s < self._settle_s:
            return
        for process in self._program.processes():
            called = " ".join(command_line(process)).strip()
            name = "exchange" if " exchange " in called else "run.py" if "run.py" in called else called
            pss_mb = process.memory_full_info().pss / 1e6
            self._sizes.setdefault((process.pid, name), []).append((elapsed_s / 60, pss_mb))

    def steepest(self) -> tuple[str, float, float]:
        """The process of the trader that grows most, its megabytes a minute, and those of the second half."""
        return max((found for found in self._slopes() if found[0] != "exchange"), key=lambda found: found[1])

    def of_exchange(self) -> tuple[float, float]:
        """Megabytes a minute of the exchange, which keeps what was traded, and of the second half."""
        return max(found[1:] for found in self._slopes() if found[0] == "exchange")

    def by_process(self) -> dict[str, float]:
        """Megabytes a minute of each process of the trader."""
        return {name: mb for name, mb, _ in self._slopes() if name != "exchange"}

    def _slopes(self) -> list[tuple[str, float, float]]:
        """The slopes of both halves: endless growth shows in the second half as well; growth that settles
        does not."""
        return [
            (name, slope(points), slope(points[len(points) // 2 :]))
            for (_, name), points in self._sizes.items()
            if len(points) > 5
        ]
