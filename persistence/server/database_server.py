"""The server that has the database: our own in the state folder, or one that the configuration names."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Protocol

from persistence.database.binaries import BinariesMissing, find_binaries
from persistence.server.embedded_server import EmbeddedServer, Started
from persistence.server.place import ForeignMajor, find_place


class DatabaseServer(Protocol):
    """A server as everybody sees it who needs the database."""

    @property
    def dsn(self) -> str: ...

    def use(self) -> Started:
        """Make sure that it runs, as far as that is ours to do, and be one of its users."""

    def prepare(self) -> None:
        """Find out whether it could ever run, as far as that is ours to do."""

    def leave(self) -> None:
        """Be no user any more; it runs on."""

    def release(self, *, patience_s: float = 0.0) -> None:
        """Be no user any more; ours is stopped unless another process uses it longer than that."""


class NamedServer:
    """A server that somebody else starts and stops."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn

    def use(self) -> Started:
        return Started("given", 0.0)

    def prepare(self) -> None: ...

    def leave(self) -> None: ...

    def release(self, *, patience_s: float = 0.0) -> None: ...


def database_server(dsn: str, *, state_dir: Path, bin_dir: str) -> DatabaseServer:
    """The server that ``dsn`` names, or where that is empty our own. Raises as ``embedded_server``."""
    return NamedServer(dsn) if dsn else embedded_server(state_dir, bin_dir)


def embedded_server(state_dir: Path, bin_dir: str) -> EmbeddedServer:
    """Our own server, of the version that a state folder has a database of already.

    Raises BinariesMissing, ForeignMajor, NoPlace.
    """
    kept = _kept_major(state_dir)
    try:
        binaries = find_binaries(bin_dir, major=kept)
    except BinariesMissing:
        if kept is None:
            raise
        raise ForeignMajor(state_dir / f"pg{kept}", str(kept), find_binaries(bin_dir).version) from None
    return EmbeddedServer(state_dir / f"pg{binaries.major}", binaries)


def _kept_major(state_dir: Path) -> int | None:
    """The newest version of which there is a database."""
    folders = {
        int(match[1]): folder
        for folder in state_dir.glob("pg*")
        if (match := re.fullmatch("pg([0-9]+)", folder.name))
    }
    return max((major for major, folder in folders.items() if find_place(folder).has_data), default=None)
