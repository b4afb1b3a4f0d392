"""``check CONFIG``: says what is wrong with a configuration and with the keys that it names."""

from __future__ import annotations

import os

from cli.arguments import OneLineParser, add_changing_flags, load_config
from cli.errors import CLEAN
from cli.keys import check_keys, find_keys, require_keys
from cli.online_check import look_online
from cli.output import say
from cli.process_environment import erase_variables
from cli.state_check import check_states
from cli.strategy_check import check_strategy


def main(argv: list[str]) -> int:
    parser = OneLineParser("check", "read a configuration and say everything that is wrong with it")
    parser.add_argument("config", metavar="CONFIG", nargs="?", help="tried as given, then under configs/")
    add_changing_flags(parser)
    parser.add_argument("--online", action="store_true", help="sign in at both venues and say what they tell")
    args = parser.parse_args(argv)
    loaded = load_config(args)
    config = loaded.config
    keys, missing = find_keys(config, os.environ)
    if args.online:
        require_keys(config, os.environ)
    erase_variables(config.secret_variables())  # before any other process is started
    check_strategy(loaded)
    check_states(config)
    venues = f"data from {config.label(config.data.venue)}, orders to {config.label(config.execution.venue)}"
    check_keys(keys)
    say(f"{loaded.path}: fine; {venues}, {config.markets.size():,} markets", *missing)
    if args.online:
        look_online(loaded, keys, say=say)
    return CLEAN
