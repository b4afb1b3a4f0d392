"""The state of the whole system now, and its changes since the pages last saw it.

Actors report their own figures; here they become one state of three kinds of part: *slices* with
fixed fields, *tables* of rows by id, and *feeds* of the last few things that happened. A page that
has the snapshot numbered n and applies delta n+1 has exactly the snapshot numbered n+1.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from trading.latency import LatencyRecord
from web.status import Sources, actors, connections, slices

FEED_SHOWN: Final = 50  # entries of a feed that a page keeps

Row = dict[str, Any]
Rows = dict[str, Row]

# feed on the page → the actor that reports it, under "recent"
FEEDS: Final = {"decisions": "Selector", "fills": "FillProcessor"}


class SystemView:
    """The merged state. Not thread-safe: ``web.shared_view`` holds the lock."""

    def __init__(self, *, session: str, environment: Mapping[str, Any], started_us: int) -> None:
        self._environment = dict(environment)
        self._about = {"session": session, "environment": self._environment, "started_us": started_us}
        self._sources: Sources = {}
        self._heard_s: dict[str, float] = {}
        self._feeds: dict[str, deque[Row]] = {feed: deque(maxlen=FEED_SHOWN) for feed in FEEDS}
        self._happened = dict.fromkeys(FEEDS, 0)
        self._seq = 0
        self._published = self._state({})
        self._unpublished_us: int | None = None  # built time of the oldest report not in a delta yet
        self._pushes = LatencyRecord()

    def apply(self, source: str, values: Mapping[str, Any], *, built_us: int, heard_s: float) -> None:
        """Take in what an actor reported: the newest of each value; ``recent`` adds to its feed.

        ``heard_s``, and ``now_s`` everywhere, are this program's monotonic seconds.
        """
        news = {key: value for key, value in values.items() if key != "recent"}
        self._sources[source] = {**self._sources.get(source, {}), **news}
        self._heard_s[source] = heard_s
        if self._unpublished_us is None:
            self._unpublished_us = built_us
        for feed, reporter in FEEDS.items():
            if reporter == source:
                self._add(feed, values.get("recent", ()))

    def _add(self, feed: str, entries: Iterable[Row]) -> None:
        for entry in entries:
            self._happened[feed] += 1
            self._feeds[feed].append({**entry, "n": self._happened[feed]})

    def value(self, source: str, key: str) -> Any:
        """One figure as its actor last reported it; None before it did."""
        return self._sources.get(source, {}).get(key)

    def ages_s(self, now_s: float) -> dict[str, float]:
        """The time since each actor was last heard."""
        return {source: max(0.0, now_s - heard_s) for source, heard_s in self._heard_s.items()}

    def sources(self) -> Sources:
        """Everything as reported, by actor."""
        return self._sources

    def about(self) -> dict[str, Any]:
        """The session's name, and the places of its data and orders."""
        return self._about

    # --- for pages ---------------------------------------------------------------------------

    def snapshot(self) -> dict[str, Any]:
        """Everything a page needs, under the number of the last delta.

        What changed after that delta is not in it: it comes with the next one, to every page alike.
        """
        return {"seq": self._seq, "state": self._published}

    def delta(self, now_us: int, *, now_s: float) -> dict[str, Any] | None:
        """The changes since the last delta, under the next number; None when there are none."""
        state, before = self._state(self.ages_s(now_s)), self._published
        changes = {
            "set": _changed_fields(before["slices"], state["slices"]),
            "tables": _changed_rows(before["tables"], state["tables"]),
            "add": _added_entries(before["feeds"], state["feeds"]),
        }
        unpublished_us, self._unpublished_us = self._unpublished_us, None
        found = {kind: change for kind, change in changes.items() if change}
        if not found:
            return None
        if unpublished_us is not None:
            self._pushes.add(max(0, now_us - unpublished_us) / 1000)
        self._seq += 1
        self._published = state
        return {"seq": self._seq, **found}

    def skip(self, *, now_s: float) -> None:
        """Nobody looks: bring the published state up to date without making a delta of it."""
        self._unpublished_us = None
        state = self._state(self.ages_s(now_s))
        if state != self._published:
            self._seq += 1
            self._published = state

    def state_to_page_ms(self) -> dict[str, float | int | None]:
        """The age of reports when a delta carried them to the pages."""
        return self._pushes.summary()

    def _state(self, ages_s: Mapping[str, float]) -> dict[str, Any]:
        def rows(source: str, key: str, identity: Callable[[Row], str]) -> Rows:
            return {identity(row): row for row in self._sources.get(source, {}).get(key) or ()}

        return {
            "slices": {**slices(self._sources, ages_s, self._environment), "about": self._about},
            "tables": {
                "positions": rows("FillProcessor", "positions", lambda row: str(row["ticker"])),
                "open_orders": rows("OrderManager", "open_orders", order_identity),
                "actors": {str(row["name"]): row for row in actors(self._sources, ages_s) or ()},
                "connections": {row["name"]: row for row in connections(self._sources)},
            },
            "feeds": {feed: list(entries) for feed, entries in self._feeds.items()},
        }


def order_identity(row: Row) -> str:
    """The identity of an open order: our id, or the venue's for an order that is not ours."""
    return str(row.get("client_order_id") or row.get("order_id") or row.get("order"))


def _changed_fields(before: Rows, after: Rows) -> Rows:
    changed = {
        name: {key: value for key, value in fields.items() if before[name].get(key) != value}
        for name, fields in after.items()
    }
    return {name: fields for name, fields in changed.items() if fields}


def _changed_rows(before: dict[str, Rows], after: dict[str, Rows]) -> dict[str, Any]:
    found = {}
    for table, rows in after.items():
        old = before[table]
        change = {
            "set": {key: row for key, row in rows.items() if old.get(key) != row},
            "del": [key for key in old if key not in rows],
        }
        if change["set"] or change["del"]:
            found[table] = change
    return found


def _added_entries(before: dict[str, list[Row]], after: dict[str, list[Row]]) -> dict[str, list[Row]]:
    def newest(entries: list[Row]) -> int:
        return int(entries[-1]["n"]) if entries else 0

    added = {
        feed: [entry for entry in entries if entry["n"] > newest(before[feed])]
        for feed, entries in after.items()
    }
    return {feed: entries for feed, entries in added.items() if entries}
