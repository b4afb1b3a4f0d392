"""Damaged ledgers and a full disk are refused before any actor is started: none could go on from them."""

from __future__ import annotations

from pathlib import Path

from cli.child_check import seen_by_child
from cli.errors import PreflightRefused
from persistence.account_files import faults_in
from persistence.disk_room import trouble_at_start
from persistence.write_ahead import fold_logs


def check_ledgers(account_dir: Path) -> None:
    """Raises PreflightRefused with each file's name and what to do about it."""
    # In a child, because no actor may be forked from a process that has had a database open.
    problems = seen_by_child(lambda: _looked_at(account_dir))
    if problems:
        raise PreflightRefused(*problems.split("\n"))


def _looked_at(account_dir: Path) -> str:
    """The faults of the files. When there is none, the log that a killed session left beside them is
    folded in."""
    problems = "\n".join(faults_in(account_dir))
    if not problems:
        fold_logs(account_dir)
    return problems


def check_room(state_dir: Path) -> None:
    """Raises PreflightRefused with how much room the disk has and how much is needed."""
    trouble = trouble_at_start(state_dir)
    if trouble:
        raise PreflightRefused(trouble)
