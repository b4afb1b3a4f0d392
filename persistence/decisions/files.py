"""The journals of an account's decisions: one file for each session and incarnation of its Selector.

A file that has grown long is followed by another part. In a name, the part stands behind session and
incarnation from the second part on: ``s1k3f9-1.db``, ``s1k3f9-1-2.db``.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, NamedTuple

_NAME: Final = re.compile(r"([0-9a-z]+)-([0-9]+)(?:-([0-9]+))?\.db")


class JournalFile(NamedTuple):
    """Ordered as they were written."""

    session: str
    incarnation: int
    part: int
    path: Path


def journal_path(folder: Path, session: str, incarnation: int, part: int) -> Path:
    """Where this part of a journal is; ``folder`` is the one of all journals."""
    behind = f"-{part}" if part > 1 else ""
    return folder / f"{session}-{incarnation}{behind}.db"


def journal_files(folder: Path) -> list[JournalFile]:
    """All journals, the oldest first. Sessions are named in the order of their starts."""
    found = []
    for path in folder.glob("*.db"):
        if (match := _NAME.fullmatch(path.name)) is not None:
            session, incarnation, part = match.groups()
            found.append(JournalFile(session, int(incarnation), int(part or 1), path))
    return sorted(found)


def named_journal(name: str) -> tuple[str, int] | None:
    """The session and the incarnation of a journal of this name; None for another file."""
    match = _NAME.fullmatch(name)
    return None if match is None else (match[1], int(match[2]))


def free_incarnation(folder: Path, session: str, at_least: int) -> int:
    """The first incarnation from ``at_least`` on that has no journal: actors that were all started again
    count theirs from the beginning, and a strategy that forgot what it knew is another one."""
    taken = (file.incarnation for file in journal_files(folder) if file.session == session)
    return max([at_least, *(incarnation + 1 for incarnation in taken)])
