"""Writes the session's log without a message to anybody, one line a record.

Thespian carries each log record to a logger process (0.2–4 ms a line). Here every process appends for
itself: one ``write`` on an O_APPEND descriptor per record, which the kernel never interleaves.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Final

from trading.printable import printable

_TRACEBACKS: Final = logging.Formatter()


def lines_of(record: logging.LogRecord) -> list[str]:
    """``LEVEL: [Name] text``, then ``LEVEL: [Name] | …`` for each line of a traceback.

    The text is one line whatever it says, so nothing that came from outside can pass for another record.
    """
    start = f"{record.levelname}: [{record.name}] "
    traceback = _TRACEBACKS.formatException(record.exc_info).split("\n") if record.exc_info else []
    return [
        f"{start}{printable(record.getMessage())}",
        *(f"{start}| {printable(line)}" for line in traceback),
    ]


class AppendingHandler(logging.Handler):
    """Appends the lines of each record to a file."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__()
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)

    def emit(self, record: logging.LogRecord) -> None:
        text = "".join(f"{line}\n" for line in lines_of(record))
        try:
            os.write(self._descriptor, text.encode())
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
