"""A figure is as good as its age, and a state is known only while the Supervisor is heard.

Each actor reports at least once a second, changed or not. The program that serves the page lives on
when they do not, so its own sign of life proves nothing about them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

STALE_S: Final = 2.5
SUPERVISOR: Final = "Supervisor"
SILENT: Final = "silent"  # the state of an actor that runs as far as anybody knows, and is not heard
# These hold until the Supervisor says something else; any other state needs it to be there.
_LASTING: Final = ("paused", "halted", "stopping")


def stale_sources(ages_s: Mapping[str, float]) -> dict[str, int]:
    """The sources that have not been heard for too long, each with its whole seconds."""
    return {source: int(age_s) for source, age_s in sorted(ages_s.items()) if age_s > STALE_S}


def known_state(state: str, reason: str, stale: Mapping[str, int]) -> tuple[str, str]:
    """The state of trading that may be told, given the one reported last, and why."""
    if SUPERVISOR not in stale or state == "stopping":
        return state, reason
    silence = f"nothing heard from the Supervisor for {stale[SUPERVISOR]} s"
    if state not in _LASTING:
        silence += f", which last said {state}"
    return state if state in _LASTING else "starting", f"{reason}; {silence}" if reason else silence


def actor_rows(rows: Iterable[Mapping[str, Any]], stale: Mapping[str, int]) -> list[dict[str, Any]]:
    """The Supervisor's table of actors, without its word that those run which are not heard."""
    return [
        {**row, "state": SILENT if row["name"] in stale and row["state"] == "running" else row["state"]}
        for row in rows
    ]
