"""``status``: how is the running session?"""

from __future__ import annotations

import json

from cli.arguments import OneLineParser, add_config_flags, load_config
from cli.errors import CLEAN
from cli.figures import figures
from cli.running_session import the_running


def main(argv: list[str]) -> int:
    parser = OneLineParser("status", "key figures of the running session")
    add_config_flags(parser)
    parser.add_argument("--json", action="store_true", help="all of /rl/status")
    args = parser.parse_args(argv)
    running = the_running(load_config(args).config)
    status = running.ask("/rl/status")
    if args.json:
        print(json.dumps(status, indent=2))
    else:
        print("\n".join(f"{name:<12} {text}" for name, text in figures(status)))
    return CLEAN
