"""Asks the execution venue how it is, and tells people what keeps orders back.

What follows from its words is decided in ``venue_pauses``. The reads are signed, so their dates also keep
what is known of its clock fresh, when no order is sent.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection
from typing import Final

from execution.venue_pauses import VenuePauses
from kalshi_client.announced_maintenance import AnnouncedMaintenance
from kalshi_client.background import Background, Done, Overdue
from kalshi_client.errors import VenueUnavailable
from kalshi_client.rest.client import RestClient

SCHEDULE: Final = ("schedule", "")  # tag of its reads
READ_WITHIN_S: Final = 30.0  # one request, after its turn among the reads


class VenueWatch:
    """The status of one venue, read again and again by a thread of its own."""

    def __init__(self, rest: RestClient, log: logging.Logger) -> None:
        self.pauses = VenuePauses(first_check=time.time_ns() // 1000)
        self.reads = Background(1, name="status")
        self._maintenance = AnnouncedMaintenance()
        self._rest = rest
        self._log = log
        self._told = ""

    def look(self, shards: Collection[int]) -> None:
        """Take what was read, and read again when it is time: to be called each second, when the
        descriptor of ``reads`` can be read, and when an order was refused."""
        now = time.monotonic()
        for done in self.reads.drain():
            if done.tag == SCHEDULE:
                self._take_schedule(done, now)
            elif done.error is not None:
                self.pauses.read_failed(now, is_away=isinstance(done.error, VenueUnavailable | Overdue))
            else:
                self.pauses.learn(done.result, now, shards=shards)
        if self.pauses.next_read(now):
            self.reads.submit(("status", ""), self._rest.exchange_status, within_s=READ_WITHIN_S)
        if self._maintenance.next_read(now):
            self.reads.submit(SCHEDULE, self._rest.exchange_schedule, within_s=READ_WITHIN_S)
        self._tell(shards)

    def _take_schedule(self, done: Done, now: float) -> None:
        if done.error is None:
            self._maintenance.learn(done.result, now)
        else:
            self._maintenance.read_failed(now)

    def holds_all(self, shards: Collection[int]) -> str:
        """Why no order may be sent to any of these, with what was announced; "" when some may have one."""
        why = "" if self.pauses.is_clear else self.pauses.holds_all(shards)
        return f"{why}{self._maintenance.explanation(self._rest.clock.venue_us())}" if why else ""

    def condition(self, shards: Collection[int], *, clock: str, starting: str, books: str) -> dict[str, str]:
        """The venue's condition and its reason, as the page shows it: ``starting``, ``live``, ``paused``,
        ``down`` or ``clock``.

        ``clock``: why its clock is too far off; ``starting``: what it has not told yet; ``books``: why none
        of its books is known to be right, while it takes orders all the same.
        """
        state, reason = self.pauses.condition(shards)
        reason = self.holds_all(shards) or reason
        if state == "live" and (said := clock or starting):
            state, reason = "clock" if clock else "starting", said
        reason = "; ".join(filter(None, (reason, books)))
        return {"state": state, "reason": reason}

    def checked(self, number: int, shards: Collection[int]) -> None:
        """The account was checked, as was asked for under this number."""
        self.pauses.checked(number)
        self._tell(shards)

    def _tell(self, shards: Collection[int]) -> None:
        before, self._told = self._told, self.pauses.summary(shards)
        if self._told and self._told != before:
            self._log.warning("Orders are held back: %s", self._told)
        elif before and not self._told:
            self._log.warning("The venue takes orders again, and the account has been checked")
