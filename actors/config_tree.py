"""What does a YAML file say, and at which line and column does it say it?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

KeyPath = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, at one place."""

    where: str
    key: str
    text: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.where, self.key, self.text) if part)


class ConfigError(Exception):
    """Everything that is wrong with a configuration."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(map(str, problems)))

    def lines(self) -> list[str]:
        """One readable line a problem, and their number when there are several."""
        count = len(self.problems)
        return [*map(str, self.problems), *([f"{count} problems"] if count > 1 else [])]


@dataclass(frozen=True, slots=True)
class Override:
    """One key set on the command line: ``origin`` is the flag, ``text`` is read as YAML."""

    origin: str
    key: str
    text: str


@dataclass
class ConfigTree:
    """The values of a file and of the flags laid over it, with the place each came from."""

    file: str
    values: dict[str, Any] = field(default_factory=dict)
    key_marks: dict[KeyPath, str] = field(default_factory=dict)
    value_marks: dict[KeyPath, str] = field(default_factory=dict)
    overridden: set[KeyPath] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)

    def read(self, path: Path) -> None:
        """Take in the file. Raises ConfigError when it is no YAML mapping at all."""
        try:
            loader = yaml.SafeLoader(path.read_text(encoding="utf-8"))
            root = loader.get_single_node()
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            where = f"{self.file}:{mark.line + 1}:{mark.column + 1}" if mark else self.file
            raise ConfigError([Problem(where, "", f"not YAML: {error.problem or error.context}")]) from error
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise ConfigError([Problem(self.file, "", f"cannot be read: {error}")]) from error
        if root is not None and not isinstance(root, yaml.MappingNode):
            raise ConfigError([Problem(f"{self.file}:1:1", "", "must be a mapping of sections")])
        if root is not None:
            self.values = self._mapping(root, (), loader)

    def _mapping(self, node: yaml.MappingNode, at: KeyPath, loader: yaml.SafeLoader) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            path = (*at, str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else "?")
            if path in self.key_marks:
                text = f"given twice; first at {self.key_marks[path]}"
                self.problems.append(Problem(self._mark(key_node), ".".join(path), text))
                continue
            self.key_marks[path] = self._mark(key_node)
            found[path[-1]] = self._value(value_node, path, loader)
        return found

    def _value(self, node: yaml.Node, at: KeyPath, loader: yaml.SafeLoader) -> Any:
        if at in self.value_marks or len(at) > 8:
            return None  # an alias inside itself; the schema is nowhere near this deep
        self.value_marks[at] = self._mark(node)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, at, loader)
        if isinstance(node, yaml.SequenceNode):
            return [self._value(item, (*at, str(i)), loader) for i, item in enumerate(node.value)]
        try:
            value = loader.construct_object(node)
        except (yaml.YAMLError, ValueError) as error:
            text = f"not a value that YAML knows: {str(error).splitlines()[0]}"
            self.problems.append(Problem(self._mark(node), ".".join(at), text))
            return None
        # A section whose keys are all commented out is an empty section.
        return {} if value is None and len(at) == 1 else value

    def _mark(self, node: yaml.Node) -> str:
        return f"{self.file}:{node.start_mark.line + 1}:{node.start_mark.column + 1}"

    def override(self, override: Override) -> None:
        """Lay one flag over what the file says."""
        path = tuple(override.key.split("."))
        try:
            value = yaml.safe_load(override.text)
        except yaml.YAMLError:
            value = override.text
        parent = self.values
        for part in path[:-1]:
            if not isinstance(parent.get(part), dict):
                parent[part] = {}
            parent = parent[part]
        parent[path[-1]] = value
        for marks in (self.key_marks, self.value_marks):
            for below in [known for known in marks if known[: len(path)] == path]:
                del marks[below]
            marks[path] = override.origin
        self.overridden.add(path)

    def place(self, path: KeyPath, *, of_key: bool) -> str:
        """Where ``path`` is written, or else the closest thing that is: around it, then inside it."""
        marks = self.key_marks if of_key else self.value_marks
        for length in range(len(path), 0, -1):
            if path[:length] in marks:
                return marks[path[:length]]
        inside = (mark for known, mark in marks.items() if known[: len(path)] == path)
        return next(inside, self.file)
