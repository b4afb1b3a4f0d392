"""Lays the flags of the command line over a file, and knows the place at which each value was given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from settings.config_yaml import MOST_BYTES, MOST_DEEP, ListNode, MappingNode, Node, NotReadable, read_yaml

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
    """The mistakes of a configuration; ``untold`` counts those beyond ``problems``."""

    def __init__(self, problems: Sequence[Problem], *, untold: int = 0) -> None:
        self.problems = tuple(problems)
        self.untold = untold
        super().__init__("; ".join(map(str, problems)))

    def lines(self) -> list[str]:
        """One readable line a problem, and their number when there are several."""
        told, count = [str(problem) for problem in self.problems], len(self.problems) + self.untold
        if self.untold:
            return [*told, f"{count:,} problems, of which these are the first {len(told)}"]
        return [*told, *([f"{count} problems"] if count > 1 else [])]


@dataclass(frozen=True, slots=True)
class Override:
    """One key set on the command line: ``origin`` is the flag, ``text`` is read as in a file."""

    origin: str
    key: str
    text: str

    @property
    def shown(self) -> str:
        """The flag as it was typed, but for a value that may be long or secret."""
        return f"{self.origin} {self.key}=…" if self.origin == "--set" else self.origin


@dataclass
class ConfigTree:
    """The values of a file and of the flags laid over it, with the place each came from."""

    file: str
    values: dict[str, Any] = field(default_factory=dict)
    key_marks: dict[KeyPath, str] = field(default_factory=dict)
    value_marks: dict[KeyPath, str] = field(default_factory=dict)
    overridden: dict[KeyPath, str] = field(default_factory=dict)
    """The flag that gave it, by the key that was set."""
    problems: list[Problem] = field(default_factory=list)

    def read(self, path: Path) -> None:
        """Take in the file. Raises ConfigError when it is no YAML mapping at all."""
        try:
            with path.open("rb") as file:
                root = read_yaml(file.read(MOST_BYTES + 1))
        except OSError as error:
            raise ConfigError([Problem(self.file, "", f"cannot be read: {error.strerror}")]) from error
        except NotReadable as error:
            where = f"{self.file}:{error.line}:{error.column}"
            raise ConfigError([Problem(where, "", error.text)]) from error
        if root is not None and not isinstance(root, MappingNode):
            raise ConfigError([Problem(f"{self.file}:1:1", "", "must be a mapping of sections")])
        if root is not None:
            self.values = self._mapping(root, (), "")

    def _mapping(self, node: MappingNode, at: KeyPath, flag: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in node.pairs:
            path = (*at, key.text)
            if key.text in found:
                text = f"given twice; first at {self.key_marks[path]}"
                self.problems.append(Problem(self._mark(key, flag), ".".join(path), text))
                continue
            self.key_marks[path] = self._mark(key, flag)
            found[key.text] = self._value(value, path, flag)
        return found

    def _value(self, node: Node, at: KeyPath, flag: str) -> Any:
        """The plain value of a node, at most as deep as ``read_yaml`` allows."""
        self.value_marks[at] = self._mark(node, flag)
        if isinstance(node, MappingNode):
            return self._mapping(node, at, flag)
        if isinstance(node, ListNode):
            return [self._value(item, (*at, str(i)), flag) for i, item in enumerate(node.items)]
        # A section whose keys are all commented out is an empty section.
        return {} if node.value is None and len(at) == 1 else node.value

    def _mark(self, node: Node, flag: str) -> str:
        return flag or f"{self.file}:{node.line}:{node.column}"

    def lay(self, other: ConfigTree, sections: Sequence[str], *, flag: str) -> None:
        """Lay what another file says of these sections over this one; ``flag`` is who asked for it."""
        for path, value in other.leaves(sections):
            self._forget_below(path)
            self.key_marks[path] = f"{other.key_marks[path]} ({flag})"
            self.value_marks[path] = f"{other.value_marks[path]} ({flag})"
            self._put(path, value)

    def leaves(self, sections: Sequence[str]) -> Iterator[tuple[KeyPath, Any]]:
        """Every value of these sections that is no section itself."""
        remaining: list[tuple[KeyPath, Any]] = [
            ((name,), self.values[name]) for name in sections if name in self.values
        ]
        while remaining:
            path, value = remaining.pop()
            if isinstance(value, dict):
                remaining += [((*path, key), each) for key, each in value.items()]
            else:
                yield path, value

    def override(self, override: Override) -> None:
        """Lay one flag over what the file says; what cannot be read joins ``problems``."""
        path = tuple(override.key.split("."))
        self._forget_below(path)
        self.key_marks[path] = self.value_marks[path] = override.origin
        self.overridden[path] = override.shown
        try:
            if len(path) > MOST_DEEP:
                raise NotReadable(1, 1, f"more than {MOST_DEEP} levels deep; no setting is")
            root = read_yaml(override.text.encode("utf-8", "surrogateescape"))
        except NotReadable as error:
            self.problems.append(Problem(override.origin, override.key, error.text))
            return
        self._put(path, None if root is None else self._value(root, path, override.origin))

    def _forget_below(self, path: KeyPath) -> None:
        """Forget the text written there, which is about to be replaced."""
        for marks in (self.key_marks, self.value_marks):
            for below in [known for known in marks if known[: len(path)] == path]:
                del marks[below]

    def _put(self, path: KeyPath, value: Any) -> None:
        parent = self.values
        for part in path[:-1]:
            if not isinstance(parent.get(part), dict):
                parent[part] = {}
            parent = parent[part]
        parent[path[-1]] = value

    def place(self, path: KeyPath, *, of_key: bool) -> str:
        """Where ``path`` is written, or else the closest thing that is: around it, then inside it.

        A section is written where a flag has changed it last: what is wrong with it as a whole was right
        in the file.
        """
        marks = self.key_marks if of_key else self.value_marks
        for length in range(len(path), 0, -1):
            around = path[:length]
            flags = [
                shown for key, shown in self.overridden.items() if key != around and key[:length] == around
            ]
            if flags and (length == len(path) or around not in marks):
                return flags[-1]
            if around in marks:
                return marks[around]
        inside = (mark for known, mark in marks.items() if known[: len(path)] == path)
        return next(inside, self.file)
