"""Takes variables out of this process's environment, for good."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterable


def erase_variables(names: Iterable[str]) -> None:
    """No process that is started from now on has them.

    They are overwritten as well: a process that is forked shows the variables that this one was started with
    (``/proc/<pid>/environ``), whatever was unset since.
    """
    system = ctypes.CDLL(None)
    system.getenv.restype = ctypes.c_void_p
    for name in names:
        place = system.getenv(os.fsencode(name))
        if place:
            ctypes.memset(place, 0, len(ctypes.string_at(place)))
        os.environ.pop(name, None)
