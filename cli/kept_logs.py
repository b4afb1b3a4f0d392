"""The logs of earlier sessions: the newest are kept, within bounds."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Final

MOST_SESSIONS: Final = 100
MOST_BYTES: Final = 500_000_000
MOST_ACTORS_BYTES: Final = 1_000_000  # of what actors said outside the log, until it is set aside


def tidy_logs(folder: Path) -> None:
    """Remove what is too old or says nothing; for whoever has the state directory, before a session's log."""
    for path in _too_many(folder):
        path.unlink(missing_ok=True)
    for path in folder.glob("*.exchange"):
        remove_if_empty(path)
    said = folder / "actors.log"
    if said.exists() and said.stat().st_size > MOST_ACTORS_BYTES:
        said.replace(said.with_name("actors.log.1"))


def remove_if_empty(path: Path) -> None:
    """A file into which nothing was written is of no use to anybody."""
    if path.exists() and path.stat().st_size == 0:
        path.unlink()


def _too_many(folder: Path) -> Iterator[Path]:
    """The files of all but the newest sessions. Sessions are named in the order of their starts."""
    files = [*folder.glob("s*.log"), *folder.glob("s*.log.1"), *folder.glob("s*.exchange")]
    by_session = groupby(sorted(files, key=_session, reverse=True), key=_session)
    total = 0
    for count, (_, group) in enumerate(by_session, 1):
        paths = list(group)
        total += sum(path.stat().st_size for path in paths)
        if count > MOST_SESSIONS or total > MOST_BYTES:
            yield from paths


def _session(path: Path) -> str:
    return path.name.partition(".")[0]
