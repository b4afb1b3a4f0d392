"""``show-config CONFIG``: every value in force and where it comes from, as a configuration."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from cli.arguments import OneLineParser, add_changing_flags, load_config
from cli.errors import CLEAN
from cli.output import say
from settings.config_scalars import write_value
from settings.config_tree import KeyPath
from settings.database_settings import without_password

SECRETS: Final[Mapping[KeyPath, Callable[[str], str]]] = {
    ("web", "token"): lambda _token: "***",
    ("database", "dsn"): without_password,
}
INDENT: Final = "  "
COLUMN: Final = 56  # where the origins start


def main(argv: list[str]) -> int:
    parser = OneLineParser("show-config", "every value in force and where it comes from")
    parser.add_argument("config", metavar="CONFIG", nargs="?", help="tried as given, then under configs/")
    add_changing_flags(parser)
    loaded = load_config(parser.parse_args(argv))
    say(*_lines(loaded.config.model_dump(), (), loaded.origins))
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
        return write_value(SECRETS[path](value))
    return write_value(value)


def _origin(path: KeyPath, origins: Mapping[KeyPath, str]) -> str:
    """Where the value was given; a section set as a whole gives all that is in it."""
    for length in range(len(path), 0, -1):
        if path[:length] in origins and (length == len(path) or origins[path[:length]].startswith("--")):
            return origins[path[:length]]
    return "default"
