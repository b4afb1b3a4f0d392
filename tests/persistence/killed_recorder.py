"""Carries an account's files into a database in processes that are killed in the middle of their work.

``python -m tests.persistence.killed_recorder FOLDER DSN NUMBER…``: a process for each number, one after the
other, which gets SIGKILL at its statement of that number, or before or right after that commit. The signal
that ended each is printed. Each is forked, so that all of them share the time that imports take.
"""

from __future__ import annotations

import os
import select
import signal
import sys
from collections.abc import Callable, Iterable, Sequence
from itertools import count
from pathlib import Path
from typing import cast

from persistence.database.connections import Connection
from persistence.recording.database import RecordingDatabase
from persistence.recording.drain import Drain, State
from tests.persistence.recorded_files import drains_of
from tests.persistence.tape_database import Flaky

WITHIN_S = 60.0


class StruckDatabase(RecordingDatabase):
    """Does something in the middle of the work: at a statement of any of its connections, or around a
    commit."""

    def __init__(self, dsn: str, state_dir: Path, strike: Callable[[], None]) -> None:
        super().__init__(dsn, state_dir=state_dir, bin_dir="")
        self._strike = strike
        self._numbers = count(1)
        self._strikes_at = 0

    def strike_in(self, statements: int) -> None:
        """Once, so many statements later."""
        self._strikes_at = next(self._numbers) + statements

    def reach(self, do: Callable[[], None] | None) -> None:
        """Called before each; ``do`` is what has to be done before the strike."""
        if next(self._numbers) == self._strikes_at:
            if do is not None:
                do()
            self._strike()

    def connect(self, *, name: str, synchronous: bool) -> Connection:
        made = super().connect(name=name, synchronous=synchronous)
        return cast("Connection", _StruckConnection(made, self))


class _StruckConnection(Flaky):
    def __init__(self, connection: Connection, database: StruckDatabase) -> None:
        super().__init__(connection)
        self._database = database

    def reach(self, _what: str, *, do: Callable[[], None] | None = None) -> None:
        self._database.reach(do)


def record(folder: Path, database: RecordingDatabase) -> None:
    """Write what is there, as a Recorder that is asked to stop."""
    drains = drains_of(folder, database)
    for drain in drains:
        drain.stop(WITHIN_S)
        drain.start()
    wait_until(drains, "stopped")
    assert [drain.standing.behind for drain in drains] == [0, 0]


def wait_until(
    drains: Sequence[Drain], state: State, *, are_enough: Callable[[Iterable[bool]], bool] = all
) -> None:
    """Wait for their words until each is in this state, or with ``any`` until one is."""
    while not are_enough(drain.standing.state == state for drain in drains):
        speaking, _, _ = select.select(drains, [], [], WITHIN_S)
        assert speaking, [drain.standing for drain in drains]
        for drain in speaking:
            assert drain.take_news().state != "failed", drain.failure


def _live(folder: Path, dsn: str, number: int) -> None:
    database = StruckDatabase(dsn, folder.parent, lambda: os.kill(os.getpid(), signal.SIGKILL))
    database.strike_in(number)
    record(folder, database)


def main() -> None:
    folder, dsn = Path(sys.argv[1]), sys.argv[2]
    for number in map(int, sys.argv[3:]):
        pid = os.fork()
        if pid == 0:
            _live(folder, dsn, number)
            os._exit(0)
        _, status = os.waitpid(pid, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")


if __name__ == "__main__":
    main()
