"""``pause``: no new orders in the running session until somebody resumes it."""

from __future__ import annotations

from cli.arguments import OneLineParser, add_config_flags, load_config
from cli.errors import CLEAN
from cli.running_session import the_running


def main(argv: list[str]) -> int:
    return press("pause", "no new orders; books, fills and positions are still followed", argv)


def press(action: str, about: str, argv: list[str]) -> int:
    """Press one of the page's buttons. Raises PreflightRefused when it does not work."""
    parser = OneLineParser(action, about)
    add_config_flags(parser)
    running = the_running(load_config(parser.parse_args(argv)).config)
    answer = running.ask(f"/rl/actions/{action}", method="POST")
    print(f"{running.session}: {answer['text']}")
    return CLEAN
