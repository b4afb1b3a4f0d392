"""``exchange``: run the loopback exchange alone, in the foreground, until it is stopped."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import math
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import uuid4
from zoneinfo import ZoneInfoNotFoundError

from cli.arguments import OneLineParser
from cli.errors import CLEAN, ConfigurationError, PreflightRefused
from cli.output import say_json
from simulator.access.credentials import KeyFolder, is_name
from simulator.access.temporary_keys import temporary_key_folder
from simulator.access.tokens import TIERS
from simulator.calendar.schedule import exchange_zone
from simulator.choices import ChoiceError, Choices
from simulator.exchange import Exchange, now_us
from simulator.flow.profiles import PROFILES
from simulator.parent_watch import parent_gone
from simulator.personality import PERSONALITIES
from simulator.server import HOST, Served, serve
from simulator.state.revival import revive
from simulator.state.store import StateError, StateStore
from trading.market import NumberError, parse_money_e6

FIRST_ACCOUNT: Final = "default"
MOST_SHARDS: Final = 16
MOST_MARKETS: Final = 20_000
MOST_RATE: Final = 100_000.0  # deltas per second
READS_PER_S: Final = 1_000  # unsigned ones, to which a client is invited: nobody else is kept waiting
MOST_CLOCK_OFFSET_S: Final = 86_400


def main(argv: list[str]) -> int:
    """Print one JSON line once ready, stay in the foreground. Raises ConfigurationError."""
    flags = _read_flags(argv)
    with contextlib.ExitStack() as stack:
        store = None if flags.state is None else stack.enter_context(_store(flags))
        folder = stack.enter_context(_key_folder(flags.key_dir)) if store is None else store.keys
        asyncio.run(_run(flags, KeyFolder(folder), store))
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


def _read_flags(argv: list[str]) -> argparse.Namespace:
    parser = OneLineParser("exchange", "The loopback exchange: a Kalshi on this machine.")
    parser.add_argument("--port", type=_whole(0, 65_535), default=0, help="0 = any free port")
    parser.add_argument("--markets", type=_whole(1, MOST_MARKETS), default=1000)
    parser.add_argument(
        "--seed", type=_whole(0, 2**63 - 1), default=7, help="of the order flow; ids are always fresh"
    )
    parser.add_argument(
        "--activity",
        choices=tuple(PROFILES),
        default="",
        help="of the order flow; default: the personality's",
    )
    parser.add_argument(
        "--rate", type=_rate, help="book deltas a second over all markets; default: the activity's"
    )
    parser.add_argument(
        "--balance", type=_dollars_e6, default=10_000_000_000, help="starting cash in dollars"
    )
    parser.add_argument("--tier", choices=tuple(TIERS), default="basic", help="rate limits of the account")
    parser.add_argument(
        "--account",
        type=_account,
        action="append",
        default=[],
        metavar="NAME:BALANCE[:TIER]",
        help="one more account; can be repeated",
    )
    parser.add_argument("--shards", type=_whole(1, MOST_SHARDS), default=1, help="of markets and of cash")
    parser.add_argument("--personality", choices=tuple(PERSONALITIES), default="production")
    parser.add_argument(
        "--no-combos", action="store_true", help="list no combo markets, so that all can be traded alone"
    )
    parser.add_argument(
        "--choice", action="append", default=[], metavar="NAME=VALUE", help="where the protocol leaves one"
    )
    parser.add_argument(
        "--clock-offset-s",
        type=_clock_offset_s,
        default=0.0,
        metavar="SECONDS",
        help="how far its clock is ahead of this machine's; negative: behind",
    )
    parser.add_argument(
        "--state",
        type=Path,
        metavar="DIR",
        help="keep the exchange there, or go on with the one that is there: flags for a new one are unused",
    )
    parser.add_argument("--control", action="store_true", help="open the control API")
    parser.add_argument(
        "--key-dir", type=Path, help="where the private key goes; default: a temporary folder"
    )
    parser.add_argument("--parent", type=_whole(1, 2**31), metavar="PID", help="stop when this process ends")
    flags = parser.parse_args(argv)
    names = [account.name for account in flags.account]
    if twice := [name for name in names if names.count(name) > 1]:
        parser.error(f"argument --account: {twice[0]!r} is named twice")
    return flags


async def _run(flags: argparse.Namespace, keys: KeyFolder, store: StateStore | None) -> None:
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
        await _wait(stopped, flags.parent)
    exchange.commit(is_last=True)


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
    return kept or Exchange.start(
        uuid4(),
        markets=flags.markets,
        seed=flags.seed,
        rate=flags.rate,
        activity=flags.activity,
        shards=flags.shards,
        personality=replace(personality, lists_combos=personality.lists_combos and not flags.no_combos),
        choices=choices,
        clock_offset_us=offset_us,
        store=store,
    )


def _enroll(exchange: Exchange, flags: argparse.Namespace, keys: KeyFolder) -> None:
    """Make the accounts that are not there yet."""
    known = {member.name for member in exchange.members.values()}
    for account in (Account(FIRST_ACCOUNT, flags.balance, flags.tier), *flags.account):
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


async def _wait(stopped: asyncio.Event, parent: int | None) -> None:
    if parent is None:
        await stopped.wait()
        return
    told, orphaned = asyncio.create_task(stopped.wait()), asyncio.create_task(parent_gone(parent))
    await asyncio.wait((told, orphaned), return_when=asyncio.FIRST_COMPLETED)
    told.cancel()
    orphaned.cancel()


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


class _whole:  # noqa: N801  used like the built-in types beside it
    """A whole number of a range, for argparse."""

    def __init__(self, least: int, most: int) -> None:
        self._least, self._most = least, most

    def __call__(self, text: str) -> int:
        if not (text.isascii() and text.isdigit() and self._least <= int(text) <= self._most):
            raise argparse.ArgumentTypeError(
                f"{text!r} is not a whole number from {self._least} to {self._most}"
            )
        return int(text)


class Account(NamedTuple):
    name: str
    balance_e6: int
    tier: str = ""  # that of the default account


def _account(text: str) -> Account:
    name, _, terms = text.partition(":")
    balance, _, tier = terms.partition(":")
    if not is_name(name) or name == FIRST_ACCOUNT or (tier and tier not in TIERS):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not NAME:BALANCE[:TIER], TIER one of {', '.join(TIERS)}"
        )
    return Account(name, _dollars_e6(balance), tier)


def _choices(settings: list[str]) -> Choices:
    try:
        return Choices.read(settings)
    except ChoiceError as error:
        raise ConfigurationError(f"--choice: {error}") from None


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = -1.0
    if not 0 <= rate <= MOST_RATE:
        raise argparse.ArgumentTypeError(f"{text!r} is not a rate from 0 to {MOST_RATE:.0f}")
    return rate


def _clock_offset_s(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not abs(seconds) <= MOST_CLOCK_OFFSET_S:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a number of seconds from -{MOST_CLOCK_OFFSET_S} to {MOST_CLOCK_OFFSET_S}"
        )
    return seconds


def _dollars_e6(text: str) -> int:
    try:
        amount_e6 = parse_money_e6(text)
    except NumberError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    if amount_e6 < 0:
        raise argparse.ArgumentTypeError(f"{text!r} is below 0")
    return amount_e6


if __name__ == "__main__":
    from cli.main import main as run_command

    sys.exit(run_command(["exchange", *sys.argv[1:]]))
