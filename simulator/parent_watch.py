"""Notices the end of the program that started this one."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from typing import Final

_POLL_S: Final = 0.5


async def parent_gone(pid: int) -> None:
    """Returns once the process has ended; at once if there is none."""
    if sys.platform == "linux":
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            return
        await _readable(descriptor)
    else:
        await _poll(pid)


async def _readable(descriptor: int) -> None:
    loop, gone = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(descriptor, gone.set)
    try:
        await gone.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)


async def _poll(pid: int) -> None:
    """Signal 0 asks without sending."""
    with contextlib.suppress(ProcessLookupError):
        while True:
            os.kill(pid, 0)
            await asyncio.sleep(_POLL_S)
