"""Writes the session's log without a message to anybody, one line a record.

Thespian carries each log record to a logger process (0.2–4 ms a line). Here every process appends for
itself: one ``write`` on an O_APPEND descriptor per record, which the kernel never interleaves. Lines that
the disk refuses are kept for whoever can still tell them, and counted in the file once it takes lines again.
"""

from __future__ import annotations

import errno
import fcntl
import logging
import os
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import Final

from trading.printable import printable

MOST_UNWRITTEN: Final = 100
MOST_BYTES: Final = 16_000_000  # of a file; the one before it is kept as well
_APPENDING: Final = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
_TRACEBACKS: Final = logging.Formatter()


def earlier_part(path: Path) -> Path:
    """Where a log is set aside once it has grown."""
    return path.with_name(f"{path.name}.1")


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
    """Appends the lines of each record to a file; it never raises, whatever the disk says."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__()
        self._path = Path(path)
        self._descriptor = -1
        self._unwritten: deque[str] = deque(maxlen=MOST_UNWRITTEN)
        self._lost = 0  # lines since the file took one
        self._is_torn = False  # the last line in the file is half of one
        with suppress(OSError):
            self._open()

    def emit(self, record: logging.LogRecord) -> None:
        lines = lines_of(record)
        before = [f"WARNING: [{record.name}] {self._lost} lines of this log were not written"]
        text = "".join(f"{line}\n" for line in (*(before if self._lost else ()), *lines))
        try:
            self._append(text.encode())
        except OSError:
            self._unwritten.extend(lines)
            self._lost += len(lines)
        else:
            self._lost = 0

    def _append(self, data: bytes) -> None:
        """All of it. Raises OSError."""
        if self._descriptor >= 0 and not self._is_in_place():
            self._let_go()
        if self._descriptor < 0:
            self._open()
        data = b"\n" + data if self._is_torn else data
        written = os.write(self._descriptor, data)
        self._is_torn = (written > 0 or self._is_torn) and written < len(data)
        if written < len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self._path))
        if os.fstat(self._descriptor).st_size >= MOST_BYTES:
            self._set_aside()

    def _is_in_place(self) -> bool:
        """Whether the file that is open still has its name."""
        try:
            return os.path.samestat(os.stat(self._path), os.fstat(self._descriptor))
        except FileNotFoundError:
            return False

    def _set_aside(self) -> None:
        """Rename the file, unless another process is about to."""
        with suppress(OSError):
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if self._is_in_place():
                os.replace(self._path, earlier_part(self._path))

    def _let_go(self) -> None:
        os.close(self._descriptor)
        self._descriptor, self._is_torn = -1, False

    def _open(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(self._path, _APPENDING, 0o644)

    def take_unwritten(self) -> list[str]:
        """The newest lines that are in no file, each of them once."""
        lines = list(self._unwritten)
        self._unwritten.clear()
        return lines

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


def take_unwritten(log: logging.Logger) -> list[str]:
    """The lines that a session's logger could not write since the last time it was asked."""
    handlers = (each for each in log.handlers if isinstance(each, AppendingHandler))
    return [line for handler in handlers for line in handler.take_unwritten()]
