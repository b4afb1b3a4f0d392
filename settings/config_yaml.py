"""Reads the YAML of a configuration into nodes with places, at a cost that its size bounds.

The parser's events are taken one by one, so nothing recurses: what is too large, too deep or written
with YAML's machinery for objects (anchors, aliases, tags) is refused at its place before it costs anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import yaml

from settings.config_scalars import Scalar, read_scalar

# Room for the 20,000 tickers that may be named, each on a line of its own.
MOST_BYTES: Final = 1_000_000
MOST_LINES: Final = 25_000
MOST_VALUES: Final = 25_000
MOST_DEEP: Final = 10  # collections inside each other

# Control characters, line ends that no editor counts, text that runs the other way, half characters.
_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
_OPENING: Final = (yaml.MappingStartEvent, yaml.SequenceStartEvent)
_CLOSING: Final = (yaml.MappingEndEvent, yaml.SequenceEndEvent)


class NotReadable(Exception):
    """Text that is no configuration; ``line`` and ``column`` count from one."""

    def __init__(self, line: int, column: int, text: str) -> None:
        self.line = line
        self.column = column
        self.text = text
        super().__init__(f"{line}:{column}: {text}")


@dataclass(frozen=True, slots=True)
class ScalarNode:
    """One value; ``text`` is how it is written, without quotes."""

    line: int
    column: int
    value: Scalar
    text: str


@dataclass(frozen=True, slots=True)
class ListNode:
    line: int
    column: int
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class MappingNode:
    """Keys and values in the order of the text; a key may be there twice."""

    line: int
    column: int
    pairs: tuple[tuple[ScalarNode, Node], ...]


Node = ScalarNode | ListNode | MappingNode


def read_yaml(raw: bytes) -> Node | None:
    """The one document in ``raw``; None when it is empty. Raises NotReadable, whatever ``raw`` is."""
    return _build(_events(_checked(_decoded(raw))))


def _decoded(raw: bytes) -> str:
    if len(raw) > MOST_BYTES:
        raise NotReadable(1, 1, f"longer than {MOST_BYTES:,} bytes, the most that a configuration may have")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8")
        raise NotReadable(*_place(before), f"not UTF-8 text: the byte 0x{raw[error.start]:02X}") from None


def _checked(text: str) -> str:
    unseen = _UNSEEN.search(text)
    if unseen:
        raise NotReadable(*_place(text[: unseen.start()]), _about_unseen(unseen[0]))
    if text.count("\n") >= MOST_LINES:
        raise NotReadable(MOST_LINES, 1, f"more than {MOST_LINES:,} lines, the most that may be")
    return text


def _place(before: str) -> tuple[int, int]:
    """Line and column of what comes after ``before``."""
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def _about_unseen(character: str) -> str:
    return f"the character U+{ord(character):04X} cannot be seen and may not be in a configuration"


def _events(text: str) -> Iterator[yaml.Event]:
    """The parser's events, none of which is an object's. Raises NotReadable."""
    loader = yaml.SafeLoader(text)
    values = 0
    try:
        while loader.check_event():
            event: Any = loader.get_event()  # type: ignore[no-untyped-call]  # its stub has no types
            _refuse_object(event)
            values += isinstance(event, yaml.NodeEvent)
            if values > MOST_VALUES:
                raise _at(event, f"more than {MOST_VALUES:,} values, the most that may be")
            yield event
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark or loader.get_mark()
        text = f"not YAML: {error.problem or error.context}"
        raise NotReadable(mark.line + 1, mark.column + 1, text) from None
    except (ValueError, OverflowError):  # an escape such as \UFFFFFFFF, beyond what Python has
        mark = loader.get_mark()
        raise NotReadable(mark.line + 1, mark.column + 1, "not YAML: no such character or number") from None


def _refuse_object(event: yaml.Event) -> None:
    name = getattr(event, "anchor", None)
    if name is not None:
        kind = "alias *" if isinstance(event, yaml.AliasEvent) else "anchor &"
        raise _at(event, f"{kind}{name}: a configuration has no references; write the value itself")
    tag = getattr(event, "tag", None)
    if tag is not None:
        raise _at(event, f"tag {tag}: a configuration has no tags; write the value itself")


def _build(events: Iterator[yaml.Event]) -> Node | None:
    """Put the events together again, without recursion."""
    root: Node | None = None
    begun: list[tuple[yaml.Event, list[Node]]] = []  # the collections around the present event
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent) and root is not None:
            raise _at(event, "a second document; a configuration is one")
        if isinstance(event, _OPENING):
            if len(begun) == MOST_DEEP:
                raise _at(event, f"more than {MOST_DEEP} levels deep; no setting is")
            begun.append((event, []))
            continue
        if isinstance(event, yaml.ScalarEvent):
            node: Node = _scalar(event)
        elif isinstance(event, _CLOSING):
            node = _collection(*begun.pop())
        else:
            continue  # begin and end of the stream and of the document
        if begun:
            begun[-1][1].append(node)
        else:
            root = node
    return root


def _scalar(event: yaml.ScalarEvent) -> ScalarNode:
    text: str = event.value
    unseen = _UNSEEN.search(text)  # written as an escape
    if unseen:
        raise _at(event, _about_unseen(unseen[0]))
    is_plain = event.implicit[0]
    line, column = _start(event)
    return ScalarNode(line, column, read_scalar(text) if is_plain else text, text)


def _collection(start: yaml.Event, children: list[Node]) -> Node:
    line, column = _start(start)
    if isinstance(start, yaml.SequenceStartEvent):
        return ListNode(line, column, tuple(children))
    pairs = []
    for key, value in zip(children[::2], children[1::2], strict=True):
        if not isinstance(key, ScalarNode):
            raise NotReadable(key.line, key.column, "a key must be one word")
        pairs.append((key, value))
    return MappingNode(line, column, tuple(pairs))


def _start(event: yaml.Event) -> tuple[int, int]:
    mark: Any = event.start_mark
    return mark.line + 1, mark.column + 1


def _at(event: yaml.Event, text: str) -> NotReadable:
    return NotReadable(*_start(event), text)
