"""Reads the file of the markets that bear another ticker at the execution venue.

One market a line, ``DATA_TICKER EXECUTION_TICKER``; ``#`` begins a comment. A market that is in no line
has the same ticker at both venues.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from kalshi_client.private_key import looks_like_key
from settings.config_tree import Problem

KEY: Final = "markets.map"
MOST_BYTES: Final = 4_000_000  # twenty thousand long lines and their comments
_TICKER: Final = re.compile(r"[A-Z0-9]+(?:[._-][A-Z0-9]+)*")
LONGEST_SHOWN: Final = 30  # characters of a line that is wrong: it may be anything
MOST_TOLD: Final = 50  # mistakes


@dataclass(frozen=True, slots=True)
class MarketMapFile:
    """Execution tickers by data ticker, and everything that is wrong with the file."""

    renamed: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def read_market_map(path: Path, *, shown: str, given_at: str) -> MarketMapFile:
    """``shown``: the path as people know it. ``given_at``: the place that names the file."""
    try:
        with open(path, "rb", opener=_open_without_waiting) as file:
            raw = file.read(MOST_BYTES + 1) or b""
        text = raw.decode("utf-8")
    except OSError as error:
        return _refused(given_at, f"{shown} cannot be read: {error.strerror}")
    except UnicodeDecodeError:
        return _refused(given_at, f"{shown} is no text in UTF-8")
    if len(raw) > MOST_BYTES:
        return _refused(given_at, f"{shown} has more than {MOST_BYTES:,} bytes")
    if looks_like_key(text):
        return _refused(given_at, f"{shown} has a key in it and no markets")
    return parse_market_map(text, shown=shown)


def _open_without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)  # a pipe in place of the file cannot hang the start


def _refused(where: str, text: str) -> MarketMapFile:
    return MarketMapFile(problems=(Problem(where, KEY, text),))


def parse_market_map(text: str, *, shown: str) -> MarketMapFile:
    """The markets of the text; a line that is wrong is told with its number and left out."""
    renamed: dict[str, str] = {}
    lines_of_data: dict[str, int] = {}
    lines_of_execution: dict[str, int] = {}
    problems: list[Problem] = []
    for number, names in _lines(text):
        if len(problems) >= MOST_TOLD:
            problems.append(Problem(f"{shown}:{number}", KEY, "and perhaps more: the rest was not read"))
            break
        place = f"{shown}:{number}"
        if len(names) != 2:
            said = _cut(" ".join(names))
            problems.append(Problem(place, KEY, f"must be DATA_TICKER EXECUTION_TICKER, not {said!r}"))
            continue
        data, execution = names
        if odd := next((name for name in names if not _TICKER.fullmatch(name)), ""):
            said = f"{_cut(odd)!r} is no ticker: capital letters, digits, and . - _ between them"
            problems.append(Problem(place, KEY, said))
            continue
        taken = [
            f"{venue} ticker {_cut(ticker)} is in line {lines[ticker]} already"
            for venue, ticker, lines in (
                ("data", data, lines_of_data),
                ("execution", execution, lines_of_execution),
            )
            if ticker in lines
        ]
        if taken:
            problems.append(Problem(place, KEY, f"the {' and the '.join(taken)}"))
            continue
        renamed[data] = execution
        lines_of_data[data] = lines_of_execution[execution] = number
    return MarketMapFile(renamed, tuple(problems))


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """The names of each line that has any, with its number."""
    for number, line in enumerate(text.splitlines(), 1):
        names = line.partition("#")[0].split()
        if names:
            yield number, names


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
