"""The document of results: what was run, where, and what came of it, for a person who was not there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import yaml

from cli.checklist.fault_seen import FaultSeen
from cli.checklist.lines import Line
from cli.checklist.service_lines import LATENCY_LIMITS_MS
from cli.checklist.table import MARKS, conclusion

# What names or opens an account is nobody's business, wherever in a configuration it stands.
UNSHOWN: Final = ("credentials", "key_id", "private_key_path", "token", "dsn", "webhooks", "heartbeat_url")
ESCAPED_BAR: Final = r"\|"  # a bar ends a cell


@dataclass(frozen=True, slots=True)
class Setting:
    """Where and how it was run."""

    made_at: datetime
    command: str
    machine: Mapping[str, str]
    versions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Results:
    """The content of the document."""

    session: str
    environment: Mapping[str, Any]
    config: Mapping[str, Any]
    lines: Sequence[Line]
    faults: Sequence[FaultSeen]
    latency_ms: Mapping[str, Any]


def report(results: Results, setting: Setting) -> str:
    """Markdown."""
    return "\n".join(_parts(results, setting)) + "\n"


def _parts(results: Results, setting: Setting) -> Iterator[str]:
    environment = results.environment
    yield f"# Results of session {results.session}"
    yield ""
    yield f"Made on {setting.made_at:%Y-%m-%d at %H:%M:%S %Z} by `{setting.command}`."
    yield f"Data from {environment['data_label']}, orders to {environment['execution_label']}."
    yield ""
    yield f"**{conclusion(results.lines)}**"
    yield ""
    yield from _table(("", "check", "figure", "limit"), _rows(results.lines))
    yield from _section("Not shown", _not_shown(results.lines))
    yield from _section("Latencies, in milliseconds", _latencies(results.latency_ms))
    if results.faults:
        yield from _section("Faults", _faults(results.faults))
    yield from _section("Machine", [f"- {name}: {text}" for name, text in setting.machine.items()])
    yield from _section("Versions", [f"- {name} {text}" for name, text in setting.versions.items()])
    yield from _section("Configuration", _configuration(results.config))


def _section(title: str, body: Sequence[str]) -> Iterator[str]:
    yield ""
    yield f"## {title}"
    yield ""
    yield from body


def _rows(lines: Sequence[Line]) -> list[tuple[str, ...]]:
    return [(MARKS[each.verdict], each.name, each.figure, each.limit) for each in lines]


def _not_shown(lines: Sequence[Line]) -> list[str]:
    found = [f"- {each.name}: {each.figure}" for each in lines if each.verdict == "not shown"]
    return found or ["Nothing: each line was judged."]


def _latencies(latency_ms: Mapping[str, Any]) -> list[str]:
    rows = []
    for key, (name, _) in LATENCY_LIMITS_MS.items():
        measured = latency_ms.get(key) or {}
        figures = [measured.get(share) for share in ("p50", "p95", "p99")]
        texts = ["–" if figure is None else f"{figure:,.1f}" for figure in figures]
        rows.append((name, *texts, f"{measured.get('n') or 0:,}"))
    return list(_table(("", "median", "95 of 100", "99 of 100", "number"), rows))


def _faults(faults: Sequence[FaultSeen]) -> list[str]:
    rows = [
        (
            each.name.removeprefix("fault: "),
            each.made,
            each.expected,
            each.seen,
            "–" if each.recovered_s is None else f"{each.recovered_s:.1f}",
        )
        for each in faults
    ]
    return list(_table(("fault", "made by", "expected", "seen", "recovered, s"), rows))


def _configuration(config: Mapping[str, Any]) -> list[str]:
    return ["```yaml", *yaml.safe_dump(_shown(config), sort_keys=False).splitlines(), "```"]


def _shown(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    return {key: _shown(each) for key, each in value.items() if key not in UNSHOWN}


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield _row(heads)
    yield _row(["---"] * len(heads))
    yield from map(_row, rows)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', ESCAPED_BAR) for cell in cells)} |"
