"""``status``: how is the running session?"""

from __future__ import annotations

from cli.arguments import OneLineParser, add_config_flags, load_config
from cli.errors import CLEAN
from cli.figures import figures
from cli.output import say, say_json
from cli.running_session import the_running


def main(argv: list[str]) -> int:
    parser = OneLineParser("status", "key figures of the running session")
    add_config_flags(parser)
    parser.add_argument("--json", action="store_true", help="all of /rl/status")
    args = parser.parse_args(argv)
    running = the_running(load_config(args).config)
    status = running.ask("/rl/status")
    if args.json:
        say_json(status, indent=2)
    else:
        say(*(f"{name:<12} {text}" for name, text in figures(status)))
    return CLEAN
