"""The checklist as text: a line a check, and a sentence at the end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from cli.checklist.lines import Line, Verdict, verdict

MARKS: Final[dict[Verdict, str]] = {"holds": "✓", "fails": "✗", "not shown": "not shown"}
WIDTH: Final = max(map(len, MARKS.values()))


def table(lines: Sequence[Line]) -> list[str]:
    """Mark, name, figure and limit."""
    names = max(len(each.name) for each in lines)
    return [
        f"{MARKS[each.verdict]:<{WIDTH}}  {each.name:<{names}}  {each.figure}  [{each.limit}]"
        for each in lines
    ]


def conclusion(lines: Sequence[Line]) -> str:
    """The result of all lines, naming those that keep it from holding."""
    match verdict(lines):
        case "holds":
            return f"All {len(lines)} lines hold."
        case "not shown":
            return f"Not shown: {_names(lines, 'not shown')}. All that was shown holds."
        case _:
            return f"Does not hold: {_names(lines, 'fails')}."


def as_json(session: str, lines: Sequence[Line]) -> dict[str, Any]:
    """The same for programs."""
    rows = [
        {"name": each.name, "figure": each.figure, "limit": each.limit, "verdict": each.verdict}
        for each in lines
    ]
    return {"session": session, "verdict": verdict(lines), "lines": rows}


def _names(lines: Sequence[Line], kind: Verdict) -> str:
    return ", ".join(each.name for each in lines if each.verdict == kind)
