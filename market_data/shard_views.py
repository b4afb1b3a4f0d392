"""Shows a shard: batches of the markets that changed to the Selector, marks of all markets to OrderManager.

Times are monotonic seconds unless the name says otherwise.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from kalshi_client.signing_clock import SigningClock
from market_data.pacing import BatchPacing, ReportPacing
from market_data.shard_books import ShardBooks
from market_data.shard_report import ShardReport
from trading.observation import Observation
from trading.shard_marks import ShardMarks

BATCH_MARKETS: Final = 250  # decided together; the rest waits for the next credit
SOONEST_S: Final = 0.001  # of a timer


class Batch(NamedTuple):
    """The newest state of markets that changed."""

    number: int
    seen: Observation
    tape_no: int
    """All that was observed before lies in the tape's rows up to this one."""


class ShardViews:
    """The two views of one shard: when each is due, and its contents."""

    def __init__(self, books: ShardBooks, clock: SigningClock, *, incarnation: int) -> None:
        self._books = books
        self._clock = clock
        self._batches = BatchPacing()
        self._reports = ReportPacing()
        self._report = ShardReport(0, incarnation)

    @property
    def shard(self) -> int:
        """The number of the shard."""
        return self._report.shard

    def number_shard(self, shard: int) -> None:
        """The books hold other markets from now on, of the shard with this number."""
        self._report.shard = shard
        self._report.list_tickers(self._books.tickers)
        self._batches.for_markets(len(self._books.held))

    # --- batches ---------------------------------------------------------------------------------

    def next_batch(self, now: float, now_us: int) -> Batch | None:
        """The markets that are due, which counts them as shown; None before the next batch may leave."""
        if self._batches.wait_s(now) > 0:
            return None
        due = self._books.take_due(now, limit=BATCH_MARKETS)
        if not due:
            return None
        offset = self._clock.offset()
        number, seen = self._batches.sent(now), self._books.observe(due, now_us, offset)
        return Batch(number, seen, self._books.tape.batch(number, now_us, offset.guess_us))

    def batch_timer_s(self, now: float) -> float | None:
        """Seconds to set a timer to for the next batch; None when none is needed."""
        due_in_s = self._books.due_in_s(now)
        if due_in_s is None:
            return None
        wait_s = max(self._batches.wait_s(now), due_in_s, SOONEST_S)
        return wait_s if self._batches.needs_timer(wait_s, now) else None

    def batch_timer_rang(self) -> None:
        self._batches.timer_rang()

    # --- reports ---------------------------------------------------------------------------------

    def report_wait_s(self, now: float, now_us: int) -> float | None:
        """Seconds until the next report is due; None when only time or a change can make it due."""
        # A market that closes loses its book at once; what is held in it must not be worth nothing.
        self._books.block_closed(now_us, self._clock.offset())
        return self._reports.wait_s(now, self._books.trust_version)

    def next_report(self, now: float, *, trouble: str = "", is_idle: bool = False) -> ShardMarks:
        """The marks of all markets, to be sent now, and how their venue is (``ShardMarks``)."""
        self._reports.told(now, self._books.trust_version)
        books = self._books
        return self._report.observed(books.marks(), books.untradable, trouble=trouble, is_idle=is_idle)

    def repeat_tickers(self) -> None:
        """A listener missed the tickers: the next report names them."""
        self._report.repeat_tickers()

    def start_over(self) -> None:
        """A listener is new: the next report is due now and names the tickers."""
        self._reports.start_over()
        self._report.repeat_tickers()
