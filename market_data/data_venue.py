"""The condition of the venue that a shard's books come from, and the use of its books under that condition.

What it says of itself is its status, read every few seconds (protocol 3.1). While it pauses, its books are
right and cannot move: they open no position. A clock that is too far off leaves open when a market closes
and how old anything is: none of its books is traded on. Times are monotonic seconds given by the caller.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Final, Literal, NamedTuple

from kalshi_client.announced_maintenance import AnnouncedMaintenance
from kalshi_client.repeated_read import status_reads
from kalshi_client.wire.records import ExchangeStatus
from market_data.shard_books import ShardBooks
from trading.venue_time import ClockOffset

CLOCK: Final = "clock_offset"  # why none of the books may be traded on

DataState = Literal["starting", "live", "idle", "paused", "degraded", "clock", "down"]
"""No book has been live yet; some are; none is, for no market trades now; none, for the venue pauses; none,
but some are read; none, for its clock is too far off; none, and nobody knows one."""


class Condition(NamedTuple):
    """The venue as the books of one shard show it."""

    state: DataState
    reason: str = ""
    """In words, without the venue's name; "" while all is well."""


class DataVenue:
    """The latest words of the venue, and what follows for the books of one shard."""

    def __init__(self, books: ShardBooks, *, max_clock_offset_us: int) -> None:
        """``max_clock_offset_us``: ``data.max_clock_offset_s``."""
        self.condition = Condition("starting", "no market is watched yet")
        self.status: ExchangeStatus | None = None
        self.maintenance = AnnouncedMaintenance()
        self._books = books
        self._limit_us = max_clock_offset_us
        self._has_begun = False  # its books were had once, or none of them was to be had
        self._reads = status_reads()

    # --- the venue's words -------------------------------------------------------------------------

    def next_read(self, now: float) -> bool:
        """Whether to read the status now; that read has then begun."""
        return self._reads.begins(now)

    def read_failed(self, now: float) -> None:
        """The read came to nothing: what was known still holds."""
        self._reads.ended(now, again_soon=True)

    def learn(self, status: ExchangeStatus, now: float) -> None:
        """Take in the status that was asked for."""
        self.status = status
        self._reads.ended(now, again_soon=not status.is_open)

    # --- what follows ------------------------------------------------------------------------------

    def judge(self, clock: ClockOffset, outage: str, *, now_us: int) -> Condition:
        """The venue's condition now, after stopping the trading that its words and its clock forbid.

        ``outage``: why its connections are away; "" while they are there.
        """
        books, status = self._books, self.status
        shards = books.blocks.venue_shards(books.tickers)
        paused = {shard for shard in shards if status is not None and status.paused(shard)}
        books.blocks.pause(paused, books.tickers)
        books.blocks.stop(CLOCK, CLOCK if clock.is_beyond(self._limit_us) else "")
        found = self._condition(clock, outage, all_paused=bool(shards) and len(paused) == len(shards))
        if found.state in ("paused", "degraded", "down"):
            why = self.maintenance.explanation(clock.to_venue_us(now_us))
            found = found._replace(reason=found.reason + why)
        self.condition = found
        self._has_begun = self._has_begun or self.condition.state in ("live", "idle")
        return self.condition

    def _condition(self, clock: ClockOffset, outage: str, *, all_paused: bool) -> Condition:
        books = self._books
        if not len(books.held):
            return Condition("starting", outage or "no market is watched yet")
        if clock.is_beyond(self._limit_us):
            allowed = f"data.max_clock_offset_s allows {self._limit_us / 1_000_000:g} s"
            return Condition(
                "clock", f"its clock is {clock}, and {allowed}: set this machine's, or allow more"
            )
        untradable = books.untradable
        if len(untradable) < len(books.held):
            return Condition("live")
        if all_paused and not outage and self.status is not None:
            return Condition(
                "paused", f"it has paused trading, so its books stand still{self.status.resumption()}"
            )
        # A market that does not trade has no book that ought to be live, whatever became of its book.
        wanted = [reason for ticker, reason in untradable.items() if ticker not in books.blocked]
        if not outage and not wanted:
            return Condition(
                "idle", f"none of its markets trades now: {_most_common(books.blocked.values())}"
            )
        why = outage or _most_common(wanted)
        if not self._has_begun:
            return Condition("starting", f"no book is live yet: {why}")
        if degraded := len(books.degraded):
            said = f"{degraded:,} with something at stake are read every few seconds, to value and to close"
            return Condition("degraded", f"no book is live: {why}; {said}")
        return Condition("down", f"no book is live: {why}")


def _most_common(reasons: Collection[str]) -> str:
    """The reason of most of them, for people."""
    reason, count = Counter(reasons).most_common(1)[0]
    return f"{count:,} of {len(reasons):,} {reason.replace('_', ' ')}"
