"""Plans the reads of the whole account, and says which of them prove something.

A read vouches for the account only while the stream is listened to: it must be as fresh as the
subscription, of the same stretch without a loss, and nothing may have moved under it that it may not know.
There is no clock here: every time is an argument.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from execution.account_reads import AccountRead
from execution.listening import Listening
from kalshi_client.wire.values import FillMessage, OrderMessage
from trading.venue_time import UNMEASURED, ClockOffset, VenueTimeUs

RETRY_S: Final = 1.0  # after a read that failed or proved nothing


@dataclass(frozen=True, slots=True)
class Moment:
    """Now, by every clock that counts."""

    local_us: int  # epoch
    monotonic_s: float
    clock: ClockOffset
    clock_starts: int  # of the estimate of the venue's clock

    @property
    def venue_us(self) -> VenueTimeUs:
        return self.clock.to_venue_us(self.local_us)


@dataclass(frozen=True, slots=True)
class ReadNow:
    """Read the whole account; ``stretch`` is to be said again when the read has ended."""

    stretch: int


@dataclass(frozen=True, slots=True)
class AskAgain:
    """A read that began now would prove nothing yet."""

    in_s: float


class ReadPlan:
    """The stretch of the stream without a loss, the reads in it, and what moves meanwhile."""

    def __init__(self, reconcile_s: float) -> None:
        """A check is due each ``reconcile_s``."""
        self.checked = 0  # number of the newest check that was asked for and is done
        self._reconcile_s = reconcile_s
        self._wanted = 0
        self._stretch = 1  # each has to be reconciled for itself
        self._reconciled_stretch = 0
        self._listening = Listening()
        self._is_reading = False
        self._not_before_s = float("-inf")  # monotonic; later than now after a read in vain
        self._moved: set[str] = set()  # tickers with an event since the read under way began
        self._heard_ms: dict[str, int] = {}  # by ticker: the newest message, by the venue's clock

    @property
    def is_reconciled(self) -> bool:
        """Whether a read of this stretch proved that nothing was missed."""
        return self._reconciled_stretch == self._stretch

    # --- what happens ----------------------------------------------------------------------------

    def interrupted(self) -> None:
        """Something may have been lost: only a read begun from now on can tell."""
        self._stretch += 1

    def ask(self, number: int) -> bool:
        """A check begun from now on is wanted; False when that number was asked for already."""
        if number == self._wanted:
            return False
        self._wanted = number
        self._stretch += 1
        return True

    def heard(self, messages: Iterable[FillMessage | OrderMessage]) -> None:
        """The stream told these: reads may be too old to know them."""
        for message in messages:
            newest_ms = self._heard_ms.get(message.ticker, 0)
            self._heard_ms[message.ticker] = max(newest_ms, message.ts_ms)

    def moved(self, tickers: Iterable[str]) -> None:
        """Something new of these was recorded."""
        self._moved.update(tickers)

    # --- reads -----------------------------------------------------------------------------------

    def next_read(self, now: Moment) -> ReadNow | AskAgain | None:
        """The step to take about the next read while the stream is listened to. None: nothing now, for one
        is under way or the last one in vain is too short ago."""
        if self._is_reading or now.monotonic_s < self._not_before_s:
            return None
        self._listening.go_on((self._stretch, now.clock_starts), now.clock, now_us=now.local_us)
        if now.clock != UNMEASURED:
            wait_us = self._listening.wait_us(now.clock, now_us=now.local_us)
            if wait_us:
                return AskAgain(wait_us / 1_000_000)
        self._is_reading = True
        self._moved.clear()
        return ReadNow(self._stretch)

    def ended(self, stretch: int) -> bool:
        """The read under way is over, and all of it taken in; whether it still ``is_of`` the stretch."""
        self._is_reading = False
        return self.is_of(stretch)

    def is_of(self, stretch: int) -> bool:
        """Whether this stretch is the one that is listened to still."""
        return stretch == self._stretch

    def in_vain(self, now: Moment) -> float:
        """The last read proves nothing, or another is due soon; seconds until then."""
        self._not_before_s = now.monotonic_s + RETRY_S * 0.9  # a wakeup may come a little early
        return RETRY_S

    def proves(self, read: AccountRead, now: Moment, *, is_opened: bool) -> bool:
        """Whether nothing can have happened that neither the stream nor this read tells.

        To open an account, nothing may have moved either: it is in some of the figures and not in others.
        """
        is_covered = self._listening.is_covered_by(read.before_us, (self._stretch, now.clock_starts))
        return is_covered and (is_opened or not (self._moved or read.has_fills_inside()))

    def moved_since(self, read_us: VenueTimeUs) -> set[str]:
        """Tickers with an event that reads as of then may not know."""
        self._heard_ms = {ticker: ms for ticker, ms in self._heard_ms.items() if ms * 1000 >= read_us}
        return self._moved | self._heard_ms.keys()

    def reconciled(self, *, is_again_soon: bool) -> float:
        """The account was compared with a read that proves something; seconds until the next one is due."""
        self._reconciled_stretch = self._stretch
        self.checked = self._wanted
        return RETRY_S if is_again_soon else self._reconcile_s
