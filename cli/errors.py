"""The end of a command that cannot do its work."""

from __future__ import annotations

from typing import Final

CLEAN: Final = 0
NOT_SO: Final = 1  # checked, and something does not hold
CONFIGURATION: Final = 2
PREFLIGHT_REFUSED: Final = 3
STOPPED_BY_RISK: Final = 4
NOT_SHOWN: Final = 5  # nothing happened that could have shown it
CRASH: Final = 70  # EX_SOFTWARE of sysexits.h


class CommandError(Exception):
    """A mistake or a lack of the user's that stops the command; each line is readable by itself."""

    exit_code: int = CRASH

    def __init__(self, *lines: str) -> None:
        self.lines = lines
        super().__init__("; ".join(lines))


class ConfigurationError(CommandError):
    """The configuration or the command line asks for something that cannot be."""

    exit_code = CONFIGURATION


class PreflightRefused(CommandError):
    """The configuration is fine and the machine or the venue is not ready for it."""

    exit_code = PREFLIGHT_REFUSED
