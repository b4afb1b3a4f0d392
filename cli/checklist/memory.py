"""The memory of some processes."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Final

KB: Final = 1_024


def memory_mb(pids: Iterable[int]) -> float | None:
    """The memory that they use together; None where that cannot be measured.

    Linux tells each process's share of what several use; elsewhere all of it counts for each.
    """
    wanted = sorted(set(pids))
    if Path("/proc/self/smaps_rollup").exists():
        return sum(_share_kb(pid) for pid in wanted) * KB / 1e6
    try:
        listed = subprocess.run(
            ["ps", "-o", "rss=", "-p", ",".join(map(str, wanted))], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return sum(map(int, listed.stdout.split())) * KB / 1e6


def _share_kb(pid: int) -> int:
    """Nothing for one that has just ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return 0
    return next((int(text.split()[1]) for text in lines if text.startswith("Pss:")), 0)
