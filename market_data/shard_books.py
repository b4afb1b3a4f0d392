"""The markets of a shard: which may be traded, which changed, and which may be shown.

A market may be traded when its book is whole (``stream.books``) and nothing else speaks against it,
like a pause. A market that changed is *due* when its throttle has passed. Values in, values out:
the actor around it owns sockets and clocks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import numpy as np

from kalshi_client.stream.books import BookSet, TrackedBook
from kalshi_client.wire.public import TradeMessage
from trading.observation import Observation, WatchedMarket, observe
from trading.trade_flow import TradeFlow
from trading.venue_time import BEFORE_ALL, ClockOffset, VenueTimeUs

CROSSED: Final = "crossed"


class ShardBooks:
    """The markets of one shard; times are monotonic seconds unless the name says otherwise."""

    def __init__(self, *, throttle_s: float) -> None:
        self.held = BookSet()
        self._trades = TradeFlow()
        self.blocked: dict[str, str] = {}
        """Why a market may not be traded although its book may be whole, by ticker."""
        self._standing: dict[str, str] = {}  # of these, those that the market itself gives
        self._crossed: set[str] = set()
        self.stopped = ""
        """Why none of the markets may be traded, whatever is known of each; "" while they may."""
        self._blocks = 0
        self._throttle_s = throttle_s
        self._closes_us: dict[str, VenueTimeUs] = {}
        self._next_close_us = BEFORE_ALL  # nothing closes before
        self._past_close: set[str] = set()  # blocked because their time has come, not by a word of the venue
        # Changed and not shown, with the time of the first change (epoch microseconds):
        self._ready: dict[str, int] = {}  # may be shown, the longest waiting first
        self._held_back: dict[str, int] = {}  # inside their throttle
        # Shown less than a throttle ago, with the end of it, the soonest first.
        self._throttled: dict[str, float] = {}

    # --- which markets ---------------------------------------------------------------------------

    @property
    def tickers(self) -> list[str]:
        return list(self.held.books)

    def keep(self, closes_us: Mapping[str, VenueTimeUs]) -> None:
        """Hold exactly these markets; what is known of those that stay is kept."""
        for ticker in self.held.books.keys() - closes_us.keys():
            self.held.remove(ticker)
            self._trades.forget(ticker)
            for known in (self._ready, self._held_back, self._throttled, self._standing, self.blocked):
                known.pop(ticker, None)
            self._past_close.discard(ticker)
            self._crossed.discard(ticker)
        for ticker in closes_us:
            self.held.add(ticker)
        self._closes_us = dict(closes_us)
        self._next_close_us = BEFORE_ALL  # look at all of them the next time

    def closes_at(self, ticker: str, close_us: VenueTimeUs) -> None:
        """The market's closing time changed."""
        if ticker in self._closes_us:
            self._closes_us[ticker] = close_us
            self._next_close_us = BEFORE_ALL

    # --- which may be traded ---------------------------------------------------------------------

    def book(self, ticker: str) -> TrackedBook | None:
        return self.held.books.get(ticker)

    @property
    def untradable(self) -> dict[str, str]:
        """Why, by ticker; a doubtful book says it first."""
        if self.stopped:
            return dict.fromkeys(self.held.books, self.stopped)
        return self.blocked | self.held.untrusted

    @property
    def live(self) -> int:
        return len(self.held) - len(self.untradable)

    @property
    def trust_version(self) -> int:
        """Rises with every change of what may be traded."""
        return self.held.trust_version + self._blocks

    def stop(self, reason: str) -> None:
        """Trade none of the markets from now on; "" for those again that nothing else speaks against."""
        if reason != self.stopped:
            self.stopped = reason
            self._blocks += 1

    def block(self, ticker: str, reason: str) -> None:
        """Trading stops because of how the market stands, whatever the book says."""
        self._past_close.discard(ticker)
        if ticker in self.held.books:
            self._standing[ticker] = reason
            self._settle_block(ticker)

    def unblock(self, ticker: str, *, at_us: int) -> None:
        """The market trades again, and what the book is now counts as a change."""
        self._past_close.discard(ticker)
        if self._standing.pop(ticker, None) is not None:
            self._next_close_us = BEFORE_ALL  # its close may have come meanwhile
            self._settle_block(ticker, at_us=at_us)

    def block_crossed(self, ticker: str) -> None:
        """The book stays crossed: it is not traded, however the market stands."""
        if ticker in self.held.books:
            self._crossed.add(ticker)
            self._settle_block(ticker)

    def unblock_crossed(self, ticker: str, *, at_us: int) -> None:
        """The book is crossed no more."""
        if ticker in self._crossed:
            self._crossed.discard(ticker)
            self._settle_block(ticker, at_us=at_us)

    def _settle_block(self, ticker: str, *, at_us: int = 0) -> None:
        """Each of the two reasons is lifted by its owner alone; the market's own is told first."""
        reason = self._standing.get(ticker) or (CROSSED if ticker in self._crossed else "")
        if self.blocked.get(ticker, "") == reason:
            return
        self._blocks += 1
        if reason:
            self.blocked[ticker] = reason
        else:
            del self.blocked[ticker]
            self.held.changed.setdefault(ticker, at_us)

    def block_closed(self, now_us: int, clock: ClockOffset) -> None:
        """No message marks the moment at which a market closes (protocol 7.4), by the venue's clock."""
        venue_us = clock.to_venue_us(now_us)
        if venue_us < self._next_close_us:
            return
        still_open = (close_us for close_us in self._closes_us.values() if close_us > venue_us)
        self._next_close_us = min(still_open, default=venue_us)
        for ticker, close_us in self._closes_us.items():
            if close_us <= venue_us:
                if ticker not in self._standing:
                    self.block(ticker, "closed")
                    self._past_close.add(ticker)
            elif ticker in self._past_close:
                self.unblock(ticker, at_us=now_us)  # its close was put off

    # --- which are shown -------------------------------------------------------------------------

    def take_due(self, now: float, *, limit: int) -> dict[str, int]:
        """Markets that changed and may be shown, the longest waiting first, with the time of the
        first change (epoch microseconds); they are due once."""
        self._sort(now)
        due: dict[str, int] = {}
        untrusted, blocked = self.held.untrusted, self.blocked
        while self._ready and len(due) < limit and not self.stopped:
            ticker = next(iter(self._ready))
            changed_us = self._ready.pop(ticker)
            if ticker not in untrusted and ticker not in blocked:  # else: its return is a change
                due[ticker] = changed_us
                self._throttled[ticker] = now + self._throttle_s
        return due

    def due_in_s(self, now: float) -> float | None:
        """Seconds until something may be shown; None while nothing waits."""
        self._sort(now)
        if self.stopped:
            return None
        untrusted, blocked = self.held.untrusted, self.blocked
        for ticker in [*self._ready]:
            if ticker not in untrusted and ticker not in blocked:
                return 0.0
            del self._ready[ticker]  # its return is a change
        ends = (
            end
            for ticker, end in self._throttled.items()
            if ticker in self._held_back and ticker not in untrusted and ticker not in blocked
        )
        end = next(ends, None)
        return None if end is None else end - now

    def _sort(self, now: float) -> None:
        """What changed is ready or held back; a throttle that is over holds nothing back."""
        changed, throttled = self.held.changed, self._throttled
        while throttled:
            ticker, end = next(iter(throttled.items()))
            if end > now:
                break
            del throttled[ticker]
            if ticker in self._held_back:
                self._ready.setdefault(ticker, self._held_back.pop(ticker))
        for ticker, changed_us in changed.items():
            waiting = self._held_back if ticker in throttled else self._ready
            waiting.setdefault(ticker, changed_us)
        changed.clear()

    def trades_heard(self, tickers: Iterable[str], *, since_us: int) -> None:
        """From now on every public trade of these markets is taken in; before, some were missed."""
        self._trades.watch(tickers, since_us)

    def traded(self, trade: TradeMessage, clock: ClockOffset, *, now_us: int) -> None:
        """Take in a public trade. What was agreed outside the book has no taker."""
        if trade.ticker in self.held.books and not trade.is_block_trade:
            self._trades.add(
                trade.ticker,
                trade_id=trade.trade_id,
                price_e4=trade.price_e4,
                count_e2=trade.count_e2,
                taker_side=trade.taker_side,
                at_us=min(clock.to_local_us(VenueTimeUs(trade.ts_ms * 1000)), now_us),
            )

    def observe(self, due: Mapping[str, int], observed_us: int, clock: ClockOffset) -> Observation:
        """The newest state of these markets; ``due`` is what ``take_due`` answered."""
        return observe(
            [self._watched(ticker, changed_us) for ticker, changed_us in due.items()],
            observed_us,
            self._trades,
            clock=clock,
        )

    def _watched(self, ticker: str, changed_us: int) -> WatchedMarket:
        held = self.held
        book = held.books[ticker]
        return WatchedMarket(
            ticker,
            book,
            book.connection,
            held.seqs.get(book.connection, 0),
            self._closes_us[ticker],
            changed_us,
            held.confirmed_us.get(book.connection, 0),
            held.trade_seqs.get(book.connection, 0),
        )

    def marks(self) -> bytes:
        """Best YES and NO bid of every market as int32 pairs, 0 for none or if it may not be traded."""
        books = self.held.books
        marks = np.zeros((len(books), 2), "<i4")
        marks[:, 0] = [book.best_yes_bid_e4 or 0 for book in books.values()]
        marks[:, 1] = [book.best_no_bid_e4 or 0 for book in books.values()]
        if untradable := self.untradable:
            marks[[ticker in untradable for ticker in books]] = 0
        return marks.tobytes()

    def crossed(self) -> set[str]:
        """Markets whose best bids would trade with each other, which no venue lets stand."""
        untrusted = self.held.untrusted
        return {
            ticker for ticker, book in self.held.books.items() if book.is_crossed and ticker not in untrusted
        }

    def state(self, ticker: str) -> dict[str, Any]:
        """A book as the page shows it, whole. Raises KeyError for one that is not held."""
        book, reason = self.held.books[ticker], self.untradable.get(ticker, "")
        return {
            "ticker": ticker,
            "tradable": not reason,
            "reason": reason,
            "connection": book.connection,
            "seq": self.held.seqs.get(book.connection, 0),
            "yes": [list(level) for level in book.levels("yes", len(book.yes))],
            "no": [list(level) for level in book.levels("no", len(book.no))],
        }

    def lines(self) -> Iterator[str]:
        """Every level of every book, as the hash of all books wants them."""
        return self.held.lines()
