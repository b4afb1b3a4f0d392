"""Calls that wait for the network in a thread of their own, so that the actor that asks need not wait.

A few threads make the calls; each answer is put on a deque and one byte on a socketpair, whose
reading end the actor watches. A thread never touches the actor and never sends a message. A call
that does not end in its time is answered all the same, and its thread replaced.
"""

from __future__ import annotations

import queue
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from setproctitle import setthreadtitle

Tag = tuple[str, str]
"""The request, and its subject."""


class Overdue(Exception):
    """A call did not end in its time. What it may still answer is dropped."""

    def __init__(self, within_s: float) -> None:
        super().__init__(f"no end within {within_s:g} s")


@dataclass(frozen=True, slots=True)
class Done:
    """A finished call: ``error`` is what it raised, else ``result`` is what it returned."""

    tag: Tag
    result: Any
    error: Exception | None


@dataclass(slots=True, eq=False)
class _Call:
    tag: Tag
    call: Callable[..., Any]
    args: tuple[Any, ...]
    within_s: float
    due_at: float = float("inf")  # monotonic seconds, once it has begun
    thread: threading.Thread | None = None  # that runs it

    def run(self) -> Done:
        try:
            return Done(self.tag, self.call(*self.args), None)
        except Exception as error:  # noqa: BLE001  # whatever it was, it is the answer
            return Done(self.tag, None, error)


class Background:
    """Calls on ``threads`` daemon threads, answered through ``fileno`` and ``drain``."""

    def __init__(self, threads: int, *, name: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._name = name
        self._clock = clock
        self._most = threads
        self._threads: list[threading.Thread] = []  # but those that hang in a call that was given up
        self._calls: queue.SimpleQueue[_Call | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._under_way: list[_Call] = []
        self._done: list[Done] = []
        self._closed = False
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)  # noqa: FBT003  # its only argument
        self._writer.setblocking(False)  # noqa: FBT003  # its only argument
        self.pending = 0

    def submit(self, tag: Tag, call: Callable[..., Any], *args: Any, within_s: float) -> None:
        """Run ``call(*args)``; its ``Done`` carries ``tag``. ``within_s`` counts from when it begins: the
        error is ``Overdue`` if it has not ended by then."""
        self.pending += 1
        self._calls.put(_Call(tag, call, args, within_s))
        if len(self._threads) < self._most:
            self._start_thread()

    def _start_thread(self) -> None:
        thread = threading.Thread(target=self._work, name=self._name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _work(self) -> None:
        setthreadtitle(self._name)  # as the system's tools show it
        while (call := self._calls.get()) is not None and not self._closed:
            with self._lock:
                call.due_at, call.thread = self._clock() + call.within_s, threading.current_thread()
                self._under_way.append(call)
            done = call.run()
            with self._lock:
                if call not in self._under_way:
                    return  # it was given up, and another thread has taken the place of this one
                self._under_way.remove(call)
                self._done.append(done)
            try:
                self._writer.send(b"!")
            except BlockingIOError:
                pass  # the reader is already due to wake

    def fileno(self) -> int:
        """Readable when an answer waits."""
        return self._reader.fileno()

    def is_overdue(self) -> bool:
        """Whether ``drain`` would give a call up, of which no descriptor tells: to be asked each second."""
        with self._lock:
            now = self._clock()
            return any(call.due_at <= now for call in self._under_way)

    def drain(self) -> list[Done]:
        """All answers so far, oldest first, those of overdue calls among them."""
        try:
            while self._reader.recv(4096):
                pass
        except BlockingIOError:
            pass
        with self._lock:
            now = self._clock()
            late = [call for call in self._under_way if call.due_at <= now]
            self._under_way = [call for call in self._under_way if call not in late]
            answers, self._done = self._done, []
        for call in late:
            answers.append(Done(call.tag, None, Overdue(call.within_s)))
            self._threads = [thread for thread in self._threads if thread is not call.thread]
            self._start_thread()
        self.pending -= len(answers)
        return answers

    def close(self) -> None:
        """Start nothing more; calls under way finish or end with the process."""
        self._closed = True
        for _ in self._threads:
            self._calls.put(None)
