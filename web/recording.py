"""The database's standing: the Recorder's word, or that there is none while it is away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

RECORDER: Final = "Recorder"
_SHEDDING: Final = ("nothing", "markets", "changes", "all")  # ever more is left out of the tape


def tapes(watchers: Iterable[Mapping[str, Any]]) -> dict[str, Any] | None:
    """The tapes of all watchers together: bytes that wait, gaps, and the most that is left out of one."""
    told = [values["tape"] for values in watchers if values.get("tape")]
    if not told:
        return None
    return {
        "waiting_bytes": max(tape["waiting_bytes"] for tape in told),  # each tells of the whole folder
        "gaps": sum(tape["gaps"] for tape in told),
        "shedding": max((tape["shedding"] for tape in told), key=_SHEDDING.index),
        "trouble": next((tape["trouble"] for tape in told if tape["trouble"]), ""),
    }


def recording(told: Mapping[str, Any], actors: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
    """``told`` is the Recorder's last report; ``actors`` are the rows of the Supervisor."""
    states = [row["state"] for row in actors if row["name"] == RECORDER]
    if not told or states in ([], ["running"]):
        return told
    why = f"the Recorder is {states[0]}; what is recorded waits in the state folder"
    return {**told, "state": states[0], "why": why}
