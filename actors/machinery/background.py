"""How does an actor let a call wait for the network without waiting itself?

A few threads make the calls; each answer is put on a deque and one byte on a socketpair, whose
reading end the actor watches. A thread never touches the actor and never sends a message.
"""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

Tag = tuple[str, str]
"""What was asked, and about what."""


@dataclass(frozen=True, slots=True)
class Done:
    """A finished call: ``error`` is what it raised, else ``result`` is what it returned."""

    tag: Tag
    result: Any
    error: Exception | None


class Background:
    """Calls on ``threads`` daemon-like threads, answered through ``fileno`` and ``drain``."""

    def __init__(self, threads: int, *, name: str) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._done: deque[Done] = deque()
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)  # noqa: FBT003  # its only argument
        self._writer.setblocking(False)  # noqa: FBT003  # its only argument
        self.pending = 0

    def submit(self, tag: Tag, call: Callable[..., Any], *args: Any) -> None:
        """Run ``call(*args)``; its ``Done`` carries ``tag``."""
        self.pending += 1
        future = self._pool.submit(call, *args)
        future.add_done_callback(lambda finished: self._finish(tag, finished))

    def _finish(self, tag: Tag, future: Future[Any]) -> None:
        if future.cancelled():
            return
        error = future.exception()
        if error is not None and not isinstance(error, Exception):
            raise error
        self._done.append(Done(tag, None if error else future.result(), error))
        try:
            self._writer.send(b"!")
        except BlockingIOError:
            pass  # the reader is already due to wake

    def fileno(self) -> int:
        """Readable when an answer waits."""
        return self._reader.fileno()

    def drain(self) -> list[Done]:
        """All answers so far, oldest first."""
        try:
            while self._reader.recv(4096):
                pass
        except BlockingIOError:
            pass
        answers = []
        while self._done:
            answers.append(self._done.popleft())
        self.pending -= len(answers)
        return answers

    def close(self) -> None:
        """Start nothing more; calls under way finish or end with the process."""
        self._pool.shutdown(wait=False, cancel_futures=True)
