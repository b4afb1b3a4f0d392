"""Faults that an actor meets again after every restart; they end the program instead.

A fault passes if the world may be different in a second: a venue that is down, a disk that is full,
a file that its last writer still holds. Of these, no amount of waiting changes anything.
"""

from __future__ import annotations

from typing import Final

from kalshi_client.errors import KeyFileError, WriteRefused
from persistence.faults import FileUnusable
from strategies.action_selector import StrategyError

PERMANENT: Final[tuple[type[Exception], ...]] = (FileUnusable, KeyFileError, StrategyError, WriteRefused)


def is_permanent(error: BaseException | None) -> bool:
    """Whether only a person can change what raised it."""
    return isinstance(error, PERMANENT)
