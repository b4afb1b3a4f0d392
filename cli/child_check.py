"""Looks at something without keeping it in this process.

Every actor is forked from here, so this process holds no key and imports no strategy: a child looks,
says what it saw, and ends.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import NoReturn

from actors.thespian.processes import die_with_parent


def seen_by_child(look: Callable[[], str]) -> str:
    """The answer of ``look`` in a process of its own, in which alone it was."""
    reading, writing = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        die_with_parent(parent)
        _answer(look, writing)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as answer:
        text = answer.read()
    os.waitpid(child, 0)
    return text


def _answer(look: Callable[[], str], writing: int) -> NoReturn:
    """Nothing may unwind from here into the copy of the caller."""
    text = "could not be looked at"
    try:
        try:
            text = look()
        except Exception as error:  # noqa: BLE001  another's code may raise anything; its name is the answer
            text = f"{type(error).__name__}: {error}"
        finally:
            os.write(writing, text.encode("utf-8", "backslashreplace"))
    finally:
        os._exit(0)
