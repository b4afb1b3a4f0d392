"""The venue's time, by which requests are signed (protocol 1.3).

A signed request carries a time, and one too far from the venue's is refused. Every answer to a signed
request has the venue's time in its ``Date`` header, the refusal as well; messages of a stream have it
in ``sending_ts_ms``. An unsigned answer may come out of a cache, and its header with it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Final

from kalshi_client.offset_estimate import SECOND_US, SLACK_US, OffsetEstimate, shown_between
from kalshi_client.wire.numbers import epoch_us
from trading.venue_time import ClockOffset, VenueTimeUs

CLOCK_ERROR: Final = "header_timestamp_expired"
TOLERANCE_US: Final = 2_000_000  # nobody refuses a clock for so little, nor wants to hear of it
MS_US: Final = 1_000

_log = logging.getLogger(__name__)


class SigningClock:
    """The venue's clock as its answers show it, from the first one on. Safe to use from several threads.

    Whatever speaks to one venue in one process is best given one and the same.
    """

    def __init__(self, local_us: Callable[[], int] = lambda: time.time_ns() // 1_000) -> None:
        self.local_us = local_us
        self._lock = threading.Lock()
        self._estimate = OffsetEstimate()
        self._told_us = 0  # the offset that the log knows

    def offset(self) -> ClockOffset:
        """The lead of the venue's clock now; ``UNMEASURED`` before it has told its time."""
        with self._lock:
            return self._estimate.offset(self.local_us())

    @property
    def starts(self) -> int:
        """Rises with the first time that the venue told, and whenever one of the two clocks was set."""
        return self._estimate.starts

    def venue_us(self) -> VenueTimeUs:
        """The best guess of the venue's clock now."""
        return self.offset().to_venue_us(self.local_us())

    def venue_ms(self) -> int:
        """The time to sign with."""
        return self.venue_us() // MS_US

    def answered(self, date: str, *, sent_us: int) -> None:
        """Take in the ``Date`` of an answer that came just now to what was signed and sent at ``sent_us``."""
        shown_us = http_date_us(date)
        if shown_us is not None:
            self._take(shown_us, SECOND_US, sent_us)

    def replied(self, sending_ts_ms: int, *, asked_us: int) -> None:
        """Take in the time of a message that came just now and answers one that left at ``asked_us``."""
        self._take(sending_ts_ms * MS_US, MS_US, asked_us)

    def heard(self, sending_ts_ms: int) -> None:
        """Take in the time of a message that came just now."""
        with self._lock:
            now_us = self.local_us()
            self._estimate.take_least(sending_ts_ms * MS_US - now_us - SLACK_US, now_us=now_us)
        self._tell()

    def is_other_than(self, signed_with_ms: int, *, sent_us: int) -> bool:
        """Whether a request that was sent and refused would be signed with another time now.

        If not, the clock was not what was wrong, or the venue did not say what its clock is.
        """
        return abs(self.offset().to_venue_us(sent_us) - signed_with_ms * MS_US) > TOLERANCE_US

    def _take(self, shown_us: int, grain_us: int, sent_us: int) -> None:
        with self._lock:
            now_us = self.local_us()
            evidence = shown_between(shown_us, grain_us=grain_us, sent_us=sent_us, received_us=now_us)
            if evidence is not None:
                self._estimate.take(evidence, now_us=now_us)
        self._tell()

    def _tell(self) -> None:
        offset_us = self.offset().guess_us
        if abs(offset_us - self._told_us) > TOLERANCE_US:
            self._told_us = offset_us
            _log.info(
                "the venue's clock is %+.1f s from this machine's: requests are signed with its time",
                offset_us / 1_000_000,
                extra={"action": "venue_clock_learnt"},
            )


def http_date_us(date: str) -> VenueTimeUs | None:
    """The time in a header; None where it says none."""
    try:
        told = parsedate_to_datetime(date)
    except (ValueError, OverflowError):
        return None
    return epoch_us(told) if told.tzinfo is not None else None
