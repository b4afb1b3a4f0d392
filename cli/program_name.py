"""The name by which a person called the program."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

INSTALLED: Final = "rl-trader"


def program_name() -> str:
    """The words before a command in usage lines: the installed script, or run.py of a checkout."""
    return INSTALLED if Path(sys.argv[0]).name == INSTALLED else "python run.py"
