"""``resume``: the running session may send orders again."""

from __future__ import annotations

from cli.pause import press


def main(argv: list[str]) -> int:
    return press("resume", "let a paused session trade again", argv)
