"""The processor time of the files that a running program records into, before any database.

The tape is written by threads that bear its name. The ledgers and the journal are written by threads that do
other work as well, so theirs is counted: so many commits, each as dear as it is in a loop on the same disk.
"""

from __future__ import annotations

import os
import time
from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.program import Program
from benchmarks.recording_rig import account_of
from persistence.account_files import DECISIONS, FILL_PROCESSOR, ORDER_MANAGER, SESSIONS
from persistence.decisions.files import journal_files
from persistence.decisions.journal import JournalReader
from persistence.faults import NotMadeYet
from persistence.outbox import Outbox, OutboxReader
from trading.events import SessionEnded

_COMMITS: Final = 200
_TICK_S: Final = 1 / os.sysconf("SC_CLK_TCK")


def outbox_s(program: Program) -> float:
    """Seconds of processor time so far."""
    folder = program.folder / "state" / account_of(program.folder / "state")
    return _tapes_s(program) + (_events(folder) + _batches(folder)) * commit_s()


def _tapes_s(program: Program) -> float:
    """Of the threads that write the tapes (Linux)."""
    total = 0
    for process in program.trader_processes():
        for task in Path(f"/proc/{process.pid}/task").glob("*"):
            if (task / "comm").read_text().strip() == "tape":
                fields = (task / "stat").read_text().rpartition(")")[2].split()
                total += int(fields[11]) + int(fields[12])
    return total * _TICK_S


def _events(folder: Path) -> int:
    total = 0
    for file in (ORDER_MANAGER, FILL_PROCESSOR, SESSIONS):
        try:
            with closing(OutboxReader(folder / file)) as reader:
                total += reader.last_seq
        except NotMadeYet:
            continue
    return total


def _batches(folder: Path) -> int:
    total = 0
    for file in journal_files(folder / DECISIONS):
        with JournalReader(file.path) as reader:
            total += reader.last_batch_no()
    return total


@cache
def commit_s() -> float:
    """Processor time of one event in a commit of its own, which is forced to the disk."""
    with (
        TemporaryDirectory(prefix="outbox-") as place,
        closing(Outbox(Path(place) / SESSIONS, "Recorder")) as outbox,
    ):
        began_s = time.process_time()
        for number in range(_COMMITS):
            outbox.append([(SessionEnded(number, "s1", "x" * 300), None)])
        return (time.process_time() - began_s) / _COMMITS
