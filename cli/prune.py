"""``sessions --prune``: what is older than it has to be kept is shown, and dropped once that is agreed to."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Final, NamedTuple

from cli.database_use import recorded
from cli.errors import CLEAN, ConfigurationError
from cli.figures import count
from cli.output import say
from cli.running_session import find_running, only_session
from cli.tables import size, when
from persistence.account_files import accounts_in, is_minted
from persistence.database.connections import Connection
from persistence.recording.retention import (
    CHUNKS,
    DAY_US,
    OldChunks,
    Scope,
    World,
    drop_chunks,
    drop_world,
    minted_worlds,
    old_chunks,
    recorded_accounts,
    scope_of,
)
from settings.config import Config

STATEMENT_S: Final = 3_600.0  # a world of a month is millions of rows
YES: Final = ("y", "yes")


class _Folder(NamedTuple):
    """Files that go together; ``newest_us`` is when the last of them was written."""

    path: Path
    newest_us: int
    bytes: int


class _Old(NamedTuple):
    """All that is to go."""

    before_us: int  # the beginning (UTC) of the first day that is kept
    worlds: list[World]
    folders: list[_Folder]  # of these worlds, and of minted worlds that the database does not know
    chunks: list[OldChunks]
    logs: list[_Folder]

    @property
    def is_empty(self) -> bool:
        return not (self.worlds or self.folders or self.chunks or self.logs)

    def still(self, now: _Old) -> _Old:
        """The things that were shown, without those that are not old any more by a later look."""
        accounts = {world.account for world in now.worlds}
        paths = {folder.path for folder in now.folders}
        return self._replace(
            worlds=[world for world in self.worlds if world.account in accounts],
            folders=[folder for folder in self.folders if folder.path in paths],
            logs=[log for log in self.logs if log in now.logs],
        )

    def lines(self) -> Iterator[str]:
        for world in self.worlds:
            had = ((world.sessions, "sessions"), (world.orders, "orders"), (world.fills, "fills"))
            told = ", ".join(f"{count(number)} {what}" for number, what in had)
            yield f"world {world.account}, last used {when(world.newest_us)}: all of its {told}"
        for folder in self.folders:
            yield f"folder {folder.path}: {size(folder.bytes)}"
        for old in self.chunks:
            what = f"{CHUNKS[old.table]} of {old.account}"
            yield f"{what}: {count(old.chunks)} chunks, {size(old.bytes)}"
        if self.logs:
            yield f"{count(len(self.logs))} logs: {size(sum(log.bytes for log in self.logs))}"


def prune(config: Config, *, is_agreed: bool, now_us: int) -> int:
    """Drop what is older than ``database.retention_days``.

    Raises ConfigurationError with all that would go when nobody can be asked.
    """
    running = find_running(config)
    before_us = now_us // DAY_US * DAY_US - config.database.retention_days * DAY_US
    # While a session runs no other can start here; else none may start on a world that is about to go.
    alone = nullcontext() if running else only_session(config)
    with alone, recorded(config, name="prune", statement_s=STATEMENT_S) as connection:
        scope = _scope(connection, config)
        old = _old(connection, config, scope, before_us, busy=running.account if running else "")
        if old.is_empty:
            say(f"nothing is older than {config.database.retention_days} days")
        elif _is_agreed(config, old, is_agreed=is_agreed):
            # The running one may have ended while the question stood, and another begun.
            later = find_running(config) if running else None
            with only_session(config) if running and later is None else nullcontext():
                if running:
                    busy = later.account if later else ""
                    old = old.still(_old(connection, config, scope, before_us, busy=busy))
                _drop(connection, old, scope)
            say("dropped")
        else:
            say("nothing was dropped")
    return CLEAN


def _scope(connection: Connection, config: Config) -> Scope:
    state_dir = Path(config.state_dir)
    known = accounts_in(state_dir)
    if config.database.dsn:
        return scope_of(state_dir, known)
    return Scope(sorted({*known, *recorded_accounts(connection)}))  # all that our own server has


def _old(connection: Connection, config: Config, scope: Scope, before_us: int, *, busy: str) -> _Old:
    state_dir = Path(config.state_dir)
    minted = [state_dir / name for name in accounts_in(state_dir) if is_minted(name)]
    folders = {path.name: _folder(path) for path in minted if not path.is_symlink()}
    living = {name for name, folder in folders.items() if folder.newest_us >= before_us} | {busy}
    worlds = minted_worlds(connection, scope.accounts)
    living |= {world.account for world in worlds if world.newest_us >= before_us}
    old_worlds = [world for world in worlds if world.account not in living]
    gone = [world.account for world in old_worlds]
    return _Old(
        before_us,
        old_worlds,
        [folder for name, folder in folders.items() if name not in living],
        old_chunks(connection, scope.without(gone), before_us),
        [log for log in _logs(state_dir) if log.newest_us < before_us],
    )


def _folder(path: Path) -> _Folder:
    found = [each.lstat() for each in path.rglob("*") if not each.is_dir()]
    newest_us = max((each.st_mtime_ns // 1000 for each in found), default=path.stat().st_mtime_ns // 1000)
    return _Folder(path, newest_us, sum(each.st_size for each in found))


def _logs(state_dir: Path) -> list[_Folder]:
    """The logs of sessions; those of the actor system are written on."""
    logs = state_dir / "logs"
    found = [(path, path.stat()) for path in sorted([*logs.glob("s*.log"), *logs.glob("s*.log.1")])]
    return [_Folder(path, file.st_mtime_ns // 1000, file.st_size) for path, file in found]


def _is_agreed(config: Config, old: _Old, *, is_agreed: bool) -> bool:
    begins = f"older than {config.database.retention_days} days (before {when(old.before_us)}):"
    if is_agreed:
        say(begins, *old.lines())
        return True
    if not sys.stdin.isatty():
        raise ConfigurationError(begins, *old.lines(), "nothing was dropped: say --yes to drop it")
    say(begins, *old.lines())
    return input("drop all this? [y/N] ").strip().lower() in YES


def _drop(connection: Connection, old: _Old, scope: Scope) -> None:
    """The rows first: a folder without rows is found again, rows without a folder might not be."""
    for world in old.worlds:
        drop_world(connection, world.account)
    drop_chunks(connection, scope, old.before_us)
    for folder in old.folders:
        shutil.rmtree(folder.path)
    for log in old.logs:
        log.path.unlink(missing_ok=True)
