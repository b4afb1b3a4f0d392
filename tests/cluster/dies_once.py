"""A strategy whose first process is killed in the middle of its session."""

import os
import signal
from pathlib import Path

from strategies.hardcoded import HardcodedSelector

DEATHS = "DIES_ONCE_IN"
"""The variable that names the folder in which each death is noted."""


class DiesOnce(HardcodedSelector):
    def __init__(self, *, seed):
        super().__init__(seed=seed)
        self._batches = 0

    def select(self, seen):
        self._batches += 1
        note = Path(os.environ[DEATHS]) / "died"
        if self._batches == 2 and not note.exists():
            note.write_text(str(os.getpid()))
            os.kill(os.getpid(), signal.SIGKILL)
        return super().select(seen)
