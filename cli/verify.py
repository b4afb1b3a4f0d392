"""``verify``: runs the checklist on a session and prints it as a table with figures."""

from __future__ import annotations

import argparse
import shlex
import signal
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Final

from cli.arguments import load_config
from cli.checklist.inspection import Inspected, inspect_running, inspect_started
from cli.checklist.lines import Verdict, verdict
from cli.checklist.machine import machine, versions
from cli.checklist.report import Results, Setting, report
from cli.checklist.shortage import short_of_money
from cli.checklist.table import as_json, conclusion, table
from cli.errors import CLEAN, NOT_SHOWN, NOT_SO, ConfigurationError
from cli.output import complain, say, say_json
from cli.program_name import program_name
from cli.running_session import refuse_second_session
from cli.verify_arguments import read_arguments, run_flags
from settings.config import Config

EXIT_CODES: Final[dict[Verdict, int]] = {"holds": CLEAN, "fails": NOT_SO, "not shown": NOT_SHOWN}
TELL_EVERY_S: Final = 10.0


def main(argv: list[str]) -> int:
    args = read_arguments(argv)
    config = load_config(args).config
    _require_a_place_for(args.report)
    signal.signal(signal.SIGTERM, _interrupt)
    progress = _Progress()
    if args.running:
        inspected = inspect_running(config, seconds=args.duration, tell=progress)
    else:
        inspected = _started(config, run_flags(argv, args, config), args, progress)
    lines = inspected.lines()
    if args.report:
        args.report.write_text(_document(inspected, argv), encoding="utf-8")
    if args.json:
        say_json(as_json(inspected.session, lines), indent=2)
    else:
        say(*table(lines), conclusion(lines))
    return EXIT_CODES[verdict(lines)]


def _started(
    config: Config, flags: Sequence[str], args: argparse.Namespace, progress: _Progress
) -> Inspected:
    refuse_second_session(config)
    inspected = inspect_started(config, flags, seconds=args.duration, with_faults=args.faults, tell=progress)
    if args.faults:
        inspected = inspected.with_fault(short_of_money(config, flags, progress))
    return inspected


def _require_a_place_for(path: Path | None) -> None:
    """Two minutes later is too late to find out."""
    if path is not None and not path.resolve().parent.is_dir():
        raise ConfigurationError(f"--report {path}: there is no folder {path.resolve().parent}")


def _document(inspected: Inspected, argv: Sequence[str]) -> str:
    results = Results(
        session=inspected.session,
        environment=inspected.environment,
        config=inspected.config,
        lines=inspected.lines(),
        faults=inspected.faults,
        latency_ms=inspected.evidence.status["latency_ms"],
    )
    command = shlex.join([*program_name().split(), "verify", *argv])
    return report(results, Setting(datetime.now(UTC), command, machine(), versions()))


class _Progress:
    """The present work, on standard error: each thing once, and its progress from time to time."""

    def __init__(self) -> None:
        self._last = ""
        self._told_at = float("-inf")

    def __call__(self, text: str) -> None:
        doing = text.partition(",")[0]
        if doing != self._last or time.monotonic() - self._told_at >= TELL_EVERY_S:
            self._last, self._told_at = doing, time.monotonic()
            complain(f"verify: {text}")


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    """End as Ctrl-C does: the session that was started is stopped in order."""
    raise KeyboardInterrupt
