"""``pause``: no new orders in the running session until somebody resumes it."""

from __future__ import annotations

from cli.arguments import OneLineParser, add_config_flags, load_config
from cli.errors import CLEAN
from cli.output import say
from cli.running_session import press, the_running


def main(argv: list[str]) -> int:
    parser = OneLineParser("pause", "no new orders; books, fills and positions are still followed")
    add_config_flags(parser)
    say(press("pause", the_running(load_config(parser.parse_args(argv)).config)))
    return CLEAN
