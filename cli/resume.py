"""``resume``: the running session may send orders again; with --lift-halt, also after a halt."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from cli.accounts import ConfiguredAccount, account_of
from cli.arguments import OneLineParser, add_config_flags, load_config
from cli.errors import CLEAN
from cli.output import say
from cli.running_session import find_running, press, the_running
from execution.halt_latch import lift
from settings.config import Config

LATCH: Final = "halt.json"


def main(argv: list[str]) -> int:
    parser = OneLineParser("resume", "let a paused session trade again")
    add_config_flags(parser)
    parser.add_argument(
        "--lift-halt",
        action="store_true",
        help="lift the halt of the account too; works with nothing running",
    )
    args = parser.parse_args(argv)
    config = load_config(args).config
    if args.lift_halt:
        account = _account(config)
        is_lifted = lift(account.folder / LATCH)
        told = f"{account.folder.name}, {account.because}"
        say(f"lifted the halt of {told}" if is_lifted else f"not halted: {told}")
        if find_running(config) is None:
            return CLEAN
    say(press("resume", the_running(config)))
    return CLEAN


def _account(config: Config) -> ConfiguredAccount:
    """The running session's own; with nothing running that of the configuration. Raises PreflightRefused."""
    running = find_running(config)
    if running is not None:
        return ConfiguredAccount(
            Path(config.state_dir) / running.account, "the account of the running session"
        )
    return account_of(config, os.environ)
