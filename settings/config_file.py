"""Reads the configuration that is asked for, and says everything that is wrong with it.

Every problem is reported at once as ``file:line:column: key: what is wrong; did you mean …``.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

import configs
from settings.config import Config
from settings.config_scalars import how_to_write, write_value
from settings.config_tree import ConfigError, ConfigTree, KeyPath, Override, Problem
from settings.market_map_file import MarketMapFile, read_market_map
from settings.trading_settings import StrategyOptions

CONFIG_DIR: Final = Path(configs.__path__[0])
DEFAULT_CONFIG: Final = "local.yaml"
HYBRID_CONFIG: Final = "hybrid.yaml"
# What a configuration says of venues: whose books, whose orders, where they listen, whose keys.
VENUE_SECTIONS: Final = ("data", "execution", "venues", "credentials")
MOST_TOLD: Final = 50  # problems; who has more begins with these
LONGEST_SHOWN: Final = 80  # characters of a value that is wrong
LONGEST_TEXT: Final = 300  # characters of what is said about it

_WORDINGS: Final = {
    "bool_type": "must be true or false, not {input}",
    "decimal_max_places": "may have {decimal_places} decimals, not {input}",
    "decimal_parsing": "must be a number, not {input}",
    "decimal_type": "must be a number, not {input}",
    "finite_number": "must be a finite number, not {input}",
    "float_type": "must be a number, not {input}",
    "greater_than": "must be more than {gt}, not {input}",
    "greater_than_equal": "must be at least {ge}, not {input}",
    "int_type": "must be a whole number, not {input}",
    "less_than": "must be less than {lt}, not {input}",
    "less_than_equal": "must be at most {le}, not {input}",
    "literal_error": "must be one of {expected}, not {input}",
    "missing": "is missing",
    "model_type": "must be a section of keys, not {input}",
    "string_pattern_mismatch": "{input} does not look right; it must match {pattern}",
    "string_too_short": "must not be empty",
    "string_type": "must be text (in quotes), not {input}",
    "tuple_type": "must be a list such as [A, B], not {input}",
    "value_error": "{error}",
}
_OF_NUMBERS: Final = ("decimal_parsing", "decimal_type", "float_type", "int_type")


@dataclass(frozen=True, slots=True)
class LoadedConfig:
    """A valid configuration; ``origins`` says where each key that was given was given.

    ``renamed``: execution tickers by data ticker, of the file that ``markets.map`` names.
    """

    config: Config
    path: Path
    origins: dict[KeyPath, str]
    renamed: Mapping[str, str] = field(default_factory=dict)


def load(name: str | None, *, hybrid_flag: str = "", overrides: Sequence[Override] = ()) -> LoadedConfig:
    """Read ``name`` (as given, then under configs/; none is local.yaml). Raises ConfigError.

    ``hybrid_flag``, where given, lays hybrid.yaml's venues over the file, before the overrides.
    """
    path = find(name)
    tree = _read(path)
    if hybrid_flag:
        tree.lay(_read(CONFIG_DIR / HYBRID_CONFIG), VENUE_SECTIONS, flag=hybrid_flag)
    for override in overrides:
        tree.override(override)
    floor, resume = ("risk", "balance_floor"), ("risk", "balance_resume")
    floor_only = floor in tree.overridden and resume not in tree.overridden
    try:
        config = Config.model_validate(tree.values, context={"floor_only_overridden": floor_only})
    except ValidationError as error:
        known = {problem.key for problem in tree.problems}
        # A suggestion costs milliseconds, so only what is told gets one.
        found = [_problem(details, tree) for details in error.errors(include_url=False)[:MOST_TOLD]]
        tree.problems += [each for each in found if each.key not in known]
        raise _told(tree.problems, untold=max(0, error.error_count() - MOST_TOLD)) from error
    mapped = _market_map(config, path, tree)
    tree.problems += [
        *_misspelt_options(config, tree),
        *_sizes_never_sent(config, tree),
        *mapped.problems,
    ]
    if tree.problems:
        raise _told(tree.problems)
    return LoadedConfig(config, path, tree.key_marks, mapped.renamed)


def _read(path: Path) -> ConfigTree:
    tree = ConfigTree(_shown(path))
    tree.read(path)
    return tree


def _told(problems: Sequence[Problem], *, untold: int = 0) -> ConfigError:
    return ConfigError(problems[:MOST_TOLD], untold=untold + max(0, len(problems) - MOST_TOLD))


def _misspelt_options(config: Config, tree: ConfigTree) -> list[Problem]:
    """A strategy has options of its own, but one that looks like ours is ours with a slip in it."""
    found = []
    for key in config.strategy.options.for_strategy():
        path = ("strategy", "options", key)
        near = difflib.get_close_matches(key, StrategyOptions.model_fields, n=1)
        if near:
            text = f"unknown key; did you mean {near[0]}?"
            found.append(Problem(tree.place(path, of_key=True), ".".join(path), text))
    return found


def _sizes_never_sent(config: Config, tree: ConfigTree) -> list[Problem]:
    """An order above a limit on orders is refused each time, and nothing would ever be sent."""
    contracts, path = config.strategy.options.contracts, ("strategy", "options", "contracts")
    for name in ("max_contracts_per_order", "max_position"):
        limit = getattr(config.risk, name)
        if contracts > limit:
            text = f"must be at most risk.{name} ({limit}), not {contracts}"
            flag = "" if path in tree.overridden else tree.overridden.get(("risk", name), "")
            return [Problem(flag or tree.place(path, of_key=False), ".".join(path), text)]
    return []


def _market_map(config: Config, path: Path, tree: ConfigTree) -> MarketMapFile:
    """The file of renamed markets, which lies beside the configuration unless its path says otherwise."""
    if not config.markets.map:
        return MarketMapFile()
    file = path.parent / config.markets.map
    given_at = tree.place(("markets", "map"), of_key=False)
    return read_market_map(file, shown=_shown(file), given_at=given_at)


def find(name: str | None) -> Path:
    """The file that ``--config name`` means. Raises ConfigError."""
    candidates = [CONFIG_DIR / DEFAULT_CONFIG] if name is None else [Path(name), CONFIG_DIR / name]
    for path in candidates:
        try:
            if path.is_file():
                return path
        except OSError as error:  # a folder that is closed to us, a name that is too long
            raise ConfigError([Problem(str(path), "", f"cannot be read: {error.strerror}")]) from error
    known = sorted(path.name for path in CONFIG_DIR.glob("*.yaml"))
    near = difflib.get_close_matches(name or "", known, n=1, cutoff=0.75)
    hint = f"did you mean {near[0]}?" if near else f"configs/ has {', '.join(known)}"
    raise ConfigError([Problem(name or DEFAULT_CONFIG, "", f"no such configuration file; {hint}")])


def _shown(path: Path) -> str:
    """The path as a person would type it from where they are."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _problem(details: ErrorDetails, tree: ConfigTree) -> Problem:
    path = tuple(str(part) for part in details["loc"])
    kind = details["type"]
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(path[-1], _keys_beside(path), n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(_keys_beside(path))}"
        return Problem(tree.place(path, of_key=True), ".".join(path), f"unknown key; {hint}")
    given = details["input"]
    values: dict[str, Any] = {**details.get("ctx", {}), "input": _quoted(given)}
    text = _WORDINGS.get(kind, details["msg"]).format_map(values)
    if kind == "literal_error":
        text += _nearest(str(given), str(values["expected"]))
    elif kind in _OF_NUMBERS and isinstance(given, str) and (hint := how_to_write(given)):
        text += f"; {hint}"
    return Problem(tree.place(path, of_key=kind == "missing"), ".".join(path), _cut(text, LONGEST_TEXT))


def _quoted(value: Any) -> str:
    """A value that is wrong, as it could be written, and short enough for a line."""
    return _cut(repr(value) if isinstance(value, str) else write_value(value), LONGEST_SHOWN)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest]}…"


def _nearest(given: str, expected: str) -> str:
    choices = [choice.strip("' ") for choice in expected.replace(" or ", ", ").split(",")]
    near = difflib.get_close_matches(given, choices, n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _keys_beside(path: KeyPath) -> list[str]:
    """The keys that the schema has where ``path`` is."""
    section: type[BaseModel] = Config
    for part in path[:-1]:
        section = _section_in(section.model_fields[part].annotation) or section
    return list(section.model_fields)


def _section_in(annotation: Any) -> type[BaseModel] | None:
    """The section inside ``Section`` or ``Section | None``."""
    for candidate in (annotation, *getattr(annotation, "__args__", ())):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return candidate
    return None
