"""``python -m benchmarks.report RUN.jsonl… > docs/performance.md``: the page that a run's lines make.

Later lines of a claim replace earlier ones, so a part can be measured again.
"""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks.report_text import HEAD, PIVOTS, SECTIONS, Section

Line = dict[str, Any]
WIDTH: Final = 112  # of a line of prose
LONGEST: Final = 100  # characters of a finding; the kept lines have all of it
_FIXED: Final = frozenset(
    [
        "claim",
        "ours",
        "theirs",
        "ratio",
        "goal",
        "ok",
        "load",
        "nice",
        "at",
        "machine",
        "quick",
        "skipped",
        "times",
    ]
)


def read(paths: Iterable[Path]) -> dict[str, Line]:
    """The last line of each claim."""
    lines: dict[str, Line] = {}
    for path in paths:
        for text in path.read_text().splitlines():
            line = json.loads(text)
            lines[line["claim"]] = line
    return lines


def page(lines: dict[str, Line]) -> str:
    """Markdown, ending with a newline."""
    parts = [HEAD.format(machine=_machines(lines.values()), summary=_summary(lines))]
    for section in SECTIONS:
        found = {claim: line for claim, line in lines.items() if _is_of(section, claim)}
        if found:
            parts.append("\n\n".join(_section(section, found)))
    return "\n\n".join(parts) + "\n"


def _is_of(section: Section, claim: str) -> bool:
    name = claim.partition(":")[0]
    return name == section.name or name.startswith(f"{section.name}.")


def _section(section: Section, lines: dict[str, Line]) -> Iterator[str]:
    yield f"## {section.title}"
    yield textwrap.fill(section.text, WIDTH)
    flags = " --quick" if any(line.get("quick") for line in lines.values()) else ""
    times = min(line.get("times", 1) for line in lines.values())
    flags += f" --times {times}" if times > 1 else ""
    median = f" The median of {times} runs, and between which all lay." if times > 1 else ""
    yield f"`python -m benchmarks{flags} {section.name}`, {_when(lines.values())}{median}"
    plain = dict(lines)
    for prefix, labels in PIVOTS.items():
        columns = {label: _labelled(lines, prefix, label) for label in labels}
        if any(columns.values()):
            yield _pivot(columns)
            for label, rows in columns.items():
                for what in rows:
                    del plain[f"{prefix}: {label}: {what}"]
    if plain:
        yield _table(plain)


def _when(lines: Iterable[Line]) -> str:
    found = list(lines)
    loads, days = [line["load"] for line in found], sorted({line["at"][:10] for line in found})
    at = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
    priority = min(line.get("nice", 0) for line in found)
    favoured = f", at a priority above other work (nice {priority})" if priority < 0 else ""
    return f"{at}, load average {min(loads):g} to {max(loads):g}{favoured}."


def _machines(lines: Iterable[Line]) -> str:
    return "; ".join(sorted({line["machine"] for line in lines}))


def _summary(lines: dict[str, Line]) -> str:
    judged = {claim: line for claim, line in lines.items() if line["goal"] != "none"}
    missed = [claim for claim, line in judged.items() if line["ok"] is False]
    text = f"{len(judged) - len(missed)} of {len(judged)} goals are met in this run."
    if missed:
        text += " Not met:\n\n" + "\n".join(f"- {claim}" for claim in missed)
    left_out = [f"- {claim}: {line['skipped']}" for claim, line in lines.items() if "skipped" in line]
    return text + ("\n\nNot measured:\n\n" + "\n".join(left_out) if left_out else "")


# --- tables ---------------------------------------------------------------------------------------


def _table(lines: dict[str, Line]) -> str:
    compared = any("theirs" in line and line["goal"] != "equal" for line in lines.values())
    head = ["what", "goal", "ours", "theirs", "ratio"] if compared else ["what", "goal", "measured"]
    rows = [head, ["---"] * len(head)]
    for claim, line in lines.items():
        row = [claim.partition(": ")[2], _goal(line), _ours(line)]
        if compared:
            theirs = _figure(line["theirs"]) if "theirs" in line and line["goal"] != "equal" else ""
            row += [theirs, _ratio(line)]
        rows.append(row)
    return _markdown(rows)


def _labelled(lines: dict[str, Line], prefix: str, label: str) -> dict[str, Line]:
    start = f"{prefix}: {label}: "
    return {claim.removeprefix(start): line for claim, line in lines.items() if claim.startswith(start)}


def _pivot(columns: dict[str, dict[str, Line]]) -> str:
    """One row a claim, one column a label."""
    rows = [["what", "goal", *columns], ["---"] * (len(columns) + 2)]
    claims: dict[str, Line] = {}
    for column in columns.values():
        claims |= {what: line for what, line in column.items() if what not in claims}
    for what, line in claims.items():
        cells = [_ours(column[what]) if what in column else "" for column in columns.values()]
        rows.append([what, _goal(line), *cells])
    return _markdown(rows)


def _markdown(rows: Sequence[Sequence[str]]) -> str:
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows)


def _goal(line: Line) -> str:
    return "" if line["goal"] == "none" else line["goal"].replace(">=", "≥").replace("<=", "≤")


def _ours(line: Line) -> str:
    if "skipped" in line:
        return "not measured"
    shown = _same(line) if line["goal"] == "equal" else _figure(line["ours"])
    more = (
        [f"{_figure(line['range'][0])} to {_figure(line['range'][1])}"]
        if "range" in line and "ratio" not in line
        else []
    )
    more += [
        f"{key.removesuffix('_ms').replace('_', ' ')} {_figure(value)}"
        for key, value in line.items()
        if key not in _FIXED and isinstance(value, int | float) and not isinstance(value, bool)
    ]
    failed = " **not met**" if line["ok"] is False else ""
    return shown + (f" ({', '.join(more)})" if more else "") + failed


def _ratio(line: Line) -> str:
    if "ratio" not in line:
        return ""
    low, high = line.get("range", (line["ratio"],) * 2)
    return f"{line['ratio']:.2f}×" + (f" ({low:.2f} to {high:.2f})" if low != high else "")


def _same(line: Line) -> str:
    ours = line["ours"]
    if ours != line["theirs"]:
        return f"{_short(ours)}, not {_short(line['theirs'])}"
    return "none" if ours in ([], "", 0) else "equal"


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _figure(value: Any) -> str:
    if not isinstance(value, int | float):
        return str(value)
    if isinstance(value, int) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


if __name__ == "__main__":
    sys.stdout.write(page(read(Path(name) for name in sys.argv[1:])))
