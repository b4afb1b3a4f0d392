"""Damaged ledgers are refused before any actor is started: none of them could go on from one."""

from __future__ import annotations

from pathlib import Path

from cli.child_check import problem_seen_by_child
from cli.errors import PreflightRefused
from persistence.account_files import faults_in


def check_ledgers(account_dir: Path) -> None:
    """Raises PreflightRefused with each file's name and what to do about it."""
    # In a child, because no actor may be forked from a process that has had a database open.
    problems = problem_seen_by_child(lambda: "\n".join(faults_in(account_dir)))
    if problems:
        raise PreflightRefused(*problems.split("\n"))
