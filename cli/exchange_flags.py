"""The flags of ``exchange``: what each may be, and what is said of one that is not."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import Final, NamedTuple

from cli.arguments import OneLineParser
from simulator.access.credentials import is_name
from simulator.access.tokens import TIERS
from simulator.engine.catalogue.listed_names import OTHER_NAME
from simulator.flow.profiles import PROFILES
from simulator.personality import PERSONALITIES
from trading.market import NumberError, parse_money_e6

FIRST_ACCOUNT: Final = "default"
MOST_SHARDS: Final = 16
MOST_MARKETS: Final = 20_000
MOST_RATE: Final = 100_000.0  # deltas per second
MOST_CLOCK_OFFSET_S: Final = 86_400
MOST_SHARE: Final = 0.9
MOST_FILLS_PER_MIN: Final = 60_000


def read_flags(argv: list[str]) -> argparse.Namespace:
    """Raises ConfigurationError."""
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
        "--rate",
        type=_range("rate", 0, MOST_RATE),
        help="book deltas a second over all markets; default: the activity's",
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
        type=_range("number of seconds", -MOST_CLOCK_OFFSET_S, MOST_CLOCK_OFFSET_S),
        default=0.0,
        metavar="SECONDS",
        help="how far its clock is ahead of this machine's; negative: behind",
    )
    _add_accounts(parser)
    _add_surroundings(parser)
    _add_differences(parser)
    flags = parser.parse_args(argv)
    if flags.temporary and not (flags.parent and flags.state):
        parser.error("argument --temporary: says when the folder of --state goes, and needs --parent as well")
    names = [account.name for account in flags.account]
    if twice := [name for name in names if names.count(name) > 1]:
        parser.error(f"argument --account: {twice[0]!r} is named twice")
    return flags


def _add_accounts(parser: argparse.ArgumentParser) -> None:
    """The owners of the exchange's cash, and their budgets of requests."""
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


def _add_surroundings(parser: argparse.ArgumentParser) -> None:
    """Where it is kept, who may control it, and how long it lives."""
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
    parser.add_argument(
        "--temporary", action="store_true", help="and remove the folder of --state when it has ended"
    )


def _add_differences(parser: argparse.ArgumentParser) -> None:
    """The differences of an exchange from another of the same world."""
    parser.add_argument(
        "--missing-share", type=_range("share", 0, MOST_SHARE), default=0.0, metavar="SHARE",
        help="so many of the markets are not listed, others than another personality lacks",
    )  # fmt: skip
    parser.add_argument(
        "--renamed-share", type=_range("share", 0, MOST_SHARE), default=0.0, metavar="SHARE",
        help=f"so many are listed with {OTHER_NAME} at the end of the ticker",
    )  # fmt: skip
    parser.add_argument(
        "--fills-per-min", type=_range("number", 0, MOST_FILLS_PER_MIN), default=0.0, metavar="N",
        help="a counterparty fills so many resting orders of accounts a minute; default: there is none",
    )  # fmt: skip


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


class AccountFlag(NamedTuple):
    name: str
    balance_e6: int
    tier: str = ""  # that of the default account


def _account(text: str) -> AccountFlag:
    name, _, terms = text.partition(":")
    balance, _, tier = terms.partition(":")
    if not is_name(name) or name == FIRST_ACCOUNT or (tier and tier not in TIERS):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not NAME:BALANCE[:TIER], TIER one of {', '.join(TIERS)}"
        )
    return AccountFlag(name, _dollars_e6(balance), tier)


class _range:  # noqa: N801  used like the built-in types beside it
    """A number from one to another, for argparse; ``what`` it is called when it is none."""

    def __init__(self, what: str, least: float, most: float) -> None:
        self._what, self._least, self._most = what, least, most

    def __call__(self, text: str) -> float:
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not self._least <= number <= self._most:
            raise argparse.ArgumentTypeError(
                f"{text!r} is not a {self._what} from {self._least:g} to {self._most:g}"
            )
        return number


def _dollars_e6(text: str) -> int:
    try:
        amount_e6 = parse_money_e6(text)
    except NumberError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    if amount_e6 < 0:
        raise argparse.ArgumentTypeError(f"{text!r} is below 0")
    return amount_e6
