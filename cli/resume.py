"""``resume``: the running session may send orders again; with --lift-halt, also after a halt."""

from __future__ import annotations

from pathlib import Path
from typing import Final

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
        help="lift the halt of every account of the execution venue too; works with nothing running",
    )
    args = parser.parse_args(argv)
    config = load_config(args).config
    if args.lift_halt:
        lifted = lift_halts(config)
        say(*[f"lifted the halt of {folder.name}" for folder in lifted] or ["no account is halted"])
        if find_running(config) is None:
            return CLEAN
    say(press("resume", the_running(config)))
    return CLEAN


def lift_halts(config: Config) -> list[Path]:
    """Remove the latches of the accounts in this state directory; the folders that had one."""
    accounts = sorted(Path(config.state_dir).glob(f"{config.execution.venue}-*"))
    return [folder for folder in accounts if lift(folder / LATCH)]
