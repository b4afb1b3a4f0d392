"""One replay as a task that another process can take: a session, decided again or by another strategy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from replay.file_recording import FileRecording
from replay.outcome import Supposed, Supposition
from replay.recording import Recording
from replay.same_decisions import Progress, Replayed, replay_session
from replay.what_if import suppose


@dataclass(frozen=True, slots=True)
class Task:
    """``other``: None to decide the session again as it was."""

    folder: Path  # the account's
    session: str
    other: Supposition | None = None

    @property
    def recording(self) -> Recording:
        return FileRecording(self.folder, self.session)


def work(task: Task, tell: Progress = lambda *_: None) -> Replayed | Supposed:
    """What comes of it. Raises StrategyError and PersistenceError."""
    if task.other is None:
        return replay_session(task.recording, tell)
    return suppose(task.recording, task.other, tell)
