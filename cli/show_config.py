"""``show-config CONFIG``: which values are in force, and where does each come from?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import yaml

from actors.config_tree import KeyPath
from cli.arguments import OneLineParser, add_set_flag, load_config
from cli.errors import CLEAN

SECRETS: Final[tuple[KeyPath, ...]] = (("web", "token"),)
INDENT: Final = "  "
COLUMN: Final = 56  # where the origins start


def main(argv: list[str]) -> int:
    parser = OneLineParser("show-config", "every value in force and where it comes from")
    parser.add_argument("config", metavar="CONFIG", nargs="?", help="tried as given, then under configs/")
    add_set_flag(parser)
    loaded = load_config(parser.parse_args(argv))
    for line in _lines(loaded.config.model_dump(mode="json"), (), loaded.origins):
        print(line)
    return CLEAN


def _lines(values: Mapping[str, Any], at: KeyPath, origins: Mapping[KeyPath, str]) -> Iterator[str]:
    for key, value in values.items():
        path = (*at, key)
        start = f"{INDENT * len(at)}{key}:"
        if isinstance(value, dict):
            yield start
            yield from _lines(value, path, origins)
        else:
            yield f"{f'{start} {_written(path, value)}':<{COLUMN}}  # {_origin(path, origins)}"


def _written(path: KeyPath, value: Any) -> str:
    if path in SECRETS and value:
        return '"***"'
    if isinstance(value, str) and value.replace(".", "", 1).isdigit():
        return value  # money and contracts, exact to the last decimal
    text: str = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True)
    return text.removesuffix("\n").removesuffix("\n...")


def _origin(path: KeyPath, origins: Mapping[KeyPath, str]) -> str:
    """Where the value was given; a section set as a whole gives all that is in it."""
    for length in range(len(path), 0, -1):
        if path[:length] in origins and (length == len(path) or origins[path[:length]].startswith("--")):
            return origins[path[:length]]
    return "default"
