"""The files that sessions on other accounts left in the state folder, for they were killed, or their database
was away.

A lane that walks the folders of those accounts one after the other, once, with the lanes of each. Only one
session uses a state folder, so none of their files is being written.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from persistence.account_files import SESSIONS, accounts_in
from persistence.database.connections import Connection
from persistence.database.faults import DatabaseDown, DatabaseRefused
from persistence.decisions.lane import DecisionLane
from persistence.faults import PersistenceError
from persistence.lane import IDLE, Lane, Progress
from persistence.ledger.lane import LedgerLane
from persistence.outbox import OutboxReader
from persistence.tape.lane import TapeLane
from persistence.write_ahead import fold_logs
from trading.events import SessionStarted

NAME: Final = "earlier"


class EarlierAccounts:
    """The folders of all accounts but one on their way into the database."""

    name = NAME

    def __init__(self, state_dir: Path, *, but: str) -> None:
        """``but`` is the account of the session that runs."""
        self._state_dir = state_dir
        self._but = but
        self._folders: Iterator[Path] | None = None  # those that are left, once it has begun
        self._lanes: list[Lane] = []  # of the folder that is its turn
        self._folder: Path | None = None
        self._notes: dict[str, str] = {}  # by account

    def step(self, connection: Connection) -> Progress:
        """Step each lane of the folder whose turn it is. Raises while the database is away."""
        if self._folder is not None and not self._folder.is_dir():
            self._end_turn()  # its world is being dropped
        if self._folder is None and not self._begin_next():
            return IDLE._replace(note=self._note())
        assert self._folder is not None
        written = behind = dropped = 0
        for lane in self._lanes:
            try:
                progress = lane.step(connection)
            except (DatabaseDown, DatabaseRefused):
                raise
            except PersistenceError as error:  # of its own files: nobody writes them, so it stays
                progress = Progress(0, 0, str(error))
            written, behind = written + progress.written, behind + progress.behind
            dropped += progress.dropped
            if progress.note:
                self._notes[self._folder.name] = progress.note
        if not written:
            self._end_turn()
        return Progress(written, behind if written else 0, self._note(), dropped)

    def waiting(self) -> int:
        """Of the folder whose turn it is: nothing comes to any of them."""
        return sum(lane.waiting() for lane in list(self._lanes))

    def flush(self) -> None:
        """Nothing waits here for more."""

    @property
    def is_flushed(self) -> bool:
        """Nobody waits for what other sessions have left."""
        return True

    def close(self) -> None:
        """Give the files up; what is left is for the next session."""
        self._end_turn()

    def _note(self) -> str:
        return "; ".join(f"{account}: {note}" for account, note in self._notes.items())

    def _begin_next(self) -> bool:
        if self._folders is None:
            names = [name for name in accounts_in(self._state_dir) if name != self._but]
            self._folders = iter([self._state_dir / name for name in names])
        self._folder = next(self._folders, None)
        if self._folder is None:
            return False
        account = self._folder.name
        data, execution = _venues(self._folder)
        self._lanes = [
            LedgerLane(self._folder, account=account, venue=execution),
            DecisionLane(self._folder, account=account),
            TapeLane(self._folder, account=account, data_venue=data),
        ]
        for lane in self._lanes:
            lane.flush()  # nothing comes that it could be packed with
        return True

    def _end_turn(self) -> None:
        for lane in self._lanes:
            lane.close()
        if self._folder is not None:
            fold_logs(self._folder)
        self._lanes, self._folder = [], None


def _venues(folder: Path) -> tuple[str, str]:
    """Where the account's books came from and its orders went, by its newest session."""
    try:
        with closing(OutboxReader(folder / SESSIONS)) as reader:
            for event in reader.latest():
                if isinstance(event, SessionStarted):
                    return event.data, event.execution
    except PersistenceError:
        pass  # its lane names what is wrong
    of_name = folder.name.rpartition("-")[0].removesuffix("-standin")
    return of_name, of_name
