"""``python -m benchmarks.timed_run …``: run.py, with a watcher that notes when a market was due."""

from __future__ import annotations

import sys

from benchmarks.timed_watcher import TimedSupervisor
from cli import run
from cli.main import main

if __name__ == "__main__":
    run.Supervisor = TimedSupervisor  # type: ignore[attr-defined]
    sys.exit(main(sys.argv[1:]))
