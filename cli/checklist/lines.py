"""One line of the checklist, and what all lines come to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["holds", "fails", "not shown"]


@dataclass(frozen=True, slots=True)
class Line:
    """A check: its figure, the limit that it is held to, and whether it holds."""

    name: str
    figure: str
    limit: str
    verdict: Verdict


def line(name: str, figure: str, limit: str, *, holds: bool | None) -> Line:
    """``holds`` None: there was nothing to judge."""
    return Line(name, figure, limit, "not shown" if holds is None else "holds" if holds else "fails")


def verdict(lines: Iterable[Line]) -> Verdict:
    """One that does not hold outweighs whatever was not shown."""
    found = {each.verdict for each in lines}
    return "fails" if "fails" in found else "not shown" if "not shown" in found else "holds"
