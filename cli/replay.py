"""``replay``: decide recorded sessions again, or ask what another strategy would have done in them."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final, Literal

from cli.arguments import OneLineParser, add_config_flags, load_config
from cli.errors import CLEAN, NOT_SO, PreflightRefused
from cli.output import complain, say, say_json
from cli.recorded_sessions import recorded_sessions
from cli.replay_lines import as_json, is_as_it_was, lines, notes
from persistence.faults import PersistenceError
from replay.jobs import Ended, run_all
from replay.outcome import Supposed, Supposition
from replay.ray_jobs import NoCluster, run_all_on_ray
from replay.same_decisions import Replayed
from replay.tasks import Task, work
from settings.config import Config
from strategies.action_selector import StrategyError

Jobs = int | Literal["ray"]

MOST_JOBS: Final = 256
TELL_EVERY_S: Final = 1.0


def main(argv: list[str]) -> int:
    parser = OneLineParser("replay", "decide recorded sessions again, and compare with what was decided live")
    parser.add_argument("session", metavar="SESSION", nargs="+", help="running or over")
    parser.add_argument(
        "--strategy",
        dest="others",  # not the strategy of the configuration
        action="append",
        default=[],
        metavar="NAME",
        help="what this one would have done, too",
    )
    parser.add_argument(
        "--jobs", type=_jobs, default=1, metavar="N|ray", help="so many processes, or a Ray cluster"
    )
    parser.add_argument("--json", action="store_true", help="a line of JSON for each session")
    add_config_flags(parser)
    args = parser.parse_args(argv)
    config = load_config(args).config
    with recorded_sessions(config) as found:
        tasks = [
            Task(found.folder(session), session, other, found.dsn)
            for session in dict.fromkeys(args.session)
            for other in (None, *(_supposition(config, name) for name in dict.fromkeys(args.others)))
        ]
        results = _Results(tasks, as_json=args.json)
        for ended in _run(tasks, jobs=args.jobs):
            results.take(ended)
    return CLEAN if results.are_equal else NOT_SO


def _jobs(text: str) -> Jobs:
    if text == "ray":
        return "ray"
    if not text.isdecimal() or not 1 <= int(text) <= MOST_JOBS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to {MOST_JOBS}, nor ray")
    return int(text)


def _supposition(config: Config, name: str) -> Supposition:
    strategy, is_named = config.strategy, config.strategy.name == name
    options = strategy.options.for_strategy() if is_named else {}
    return Supposition(name, options, config.limits(), config.risk.order_ttl_us())


# --- running ---------------------------------------------------------------------------------------


def _run(tasks: list[Task], *, jobs: Jobs) -> Iterator[Ended[Task, Replayed | Supposed]]:
    if jobs == "ray":
        try:
            yield from run_all_on_ray(work, tasks)
        except NoCluster as reason:
            raise PreflightRefused(f"--jobs ray: {reason}") from reason
        return
    if jobs > 1 and len(tasks) > 1:
        yield from run_all(work, tasks, jobs=jobs)
        return
    for task in tasks:
        progress = _Progress(task)
        try:
            yield Ended(task, work(task, progress.tell))
        except (PersistenceError, StrategyError) as error:
            yield Ended(task, failure=str(error))
        finally:
            progress.close()


class _Progress:
    """The progress of a replay, on a terminal alone."""

    def __init__(self, task: Task) -> None:
        self._what = task.session if task.other is None else f"{task.session} with {task.other.strategy}"
        self._began = self._told_at = time.monotonic()
        self._is_shown = sys.stderr.isatty()

    def tell(self, batches: int, changes: int) -> None:
        now = time.monotonic()
        if self._is_shown and now - self._told_at >= TELL_EVERY_S:
            self._told_at = now
            rate = changes / (now - self._began)
            complain(f"{self._what}: {batches:,} batches, {changes:,} changes ({rate:,.0f}/s)")

    def close(self) -> None:
        self._is_shown = False


class _Results:
    """Takes what ends, in whatever order, and tells each session once all of it is there."""

    def __init__(self, tasks: Iterable[Task], *, as_json: bool) -> None:
        self.are_equal = True
        self._as_json = as_json
        self._waiting = Counter(task.session for task in tasks)
        self._ended: dict[str, list[Ended[Task, Replayed | Supposed]]] = {}

    def take(self, ended: Ended[Task, Replayed | Supposed]) -> None:
        session = ended.task.session
        self._ended.setdefault(session, []).append(ended)
        self._waiting[session] -= 1
        if ended.failure:
            self.are_equal = False
            what = "" if ended.task.other is None else f" with {ended.task.other.strategy}"
            complain(f"{session}{what}: not replayed: {ended.failure}")
        if not self._waiting[session]:
            self._tell(session)

    def _tell(self, session: str) -> None:
        results = [ended.result for ended in self._ended[session] if ended.result is not None]
        replayed = next((found for found in results if isinstance(found, Replayed)), None)
        supposed = [found for found in results if isinstance(found, Supposed)]
        supposed.sort(key=lambda found: found.strategy)
        if replayed is not None:
            self.are_equal = self.are_equal and is_as_it_was(replayed)
        if told := notes(replayed, supposed):
            complain(*told)
        if self._as_json:
            say_json(as_json(session, replayed, supposed))
        else:
            say(*lines(session, replayed, supposed))
