"""Everything that a command prints: on one line each, and nothing that a terminal would obey."""

from __future__ import annotations

import json
import logging
import os
import sys
from typing import Any

from actors.thespian.session_log import lines_of
from trading.printable import printable


def say(*lines: str) -> None:
    """Print to standard output, at once."""
    _print(lines, sys.stdout)


def complain(*lines: str) -> None:
    """Print to standard error."""
    _print(lines, sys.stderr)


def say_json(value: Any, *, indent: int | None = None) -> None:
    """Print as JSON in ASCII, in which nothing needs another escape but DEL."""
    text = json.dumps(value, indent=indent).replace("\x7f", "\\u007f")
    print(text, flush=True)  # noqa: T201  one of the two places that print


def _print(lines: tuple[str, ...], where: Any) -> None:
    text = "\n".join(map(printable, lines))
    print(text, file=where, flush=True)


class _Complaints(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        complain(*lines_of(record))


def complain_of_records() -> None:
    """Show what a library logs in this process as everything else is shown."""
    logging.lastResort = _Complaints(logging.WARNING)


def discard_output() -> None:
    """From now on what is printed goes nowhere: the terminal was closed, or the pipe's reader has ended."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
