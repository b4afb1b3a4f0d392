"""What time does the venue take it to be? (protocol 1.3)

A signed request carries a time, and one too far from the venue's is refused. The refusal has the
venue's own time in its ``Date`` header: whole seconds, which is enough for a window of ten.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Final

from kalshi_client.wire.numbers import epoch_us

CLOCK_ERROR: Final = "header_timestamp_expired"
TOLERANCE_MS: Final = 2_000  # what Date cannot tell; nobody refuses a clock for so little

_log = logging.getLogger(__name__)


class SigningClock:
    """Local time until the venue shows that its clock is another. Safe to use from several threads."""

    def __init__(self, local_ms: Callable[[], int]) -> None:
        self._local_ms = local_ms
        self._lock = threading.Lock()
        self.offset_ms = 0  # venue minus local, as signed with

    def local_ms(self) -> int:
        return self._local_ms()

    def corrects(self, date: str, *, sent_ms: int, signed_with_ms: int) -> bool:
        """Take in a refusal of a request sent at ``sent_ms`` (local) and signed with that offset.

        Whether the same request would be signed with another time now: if not, the clock was not
        what was wrong, or the venue did not say what its clock is.
        """
        told_ms = _epoch_ms(date)
        if told_ms is None:
            return False
        # Somewhere inside its second, and somewhere between sending and now.
        offset_ms = told_ms + 500 - (sent_ms + self._local_ms()) // 2
        with self._lock:
            if abs(offset_ms - self.offset_ms) > TOLERANCE_MS:
                self.offset_ms = offset_ms
                _log.warning(
                    "the venue's clock is %+.1f s from this machine's: requests are signed with its time",
                    offset_ms / 1_000,
                    extra={"action": "venue_clock_learnt"},
                )
            return abs(self.offset_ms - signed_with_ms) > TOLERANCE_MS


def _epoch_ms(date: str) -> int | None:
    try:
        time = parsedate_to_datetime(date)
    except (ValueError, OverflowError):
        return None
    return epoch_us(time) // 1_000 if time.tzinfo is not None else None
