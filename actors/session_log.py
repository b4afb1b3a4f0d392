"""How does a line get into the session's log without costing a message?

Thespian carries each log record to a logger process (0.2–4 ms a line). Here every process appends for
itself: one ``write`` on an O_APPEND descriptor per record, which the kernel never interleaves.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path


class AppendingHandler(logging.Handler):
    """Writes ``LEVEL: [Name] text``; each line of a traceback gets the same beginning."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__()
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)

    def emit(self, record: logging.LogRecord) -> None:
        start = f"{record.levelname}: [{record.name}] "
        text = "".join(f"{start}{line}\n" for line in self.format(record).splitlines() or [""])
        try:
            os.write(self._descriptor, text.encode("utf-8", "backslashreplace"))
        except OSError:
            pass  # a full disk must not stop an actor; the state of the outbox reports it

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        super().close()


def open_session_log(path: str | os.PathLike[str], name: str) -> logging.Logger:
    """A logger of its own, outside the tree of loggers: Thespian replaces that tree in each actor."""
    logger = logging.Logger(name, logging.INFO)
    logger.addHandler(AppendingHandler(path))
    return logger
