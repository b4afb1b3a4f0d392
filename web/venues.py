"""The two venues: that of the books by the watchers' word, that of the orders by two actors'.

Several actors speak of one venue. One shard with a live book is a live venue of the books; one whose markets
do not trade, or that has only started, says nothing where another one does. The venue of the orders is as
well as the worst that is said of it. Before an actor has spoken of a venue, all of it is None.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

WORDS: Final = ("exchange_active", "trading_active", "paused_shards", "resumes_us")  # of its status
FIELDS: Final = ("label", "state", "reason", "clock_offset_ms", *WORDS)
ORDER: Final = (
    "live",
    "idle",
    "degraded",
    "paused",
    "reconciling",
    "starting",
    "clock",
    "down",
)  # worst last
FAILED: Final = ("degraded", "clock", "down")  # a pause and a start are no failure
NOTHING_SAID: Final = ("starting", "idle")  # of a watcher: the least first
STREAM: Final = "private stream"

Told = Mapping[str, Any]


def venues(
    watchers: Sequence[Told], manager: Told, processor: Told, environment: Told | None
) -> dict[str, dict[str, Any]]:
    """``data`` and ``execution``, each with all of its fields."""
    about = environment or {}
    found = {"data": _data(watchers), "execution": _execution(manager, processor)}
    for role, values in found.items():
        values["label"] = about.get(f"{role}_label") or about.get(role)
    return {role: {field: values.get(field) for field in FIELDS} for role, values in found.items()}


def _data(watchers: Sequence[Told]) -> dict[str, Any]:
    told = [watcher["venue"] for watcher in watchers if watcher.get("venue")]
    offsets = [w["clock_offset_ms"] for w in watchers if w.get("clock_offset_ms") is not None]
    if not told:
        return {}
    for state in NOTHING_SAID:
        told = [each for each in told if each["state"] != state] or told
    best = min(told, key=lambda each: ORDER.index(each["state"]))
    return {**best, "clock_offset_ms": max(offsets, key=abs, default=None)}


def _execution(manager: Told, processor: Told) -> dict[str, Any]:
    streams = [row for row in processor.get("connections") or () if row["name"] == STREAM]
    conditions = [each for each in (manager.get("condition"), *streams) if each]
    if not conditions:
        return {}
    worst = max(conditions, key=lambda each: ORDER.index(each["state"]))
    words = {key: (manager.get("venue") or {}).get(key) for key in WORDS}
    offset_ms = (manager.get("clock") or {}).get("offset_ms")
    return {
        **words,
        "state": worst["state"],
        "reason": worst.get("reason") or "",
        "clock_offset_ms": offset_ms,
    }


def troubles(found: Mapping[str, Told]) -> Iterable[tuple[str, str]]:
    """(role, sentence with the venue's name) of each venue that is not live, or has a word to say."""
    for role, venue in found.items():
        if venue["state"] is not None and (venue["state"] != "live" or venue["reason"]):
            reason = f": {venue['reason']}" if venue["reason"] else ""
            yield role, f"{venue['label'] or role} is {venue['state']}{reason}"


def failing(found: Mapping[str, Told]) -> dict[str, str]:
    """The venues that fail, each with a sentence; empty when none does."""
    return {f"{role} venue": said for role, said in troubles(found) if found[role]["state"] in FAILED}
