"""``sessions --prune``: what is older than it has to be kept is shown, and dropped once that is agreed to."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Final

from cli.database_use import recorded
from cli.errors import CLEAN, ConfigurationError
from cli.figures import count
from cli.output import say
from cli.running_session import find_running, only_session
from cli.tables import size, when
from persistence.recording.old_records import OldRecords, drop_old, find_old, scope_here
from persistence.recording.retention import CHUNKS, first_kept_us
from settings.config import Config

STATEMENT_S: Final = 3_600.0  # a world of a month is millions of rows
YES: Final = ("y", "yes")


def prune(config: Config, *, is_agreed: bool, now_us: int) -> int:
    """Drop what is older than ``database.retention_days``.

    Raises ConfigurationError with all that would go when nobody can be asked.
    """
    running = find_running(config)
    state_dir, before_us = Path(config.state_dir), first_kept_us(now_us, config.database.retention_days)
    # While a session runs no other can start here; else none may start on a world that is about to go.
    alone = nullcontext() if running else only_session(config)
    with alone, recorded(config, name="prune", statement_s=STATEMENT_S) as connection:
        scope = scope_here(connection, state_dir, is_shared=bool(config.database.dsn))
        old = find_old(connection, state_dir, scope, before_us, busy=running.account if running else "")
        if old.is_empty:
            say(f"nothing is older than {config.database.retention_days} days")
        elif _is_agreed(config, old, is_agreed=is_agreed):
            # The running one may have ended while the question stood, and another begun.
            later = find_running(config) if running else None
            with only_session(config) if running and later is None else nullcontext():
                if running:
                    busy = later.account if later else ""
                    old = old.still(find_old(connection, state_dir, scope, before_us, busy=busy))
                drop_old(connection, old, scope)
            say("dropped")
        else:
            say("nothing was dropped")
    return CLEAN


def _is_agreed(config: Config, old: OldRecords, *, is_agreed: bool) -> bool:
    begins = f"older than {config.database.retention_days} days (before {when(old.before_us)}):"
    if is_agreed:
        say(begins, *_lines(old))
        return True
    if not sys.stdin.isatty():
        raise ConfigurationError(begins, *_lines(old), "nothing was dropped: say --yes to drop it")
    say(begins, *_lines(old))
    return input("drop all this? [y/N] ").strip().lower() in YES


def _lines(old: OldRecords) -> Iterator[str]:
    for world in old.worlds:
        had = ((world.sessions, "sessions"), (world.orders, "orders"), (world.fills, "fills"))
        told = ", ".join(f"{count(number)} {what}" for number, what in had)
        yield f"world {world.account}, last used {when(world.newest_us)}: all of its {told}"
    for folder in old.folders:
        yield f"folder {folder.path}: {size(folder.bytes)}"
    for chunks in old.chunks:
        what = f"{CHUNKS[chunks.table]} of {chunks.account}"
        yield f"{what}: {count(chunks.chunks)} chunks, {size(chunks.bytes)}"
    if old.logs:
        yield f"{count(len(old.logs))} logs: {size(sum(log.bytes for log in old.logs))}"
