"""The records of a state folder that are older than they have to be kept, found and dropped together.

A world goes with its folder. The folder is set aside first, so that no session that runs writes the world's
files into the database again, and its rows go before its files: a folder without rows is found again, rows
without a folder might not be.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from persistence.account_files import accounts_in, is_minted
from persistence.database.connections import Connection
from persistence.faults import naming
from persistence.recording.retention import (
    CHUNKS,
    MintedAccount,
    OldChunks,
    OwnRecords,
    drop_chunks,
    drop_world,
    minted_worlds,
    old_chunks,
    recorded_accounts,
    scope_of,
)

_ASIDE: Final = ".dropped"  # behind the name of a folder that is on its way off the disk


class OldFiles(NamedTuple):
    """A folder or a file; ``newest_us`` is when something in it was last written."""

    path: Path
    newest_us: int
    bytes: int


class OldRecords(NamedTuple):
    """All that is to go."""

    before_us: int  # the beginning (UTC) of the first day that is kept
    worlds: list[MintedAccount]
    folders: list[OldFiles]  # of these worlds, and of minted worlds that the database does not know
    chunks: list[OldChunks]
    logs: list[OldFiles]

    @property
    def is_empty(self) -> bool:
        return not (self.worlds or self.folders or self.chunks or self.logs)

    def still(self, now: OldRecords) -> OldRecords:
        """The same without what is not old any more by a later look, and with nothing that is new in it."""
        accounts = {world.account for world in now.worlds}
        paths = {files.path for files in (*now.folders, *now.logs)}
        kinds = {(chunks.account, chunks.table) for chunks in now.chunks}
        return self._replace(
            worlds=[world for world in self.worlds if world.account in accounts],
            folders=[folder for folder in self.folders if folder.path in paths],
            chunks=[chunks for chunks in self.chunks if (chunks.account, chunks.table) in kinds],
            logs=[log for log in self.logs if log.path in paths],
        )


def scope_here(connection: Connection, state_dir: Path, *, is_shared: bool) -> OwnRecords:
    """The records that this state folder may drop. ``is_shared``: others may record into the database too.

    Raises FileUnusable.
    """
    known = {*accounts_in(state_dir), *(_account_of(path) for path in _folders_aside(state_dir))}
    if is_shared:
        return scope_of(state_dir, sorted(known))
    return OwnRecords(sorted({*known, *recorded_accounts(connection)}))


def find_old(
    connection: Connection, state_dir: Path, scope: OwnRecords, before_us: int, *, busy: str
) -> OldRecords:
    """All in the scope that was last used before then. The account of a session that runs is ``busy``."""
    minted = [state_dir / name for name in accounts_in(state_dir) if is_minted(name)]
    folders = {path.name: _files_of(path) for path in minted if not path.is_symlink()}
    living = {name for name, files in folders.items() if files.newest_us >= before_us} | {busy}
    worlds = minted_worlds(connection, scope.accounts)
    living |= {world.account for world in worlds if world.newest_us >= before_us}
    old_worlds = [world for world in worlds if world.account not in living]
    gone = [world.account for world in old_worlds]
    return OldRecords(
        before_us,
        old_worlds,
        [files for name, files in folders.items() if name not in living]
        + [_files_of(path) for path in _folders_aside(state_dir)],
        old_chunks(connection, scope.without(gone), before_us),
        [log for log in _logs(state_dir / "logs") if log.newest_us < before_us],
    )


def drop_old(connection: Connection, old: OldRecords, scope: OwnRecords) -> None:
    """Drop these and nothing else. Raises a PersistenceError; the rest is found again by the next look."""
    aside = [_set_aside(folder.path) for folder in old.folders]
    for world in old.worlds:
        drop_world(connection, world.account)
    for table in CHUNKS:
        accounts = [chunks.account for chunks in old.chunks if chunks.table == table]
        drop_chunks(connection, scope._replace(accounts=accounts), old.before_us, tables=[table])
    for path in aside:
        _remove(path)
    for log in old.logs:
        with naming(log.path):
            log.path.unlink(missing_ok=True)


# --- files -------------------------------------------------------------------------------------------


def _files_of(folder: Path) -> OldFiles:
    """Of a folder from which files may go while it is looked at."""
    found = [file for path in _paths_in(folder) if (file := _stat(path)) is not None]
    newest = max((file.st_mtime_ns for file in found), default=0)
    if not found and (empty := _stat(folder)) is not None:
        newest = empty.st_mtime_ns
    return OldFiles(folder, newest // 1000, sum(file.st_size for file in found))


def _paths_in(folder: Path) -> Iterator[Path]:
    for parent, _, names in os.walk(folder):
        yield from (Path(parent, name) for name in names)


def _logs(folder: Path) -> list[OldFiles]:
    """The logs of sessions; those of the actor system are written on."""
    paths = sorted([*folder.glob("s*.log"), *folder.glob("s*.log.1")])
    found = [(path, file) for path in paths if (file := _stat(path)) is not None]
    return [OldFiles(path, file.st_mtime_ns // 1000, file.st_size) for path, file in found]


def _stat(path: Path) -> os.stat_result | None:
    """None for a file that is gone."""
    with suppress(FileNotFoundError):
        return path.lstat()
    return None


def _folders_aside(state_dir: Path) -> list[Path]:
    """The folders of a drop that did not come to its end."""
    return sorted(path for path in state_dir.glob(f"*{_ASIDE}") if is_minted(_account_of(path)))


def _account_of(folder: Path) -> str:
    return folder.name.removesuffix(_ASIDE)


def _set_aside(folder: Path) -> Path:
    """The path at which a world's folder is from now on. Raises a PersistenceError."""
    aside = folder.with_name(_account_of(folder) + _ASIDE)
    if folder != aside:
        _remove(aside)
        with naming(folder), suppress(FileNotFoundError):
            folder.rename(aside)
    return aside


def _remove(folder: Path) -> None:
    with naming(folder):
        if folder.exists():
            shutil.rmtree(folder)
