"""One replay as a task that another process can take: a session, decided again or by another strategy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from persistence.database.connections import Database
from replay.file_recording import FileRecording
from replay.outcome import Supposed, Supposition
from replay.recording import Recording
from replay.same_decisions import Progress, Replayed, replay_session
from replay.stored_recording import StoredRecording
from replay.what_if import suppose


@dataclass(frozen=True, slots=True)
class Task:
    """``other``: None to decide the session again as it was."""

    folder: Path  # the account's, which need not be there
    session: str
    other: Supposition | None = None
    dsn: str = field(default="", repr=False)  # of the database; "": the files alone

    @contextmanager
    def recording(self) -> Iterator[Recording]:
        files = FileRecording(self.folder, self.session)
        if not self.dsn:
            yield files
            return
        with closing(Database(self.dsn).connect(name="replay")) as connection:
            yield StoredRecording(files, connection)


def work(task: Task, tell: Progress = lambda *_: None) -> Replayed | Supposed:
    """The results. Raises StrategyError and PersistenceError."""
    with task.recording() as recording:
        if task.other is None:
            return replay_session(recording, tell)
        return suppose(recording, task.other, tell)
