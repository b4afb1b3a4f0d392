"""The flags of ``verify``, and those that it hands to the session it starts."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from cli.arguments import OneLineParser, add_config_flags, add_value_flags, duration_s
from cli.errors import ConfigurationError, PreflightRefused
from settings.config import Config
from settings.exchange_settings import own_section

DEFAULT_S: Final = 120.0


def read_arguments(argv: list[str]) -> argparse.Namespace:
    """The arguments of ``verify``. Raises ConfigurationError."""
    parser = OneLineParser("verify", "run the checklist on a session and print it with figures")
    _add_own_flags(parser)
    add_config_flags(parser)
    add_value_flags(parser)
    args = parser.parse_args(argv)
    if args.running and args.faults:
        raise ConfigurationError(
            "--faults: only in a session that verify starts itself, so not with --running"
        )
    return args


def _add_own_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--running", action="store_true", help="judge the session that runs, and let it run")
    parser.add_argument(
        "--duration", type=duration_s, default=DEFAULT_S, metavar="2m", help="how long to watch it trade"
    )
    parser.add_argument(
        "--faults", action="store_true", help="make faults too, on exchanges of this machine only"
    )
    parser.add_argument("--report", type=Path, metavar="FILE", help="write the results as Markdown")
    parser.add_argument("--json", action="store_true", help="the table as JSON")


def run_flags(argv: list[str], args: argparse.Namespace, config: Config) -> list[str]:
    """The flags of the session: all that are not verify's own, and what verify needs.

    Raises PreflightRefused where faults are asked for at a venue that this program does not start.
    """
    own = OneLineParser("verify", "")
    _add_own_flags(own)
    _, flags = own.parse_known_args(argv)
    if args.port is None:
        flags += ["--port", "0"]
    if args.faults:
        _refuse_real_venues(config)
        flags += [
            text
            for venue in config.own_exchanges()
            for text in ("--set", f"{own_section(venue)}.control=true")
        ]
    return flags


def _refuse_real_venues(config: Config) -> None:
    real = [venue for venue in config.venues_used() if venue not in config.own_exchanges()]
    if real:
        labels = " and ".join(config.label(venue) for venue in real)
        raise PreflightRefused(
            f"--faults: {labels} is no exchange that this program starts, and faults are made on such alone;"
            " without --config, or with --config hybrid-rehearsal.yaml, it starts its own"
        )
