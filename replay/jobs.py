"""Many replays side by side: a process each, a result for each, also when one of the processes dies."""

from __future__ import annotations

import multiprocessing
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Ended(Generic[Task, Result]):
    """A task and what came of it; ``failure`` says why nothing did."""

    task: Task
    result: Result | None = None
    failure: str = ""


def run_all(
    work: Callable[[Task], Result], tasks: Sequence[Task], *, jobs: int
) -> Iterator[Ended[Task, Result]]:
    """Each task once, so many at a time, as they end. ``work`` and the tasks have to be picklable."""
    waiting: queue.SimpleQueue[Task] = queue.SimpleQueue()
    ended: queue.SimpleQueue[Ended[Task, Result]] = queue.SimpleQueue()
    for task in tasks:
        waiting.put(task)
    workers = [
        threading.Thread(target=_work_off, args=(work, waiting, ended), name=f"replay-{number}", daemon=True)
        for number in range(min(jobs, len(tasks)))
    ]
    for worker in workers:
        worker.start()
    for _ in tasks:
        yield ended.get()
    for worker in workers:
        worker.join()


def _work_off(
    work: Callable[[Task], Result],
    waiting: queue.SimpleQueue[Task],
    ended: queue.SimpleQueue[Ended[Task, Result]],
) -> None:
    """One process after the other: a task that kills its own takes no other with it."""
    context = multiprocessing.get_context("spawn")
    while not waiting.empty():
        try:
            with ProcessPoolExecutor(1, mp_context=context) as process:
                _work_off_in(process, work, waiting, ended)
        except OSError as error:  # this machine has no process for it: too many files, too little memory
            with suppress(queue.Empty):
                ended.put(Ended(waiting.get_nowait(), failure=f"it has no process: {error}"))


def _work_off_in(
    process: ProcessPoolExecutor,
    work: Callable[[Task], Result],
    waiting: queue.SimpleQueue[Task],
    ended: queue.SimpleQueue[Ended[Task, Result]],
) -> None:
    while True:
        try:
            task = waiting.get_nowait()
        except queue.Empty:
            return
        try:
            ended.put(Ended(task, process.submit(work, task).result()))
        except BrokenProcessPool:
            ended.put(Ended(task, failure="its process died"))
            return
        except Exception as error:  # noqa: BLE001  whatever it was, it is this task's alone
            ended.put(Ended(task, failure=str(error) or repr(error)))
