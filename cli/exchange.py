"""``exchange``: run the loopback exchange alone, in the foreground, until it is stopped."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import json
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from uuid import uuid4

from cli.arguments import OneLineParser
from cli.errors import CLEAN, ConfigurationError
from simulator.credentials import make_private_key
from simulator.exchange import Exchange
from simulator.parent_watch import parent_gone
from simulator.server import HOST, serve
from simulator.tokens import TIERS
from trading.market import NumberError, parse_money_e6

KEY_FILE: Final = "private_key.pem"
MOST_MARKETS: Final = 20_000
MOST_RATE: Final = 100_000.0  # deltas per second


def main(argv: list[str]) -> int:
    """Print one JSON line once ready, stay in the foreground. Raises ConfigurationError."""
    flags = _read_flags(argv)
    with _key_folder(flags.key_dir) as folder:
        asyncio.run(_run(flags, folder / KEY_FILE))
    return CLEAN


def _read_flags(argv: list[str]) -> argparse.Namespace:
    parser = OneLineParser("exchange", "The loopback exchange: a Kalshi on this machine.")
    parser.add_argument("--port", type=_whole(0, 65_535), default=0, help="0 = any free port")
    parser.add_argument("--markets", type=_whole(1, MOST_MARKETS), default=1000)
    parser.add_argument("--seed", type=int, default=7, help="of the order flow; ids are always fresh")
    parser.add_argument("--rate", type=_rate, default=500.0, help="book deltas a second over all markets")
    parser.add_argument(
        "--balance", type=_dollars_e6, default=10_000_000_000, help="starting cash in dollars"
    )
    parser.add_argument("--tier", choices=tuple(TIERS), default="basic", help="rate limits of the account")
    parser.add_argument("--control", action="store_true", help="open the control API")
    parser.add_argument(
        "--key-dir", type=Path, help="where the private key goes; default: a temporary folder"
    )
    parser.add_argument("--parent", type=_whole(1, 2**31), metavar="PID", help="stop when this process ends")
    return parser.parse_args(argv)


async def _run(flags: argparse.Namespace, key_path: Path) -> None:
    exchange = Exchange.start(uuid4(), markets=flags.markets, seed=flags.seed, rate=flags.rate)
    member = exchange.enroll(make_private_key(key_path), balance_e6=flags.balance, tier=flags.tier)
    stopped = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stopped.set)
    # The world lives as long as the program: no collection need ever walk over it again.
    gc.freeze()
    async with contextlib.AsyncExitStack() as stack:
        try:
            opening = serve(exchange, port=flags.port, with_control=flags.control)
            served = await stack.enter_async_context(opening)
        except OSError as error:
            reason = os.strerror(error.errno or 0)  # asyncio's own text repeats the address
            raise ConfigurationError(f"cannot open {HOST}:{flags.port}: {reason}") from error
        ready = {
            "rest_url": served.rest_url,
            "ws_url": served.ws_url,
            "key_id": member.key_id,
            "private_key_path": str(key_path),
            "control_url": served.control_url,
        }
        print(json.dumps(ready), flush=True)
        await _wait(stopped, flags.parent)


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
        with tempfile.TemporaryDirectory(prefix="loopback-exchange-") as folder:
            yield Path(folder)
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


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = -1.0
    if not 0 <= rate <= MOST_RATE:
        raise argparse.ArgumentTypeError(f"{text!r} is not a rate from 0 to {MOST_RATE:.0f}")
    return rate


def _dollars_e6(text: str) -> int:
    try:
        return parse_money_e6(text)
    except NumberError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


if __name__ == "__main__":
    from cli.main import main as run_command

    sys.exit(run_command(["exchange", *sys.argv[1:]]))
