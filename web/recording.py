"""How the database stands: as the Recorder says, or that nobody says anything while there is none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

RECORDER: Final = "Recorder"


def recording(told: Mapping[str, Any], actors: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
    """``told`` is the Recorder's last report; ``actors`` are the rows of the Supervisor."""
    states = [row["state"] for row in actors if row["name"] == RECORDER]
    if not told or states in ([], ["running"]):
        return told
    why = f"the Recorder is {states[0]}; what is recorded waits in the state folder"
    return {**told, "state": states[0], "why": why}
