"""Tells people of faults of a venue, at most twenty sentences a second."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Final

A_SECOND: Final = 20  # sentences


class Complaints:
    """A broken venue says the same thing thousands of times: some of it each second will do."""

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._said = 0  # this second

    def next_second(self) -> None:
        self._said = 0

    def say(self, sentences: Iterable[str]) -> None:
        for sentence in sentences:
            self._said += 1
            if self._said <= A_SECOND:
                self._log.warning("%s", sentence)
            elif self._said == A_SECOND + 1:
                self._log.warning("More of this is only counted")
