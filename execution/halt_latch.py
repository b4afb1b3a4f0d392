"""The halt of an account: a file that every process can see at any time.

A halt is a small file in the account's folder: it outlives every process and is lifted only by
removing it (``run.py resume --lift-halt``), which works with nothing running.
"""

from __future__ import annotations

import json
import os
from pathlib import Path


class HaltLatch:
    """The latch of one account."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.reason = ""  # "" while not halted
        self._unwritten: tuple[str, int] | None = None  # a halt that the disk has not taken: reason, time
        self.look()

    def look(self) -> None:
        """See whether somebody set or lifted it; a halt that is not on the disk yet is written again."""
        if self._unwritten is not None:
            self.set(*self._unwritten)
            return
        try:
            self.reason = str(json.loads(self._path.read_text())["reason"]) or "halted"
        except FileNotFoundError:
            self.reason = ""
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            self.reason = f"{self._path} cannot be read; remove it to lift the halt"

    def set(self, reason: str, at_us: int) -> None:
        """Halt, at once and whatever the disk says; durable on return unless the disk refuses."""
        self.reason = reason or "halted"
        try:
            self._write(at_us)
            self._unwritten = None
        except OSError:
            self._unwritten = (self.reason, at_us)

    def _write(self, at_us: int) -> None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._path.open("w") as file:
            json.dump({"at_us": at_us, "reason": self.reason}, file)
            file.flush()
            os.fsync(file.fileno())
        folder = os.open(self._path.parent, os.O_RDONLY)  # a file is not found again without its folder
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def lift(path: Path) -> bool:
    """Remove the latch; whether there was one."""
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    return True
