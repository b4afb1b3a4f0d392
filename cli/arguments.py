"""The flags that commands share, and the configuration that they ask for."""

from __future__ import annotations

import argparse
import json
import os
import re
from pathlib import Path
from typing import Final, NoReturn

from cli.errors import ConfigurationError
from cli.program_name import program_name
from settings.config_file import LoadedConfig, load
from settings.config_tree import ConfigError, Override
from settings.database_settings import DSN_VARIABLE

# Each flag is a short way to write some --set; --seed seeds the strategy and the exchange alike.
FLAG_KEYS: Final = {
    "markets": ("markets.count",),
    "port": ("web.port",),
    "strategy": ("strategy.name",),
    "seed": ("strategy.seed", "loopback.seed"),
}
HYBRID_FLAG: Final = "--hybrid"
_SECONDS: Final = {"": 1, "s": 1, "m": 60, "h": 3600}


class OneLineParser(argparse.ArgumentParser):
    """An argument parser whose complaint is one line."""

    def __init__(self, command: str, about: str) -> None:
        super().__init__(prog=f"{program_name()} {command}", description=about, allow_abbrev=False)
        self.add_argument("-v", "--verbose", action="store_true", help="show tracebacks")

    def error(self, message: str) -> NoReturn:
        is_key = re.match(r"unrecognized arguments: --\w+\.\w", message)
        hint = "keys are set with --set KEY=VALUE" if is_key else "--help tells the flags"
        raise ConfigurationError(f"{self.prog}: {message} ({hint})")


def add_config_flags(parser: argparse.ArgumentParser) -> None:
    """--config, --hybrid and --set, which every command that reads a configuration has."""
    parser.add_argument("--config", metavar="NAME|PATH", help="tried as given, then under configs/")
    add_changing_flags(parser)


def add_changing_flags(parser: argparse.ArgumentParser) -> None:
    """--hybrid, and --set as often as needed."""
    parser.add_argument(
        HYBRID_FLAG, action="store_true", help="books from production, orders to demo, as in hybrid.yaml"
    )
    parser.add_argument(
        "--set", metavar="KEY=VALUE", action="append", default=[], help="such as risk.balance_floor=500"
    )


def add_value_flags(parser: argparse.ArgumentParser) -> None:
    """The flags that stand for one configuration key each."""
    for flag, keys in FLAG_KEYS.items():
        parser.add_argument(f"--{flag}", metavar="VALUE", help=f"sets {' and '.join(keys)}")


def load_config(args: argparse.Namespace) -> LoadedConfig:
    """The configuration that the flags ask for. Raises ConfigurationError with every problem, a line each."""
    try:
        hybrid_flag = HYBRID_FLAG if args.hybrid else ""
        return load(args.config, hybrid_flag=hybrid_flag, overrides=_overrides(args))
    except ConfigError as error:
        raise ConfigurationError(*_told_once(error).lines()) from error


def _told_once(error: ConfigError) -> ConfigError:
    """A flag that sets two keys is wrong once."""
    repeated = {(f"--{flag}", key) for flag, keys in FLAG_KEYS.items() for key in keys[1:]}
    problems = [each for each in error.problems if (each.where, each.key) not in repeated]
    return ConfigError(problems, untold=error.untold)


def _overrides(args: argparse.Namespace) -> list[Override]:
    found = _from_environment()
    found += [
        Override(f"--{flag}", key, getattr(args, flag))
        for flag, keys in FLAG_KEYS.items()
        for key in keys
        if getattr(args, flag, None) is not None
    ]
    for setting in args.set:
        key, equals, text = setting.partition("=")
        if not equals or not key:
            raise ConfigurationError(f"--set {setting}: must be KEY=VALUE, such as risk.balance_floor=500")
        found.append(Override("--set", key, text))
    return found


def _from_environment() -> list[Override]:
    """A password of the database stands better in the environment than in a file; flags lie over it."""
    dsn = os.environ.get(DSN_VARIABLE, "")
    return [Override(DSN_VARIABLE, "database.dsn", json.dumps(dsn))] if dsn else []


def path_named(text: str) -> Path:
    """A path that has a name, for argparse."""
    if not Path(text).name:
        raise argparse.ArgumentTypeError(f"{text!r} names no file or folder")
    return Path(text)


def duration_s(text: str) -> float:
    """``60s``, ``30m``, ``2h`` or bare seconds, for argparse."""
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)([smh]?)", text)
    if not match or float(match[1]) <= 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a duration such as 60s, 30m or 2h")
    return float(match[1]) * _SECONDS[match[2]]
