"""Asks the venue of the books how it is, and reads books in which something is at stake while no stream does.

What is asked for, and what follows from the answers, is decided in ``data_venue`` and ``read_books``. All
reads are signed: they come out of no cache, and their dates keep what is known of the venue's clock fresh.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from typing import Any, Final

from kalshi_client.background import Background, Done
from kalshi_client.rest.client import RestClient
from kalshi_client.signing_clock import SigningClock
from kalshi_client.wire.exchange import ExchangeSchedule
from kalshi_client.wire.markets import RestBook
from kalshi_client.wire.records import ExchangeStatus
from market_data.data_venue import DataVenue
from market_data.read_books import READ_EVERY_S, ReadBooks
from market_data.shard_books import ShardBooks
from settings.config import Config
from settings.venue_access import VenueAccess, rest_for

STATUS: Final = ("status", "")  # tags of the reads
SCHEDULE: Final = ("schedule", "")
BOOKS: Final = ("books", "")
STATUS_WITHIN_S: Final = 30.0  # one request, after its turn among the reads
BOOKS_WITHIN_S: Final = 60.0


class DataVenueWatch:
    """The venue of one shard's books, watched on a thread of its own."""

    def __init__(self, access: VenueAccess, config: Config, books: ShardBooks, clock: SigningClock) -> None:
        self.reads = Background(1, name="status")
        self._label = access.label
        self._books = books
        self._clock = clock
        self._venue = DataVenue(books, max_clock_offset_us=config.data.max_clock_offset_us())
        self._read = ReadBooks(silence_s=config.risk.silence_s)
        self._client = _Client(access, clock)
        self._is_degraded = False  # as it was told

    def look(self, now: float, *, at_stake: Collection[str], outage: str) -> list[str]:
        """To be called each second; sentences about what has changed.

        ``at_stake``: markets in which something is held or rests. ``outage``: why the connections are away.
        """
        notes = self.take_reads(now)
        if self._read.look(at_stake, self._books.held.untrusted, now):
            self._show([])
        if self._venue.next_read(now):
            self.reads.submit(STATUS, self._client.status, within_s=STATUS_WITHIN_S)
        if self._venue.maintenance.next_read(now):
            self.reads.submit(SCHEDULE, self._client.schedule, within_s=STATUS_WITHIN_S)
        if due := self._read.due(now):
            self.reads.submit(BOOKS, self._client.books, due, within_s=BOOKS_WITHIN_S)
        self.judge(outage)
        return notes + self._degraded_notes()

    def judge(self, outage: str) -> str:
        """Look at the venue now; what is wrong with it, with its name, or "" for nothing."""
        reason = self._venue.judge(self._clock.offset(), outage, now_us=time.time_ns() // 1000).reason
        return f"{self._label}: {reason}" if reason else ""

    @property
    def is_idle(self) -> bool:
        """Whether, as it was judged last, nothing is wrong with it and none of its markets trades now."""
        return self._venue.condition.state == "idle"

    def take_reads(self, now: float) -> list[str]:
        """Take what was read; sentences about what went wrong."""
        return [said for done in self.reads.drain() if (said := self._take(done, now))]

    def _take(self, done: Done, now: float) -> str:
        if done.tag == STATUS:
            if done.error is None:
                self._venue.learn(done.result, now)
            else:
                self._venue.read_failed(now)  # whoever watches the books hears of it by what else fails
            return ""
        if done.tag == SCHEDULE:
            if done.error is None:
                self._venue.maintenance.learn(done.result, now)
            else:
                self._venue.maintenance.read_failed(now)
            return ""
        if done.error is not None:
            self._read.failed(now)
            return f"Books with something at stake could not be read, trying again: {done.error}"
        self._show(self._read.take(done.result, now, time.time_ns() // 1000))
        return ""

    def _show(self, changed: Collection[str]) -> None:
        self._books.show_read(self._read.books, changed, at_us=time.time_ns() // 1000)

    def _degraded_notes(self) -> list[str]:
        was, count = self._is_degraded, len(self._books.degraded)
        self._is_degraded = bool(count)
        if self._is_degraded == was:
            return []
        if count:
            return [
                f"No stream tells of {count} books with something at stake: read every {READ_EVERY_S:g} s"
            ]
        return ["No book has to be read any more"]

    # --- what others are told ----------------------------------------------------------------------

    def report(self) -> dict[str, Any]:
        """The venue on the page."""
        condition, status = self._venue.condition, self._venue.status
        return {
            "state": condition.state,
            "reason": condition.reason,
            "exchange_active": None if status is None else status.exchange_active,
            "trading_active": None if status is None else status.trading_active,
            "paused_shards": None if status is None else sorted(status.paused_shards),
            "resumes_us": None if status is None else status.resumes_us,
        }


class _Client:
    """Signed reads of one venue, by one thread. All raise errors.RequestFailed or KeyFileError."""

    def __init__(self, access: VenueAccess, clock: SigningClock) -> None:
        self._access = access
        self._clock = clock
        self._rest: RestClient | None = None  # until the first read, which reads the key

    def status(self) -> ExchangeStatus:
        return self._client().exchange_status()

    def schedule(self) -> ExchangeSchedule:
        return self._client().exchange_schedule()

    def books(self, tickers: Sequence[str]) -> dict[str, RestBook]:
        return self._client().orderbooks(tickers)

    def _client(self) -> RestClient:
        if self._rest is None:
            self._rest = rest_for(self._access, self._clock)
        return self._rest
