"""The state of a page as a listener of /rl/ws has it: a snapshot, then every numbered delta."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class PageMirror:
    """Takes each message in turn; pure but for its own state."""

    seq: int | None = None
    slices: dict[str, dict[str, Any]] = field(default_factory=dict)
    tables: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    fills: list[dict[str, Any]] = field(default_factory=list)  # as many of the feed as were told here
    states: list[tuple[str, str]] = field(default_factory=list)  # of trading, with the reason, as they came

    def receive(self, message: Mapping[str, Any]) -> bool:
        """Whether the listener must ask for a snapshot, because a delta is missing."""
        match message["type"]:
            case "hello":
                self.seq = None
            case "snapshot":
                self._begin(message["seq"], message["state"])
            case "hb":
                return self.seq is not None and message["seq"] != self.seq
            case "delta" if self.seq is not None and message["seq"] > self.seq:
                if message["seq"] != self.seq + 1:
                    self.seq = None
                    return True
                self._change(message)
        return False

    def _begin(self, seq: int, state: Mapping[str, Any]) -> None:
        self.seq = seq
        self.slices = {name: dict(fields) for name, fields in state["slices"].items()}
        self.tables = {name: dict(rows) for name, rows in state["tables"].items()}
        self._hear(state["feeds"])
        self._note_state()

    def _change(self, delta: Mapping[str, Any]) -> None:
        self.seq = delta["seq"]
        for name, fields in delta.get("set", {}).items():
            self.slices[name] |= fields
        for name, change in delta.get("tables", {}).items():
            rows = self.tables[name] | change["set"]
            self.tables[name] = {key: row for key, row in rows.items() if key not in change["del"]}
        self._hear(delta.get("add", {}))
        self._note_state()

    def _hear(self, feeds: Mapping[str, Any]) -> None:
        last = self.fills[-1]["n"] if self.fills else 0
        self.fills += [entry for entry in feeds.get("fills", ()) if entry["n"] > last]

    def _note_state(self) -> None:
        trading = self.slices["trading"]
        now = (trading["state"], trading["state_reason"] or "")
        if not self.states or self.states[-1][0] != now[0]:
            self.states.append(now)
