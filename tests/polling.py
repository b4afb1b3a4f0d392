"""Looks again and again at what tells nobody when it changes; the one place where a test may wait by time.

A process that ends as an orphan, a page that answers when it is asked, a line in a log of another process.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Answer = TypeVar("Answer")

PATIENCE_S = 60.0  # the machine may be busy with something else
_POLL_S = 0.01


def polled(look: Callable[[], Answer], *, within_s: float = PATIENCE_S, every_s: float = _POLL_S) -> Answer:
    """The first answer that is true; the last one when none is in time."""
    deadline = time.monotonic() + within_s
    while not (answer := look()) and time.monotonic() < deadline:
        time.sleep(every_s)
    return answer
