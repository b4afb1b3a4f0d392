"""``exchange``: run the loopback exchange alone, in the foreground, until it is stopped."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from uuid import uuid4
from zoneinfo import ZoneInfoNotFoundError

from cli.errors import CLEAN, ConfigurationError, PreflightRefused
from cli.exchange_flags import FIRST_ACCOUNT, AccountFlag, read_flags
from cli.output import say_json
from simulator.access.credentials import KeyFolder
from simulator.access.temporary_keys import temporary_key_folder
from simulator.choices import ChoiceError, Choices
from simulator.engine.calendar.schedule import exchange_zone
from simulator.exchange import Exchange, now_us
from simulator.parent_watch import parent_gone
from simulator.personality import PERSONALITIES
from simulator.start import start_exchange
from simulator.state.revival import revive
from simulator.state.store import StateError, StateStore
from simulator.surface.server import HOST, Served, serve

READS_PER_S: Final = 1_000  # unsigned ones, to which a client is invited: nobody else is kept waiting


def main(argv: list[str]) -> int:
    """Print one JSON line once ready, stay in the foreground. Raises ConfigurationError."""
    flags = read_flags(argv)
    with contextlib.ExitStack() as stack:
        store = None if flags.state is None else stack.enter_context(_store(flags))
        folder = stack.enter_context(_key_folder(flags.key_dir)) if store is None else store.keys
        is_orphan = asyncio.run(_run(flags, KeyFolder(folder), store))
    if is_orphan and flags.temporary:
        _forget(flags.state.resolve())
    return CLEAN


@contextlib.contextmanager
def _store(flags: argparse.Namespace) -> Iterator[StateStore]:
    if flags.key_dir is not None:
        raise ConfigurationError("--key-dir: the keys of an exchange with --state lie in its folder")
    try:
        store = StateStore(flags.state.resolve())
    except StateError as error:
        raise ConfigurationError(f"--state {error}") from None
    with contextlib.closing(store):
        yield store


def _forget(state: Path) -> None:
    """Remove the folder, and the one around it that was made for it, if nothing else lies there."""
    shutil.rmtree(state, ignore_errors=True)
    with contextlib.suppress(OSError):
        state.parent.rmdir()


async def _run(flags: argparse.Namespace, keys: KeyFolder, store: StateStore | None) -> bool:
    """Until it is stopped; whether that was by the end of its parent."""
    exchange = _open_exchange(flags, store)
    _enroll(exchange, flags, keys)
    stopped = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stopped.set)
    # The world lives as long as the program: no collection need ever walk over it again.
    gc.freeze()
    async with contextlib.AsyncExitStack() as stack:
        try:
            opening = serve(exchange, port=flags.port, with_control=flags.control, keys=keys)
            served = await stack.enter_async_context(opening)
        except OSError as error:
            reason = os.strerror(error.errno or 0)  # asyncio's own text repeats the address
            raise ConfigurationError(f"cannot open {HOST}:{flags.port}: {reason}") from error
        say_json(_ready(exchange, served, keys))
        is_orphan = await _wait(stopped, flags.parent)
    exchange.commit(is_last=True)
    return is_orphan


def _open_exchange(flags: argparse.Namespace, store: StateStore | None) -> Exchange:
    try:
        exchange_zone()
    except ZoneInfoNotFoundError:
        raise PreflightRefused(
            "this machine does not know New York's clock: install tzdata, with apt or with pip"
        ) from None
    choices, personality = _choices(flags.choice), PERSONALITIES[flags.personality]
    offset_us = round(flags.clock_offset_s * 1_000_000)
    kept = None
    if store is not None:
        kept = revive(store, choices=choices, now_us=now_us() + offset_us, clock_offset_us=offset_us)
    return kept or start_exchange(
        uuid4(),
        markets=flags.markets,
        seed=flags.seed,
        rate=flags.rate,
        activity=flags.activity,
        shards=flags.shards,
        personality=replace(personality, lists_combos=personality.lists_combos and not flags.no_combos),
        choices=choices,
        clock_offset_us=offset_us,
        missing_share=flags.missing_share,
        renamed_share=flags.renamed_share,
        fills_per_min=flags.fills_per_min,
        store=store,
    )


def _enroll(exchange: Exchange, flags: argparse.Namespace, keys: KeyFolder) -> None:
    """Make the accounts that are not there yet."""
    known = {member.name for member in exchange.members.values()}
    for account in (AccountFlag(FIRST_ACCOUNT, flags.balance, flags.tier), *flags.account):
        if account.name not in known:
            tier = account.tier or flags.tier
            key = keys.make(account.name)
            exchange.enroll(key, balance_e6=account.balance_e6, tier=tier, name=account.name)
            known.add(account.name)


def _ready(exchange: Exchange, served: Served, keys: KeyFolder) -> dict[str, Any]:
    """The line that tells a program where to connect; the first account is the default one."""
    accounts = [
        {"name": each.name, "key_id": each.key_id, "private_key_path": str(keys.path_of(each.name))}
        for each in exchange.members.values()
    ]
    line: dict[str, Any] = {
        "rest_url": served.rest_url,
        "ws_url": served.ws_url,
        "key_id": accounts[0]["key_id"],
        "private_key_path": accounts[0]["private_key_path"],
        "control_url": served.control_url,
        "reads_per_s": READS_PER_S,
    }
    return line | ({"accounts": accounts[1:]} if accounts[1:] else {})


async def _wait(stopped: asyncio.Event, parent: int | None) -> bool:
    """Whether the parent has ended before anybody stopped this."""
    if parent is None:
        await stopped.wait()
        return False
    told, orphaned = asyncio.create_task(stopped.wait()), asyncio.create_task(parent_gone(parent))
    await asyncio.wait((told, orphaned), return_when=asyncio.FIRST_COMPLETED)
    is_orphan = orphaned.done()
    told.cancel()
    orphaned.cancel()
    return is_orphan


@contextlib.contextmanager
def _key_folder(chosen: Path | None) -> Iterator[Path]:
    if chosen is None:
        with temporary_key_folder() as folder:
            yield folder
        return
    try:
        chosen.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(f"--key-dir {chosen}: {error.strerror}") from error
    yield chosen.resolve()


def _choices(settings: list[str]) -> Choices:
    try:
        return Choices.read(settings)
    except ChoiceError as error:
        raise ConfigurationError(f"--choice: {error}") from None


if __name__ == "__main__":
    from cli.main import main as run_command

    sys.exit(run_command(["exchange", *sys.argv[1:]]))
