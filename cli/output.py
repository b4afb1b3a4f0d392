"""What becomes of our output when nobody can take it any more?"""

from __future__ import annotations

import os
import sys


def discard_output() -> None:
    """From now on what is printed goes nowhere: the terminal was closed, or the pipe's reader has ended."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
