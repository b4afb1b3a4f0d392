"""Which configuration is asked for, and what exactly is wrong with it?

Every problem is reported at once as ``file:line:column: key: what is wrong; did you mean …``.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

import configs
from actors.config import Config, StrategyOptions
from actors.config_tree import ConfigError, ConfigTree, KeyPath, Override, Problem

CONFIG_DIR: Final = Path(configs.__path__[0])
DEFAULT_CONFIG: Final = "local.yaml"

_WORDINGS: Final = {
    "bool_type": "must be true or false, not {input!r}",
    "decimal_max_places": "may have {decimal_places} decimals, not {input!r}",
    "decimal_parsing": "must be a number, not {input!r}",
    "decimal_type": "must be a number, not {input!r}",
    "finite_number": "must be a finite number, not {input!r}",
    "float_type": "must be a number, not {input!r}",
    "greater_than": "must be more than {gt}, not {input!r}",
    "greater_than_equal": "must be at least {ge}, not {input!r}",
    "int_type": "must be a whole number, not {input!r}",
    "less_than": "must be less than {lt}, not {input!r}",
    "less_than_equal": "must be at most {le}, not {input!r}",
    "literal_error": "must be one of {expected}, not {input!r}",
    "missing": "is missing",
    "model_type": "must be a section of keys, not {input!r}",
    "string_pattern_mismatch": "{input!r} does not look right; it must match {pattern}",
    "string_too_short": "must not be empty",
    "string_type": "must be text (in quotes), not {input!r}",
    "tuple_type": "must be a list such as [A, B], not {input!r}",
    "value_error": "{error}",
}


@dataclass(frozen=True, slots=True)
class LoadedConfig:
    """A valid configuration; ``origins`` says where each key that was given was given."""

    config: Config
    path: Path
    origins: dict[KeyPath, str]


def load(name: str | None, *, overrides: Sequence[Override] = ()) -> LoadedConfig:
    """Read ``name`` (as given, then under configs/; none is local.yaml). Raises ConfigError."""
    path = find(name)
    tree = ConfigTree(_shown(path))
    tree.read(path)
    for override in overrides:
        tree.override(override)
    floor, resume = ("risk", "balance_floor"), ("risk", "balance_resume")
    floor_only = floor in tree.overridden and resume not in tree.overridden
    try:
        config = Config.model_validate(tree.values, context={"floor_only_overridden": floor_only})
    except ValidationError as error:
        known = {problem.key for problem in tree.problems}
        found = [_problem(details, tree) for details in error.errors()]
        raise ConfigError(tree.problems + [each for each in found if each.key not in known]) from error
    tree.problems += [*_misspelt_options(config, tree), *_sizes_never_sent(config, tree)]
    if tree.problems:
        raise ConfigError(tree.problems)
    return LoadedConfig(config, path, tree.key_marks)


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
            return [Problem(tree.place(path, of_key=False), ".".join(path), text)]
    return []


def find(name: str | None) -> Path:
    """The file that ``--config name`` means. Raises ConfigError."""
    candidates = [CONFIG_DIR / DEFAULT_CONFIG] if name is None else [Path(name), CONFIG_DIR / name]
    for path in candidates:
        if path.is_file():
            return path
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
    values: dict[str, Any] = {"input": details["input"], **details.get("ctx", {})}
    text = _WORDINGS.get(kind, details["msg"]).format_map(values)
    if kind == "literal_error":
        text += _nearest(str(details["input"]), str(values["expected"]))
    return Problem(tree.place(path, of_key=kind == "missing"), ".".join(path), text)


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
