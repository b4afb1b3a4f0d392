"""The markets of a shard: which may be traded, which changed, and which may be shown.

A market may be traded when its book is whole (``stream.books``) and nothing else speaks against it,
like a pause. A market that changed is *due* when its throttle has passed. Values in, values out:
the actor around it owns sockets and clocks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from kalshi_client.stream.books import BookSet, TrackedBook
from kalshi_client.wire.public import TradeMessage
from market_data.due_markets import DueMarkets
from market_data.market_blocks import CROSSED, MarketBlocks
from market_data.market_closes import MarketCloses
from market_data.read_books import ReadBook, ShownReads
from trading.book import Book
from trading.observation import Observation, WatchedMarket, observe
from trading.shard_marks import CLOSING_ONLY, DEGRADED
from trading.tape import TapeRecorder
from trading.trade_flow import TradeFlow
from trading.venue_time import ClockOffset, VenueTimeUs


class ShardBooks:
    """The markets of one shard; times are monotonic seconds unless the name says otherwise.

    All that changes what is observed, or what may be traded, is written to ``tape``.
    """

    def __init__(self, *, throttle_s: float, tape: TapeRecorder | None = None) -> None:
        self.tape = tape or TapeRecorder()
        self.held = BookSet(tape=self.tape)
        self.trades = TradeFlow()
        self.blocks = MarketBlocks(self.tape)
        self.reads = ShownReads(self.tape)
        self._closes = MarketCloses()
        self.events: Mapping[str, str] = {}  # by market
        self._due = DueMarkets(throttle_s)

    # --- which markets ---------------------------------------------------------------------------

    @property
    def tickers(self) -> list[str]:
        return list(self.held.books)

    @property
    def closes_us(self) -> Mapping[str, VenueTimeUs]:
        """When each of them closes."""
        return self._closes.at_us

    def keep(self, closes_us: Mapping[str, VenueTimeUs]) -> None:
        """Hold exactly these markets; what is known of those that stay is kept."""
        for ticker in [ticker for ticker in self.held.books if ticker not in closes_us]:
            self.forget(ticker)
        for ticker, close_us in closes_us.items():
            if ticker in self._closes.at_us:
                self.closes_at(ticker, close_us)
            else:
                self.hold(ticker, close_us)
        self._closes.in_order_of(closes_us)

    def belong(self, events: Mapping[str, str]) -> None:
        """Each of these markets is of the event that is named with it."""
        for ticker, event in events.items():
            if self.events.get(ticker) != event:
                self.tape.belongs(ticker, event)
        self.events = dict(events)

    def hold(self, ticker: str, close_us: VenueTimeUs) -> None:
        """Hold one more market."""
        self.tape.kept(ticker, close_us)
        self.held.add(ticker)
        self._closes.hold(ticker, close_us)

    def forget(self, ticker: str) -> None:
        """Hold a market no more."""
        self.tape.forgot(ticker)
        self.held.remove(ticker)
        self._closes.forget(ticker)
        self.trades.forget(ticker)
        self.blocks.forget(ticker)
        self._due.forget(ticker)

    def closes_at(self, ticker: str, close_us: VenueTimeUs) -> None:
        """The market's closing time changed."""
        before_us = self._closes.at_us.get(ticker)
        if before_us is None:
            return
        if before_us != close_us:
            self.tape.closes(ticker, close_us)
        self._closes.hold(ticker, close_us)

    # --- which may be traded ---------------------------------------------------------------------

    def book(self, ticker: str) -> TrackedBook | None:
        return self.held.books.get(ticker)

    @property
    def blocked(self) -> dict[str, str]:
        """Why a market may not be traded although its book may be whole, by ticker."""
        return self.blocks.reasons

    @property
    def stopped(self) -> str:
        """Why none of the markets may be traded, whatever is known of each; "" while they may."""
        return self.blocks.stopped

    @property
    def untradable(self) -> dict[str, str]:
        """Why, by ticker; an untrusted book says it first. Some of the reasons let a position be closed."""
        if self.stopped:
            return dict.fromkeys(self.held.books, self.stopped)
        found = self.blocks.closing_only | self.blocked | self.held.untrusted
        return found | dict.fromkeys(self.degraded, DEGRADED)

    @property
    def degraded(self) -> list[str]:
        """Markets whose books are read now and then, because no stream tells of them."""
        return [t for t in self.reads.books if t in self.held.untrusted and t not in self.blocked]

    @property
    def live(self) -> int:
        """The number that may be traded, and not only closed."""
        return len(self.held) - len(self.untradable)

    @property
    def trust_version(self) -> int:
        """Rises with every change of what may be traded."""
        return self.held.trust_version + self.blocks.version + self.reads.version

    def block(self, ticker: str, reason: str) -> None:
        """Trading stops because of how the market stands, whatever the book says."""
        self._closes.told(ticker)
        if ticker in self.held.books:
            self.blocks.block("standing", ticker, reason)

    def unblock(self, ticker: str, *, at_us: int) -> None:
        """The market trades again, and what the book is now counts as a change."""
        self._closes.told(ticker)
        if self.blocks.has("standing", ticker):
            self._closes.look_again()  # its close may have come meanwhile
            if self.blocks.lift("standing", ticker):
                self.held.changed.setdefault(ticker, at_us)

    def block_crossed(self, ticker: str) -> None:
        """The book stays crossed: it is not traded, however the market stands."""
        if ticker in self.held.books:
            self.blocks.block("crossed", ticker, CROSSED)

    def unblock_crossed(self, ticker: str, *, at_us: int) -> None:
        """The book is crossed no more."""
        if self.blocks.lift("crossed", ticker):
            self.held.changed.setdefault(ticker, at_us)

    def show_read(self, read: Mapping[str, ReadBook], changed: Iterable[str], *, at_us: int) -> None:
        """These books are read now, and no others; ``changed``: those that are other than before."""
        self.reads.show(read)
        for ticker in changed:
            if ticker in self.held.untrusted:
                self.held.changed.setdefault(ticker, at_us)

    def block_closed(self, now_us: int, clock: ClockOffset) -> None:
        """Markets whose time has come by the venue's clock are not traded."""
        passed, put_off = self._closes.look(clock.to_venue_us(now_us))
        for ticker in passed:
            if not self.blocks.has("standing", ticker):
                self.block(ticker, "closed")
                self._closes.closed_by_time(ticker)
        for ticker in put_off:
            self.unblock(ticker, at_us=now_us)

    # --- which are shown -------------------------------------------------------------------------

    def take_due(self, now: float, *, limit: int) -> dict[str, int]:
        """Markets that changed and may be shown, the longest waiting first, with the time of the
        first change (epoch microseconds); they are due once."""
        self._due.sort(self.held.changed, now)
        return {} if self.stopped else self._due.take(now, self._is_shown, limit=limit)

    def due_in_s(self, now: float) -> float | None:
        """Seconds until something may be shown; None while nothing waits."""
        self._due.sort(self.held.changed, now)
        return None if self.stopped else self._due.in_s(now, self._is_shown)

    def _is_shown(self, ticker: str) -> bool:
        """Whether its book is known, and how it stands forbids nothing."""
        is_known = ticker not in self.held.untrusted or ticker in self.reads.books
        return is_known and ticker not in self.blocked

    def trades_heard(self, tickers: Iterable[str], *, since_us: int) -> None:
        """From now on every public trade of these markets is taken in; before, some were missed."""
        heard = list(tickers)
        self.trades.watch(heard, since_us)
        for ticker in heard:
            self.tape.trades_heard(ticker, since_us)

    def traded(self, trade: TradeMessage, clock: ClockOffset, *, now_us: int) -> None:
        """Take in a public trade. What was agreed outside the book has no taker."""
        if trade.ticker in self.held.books and not trade.is_block_trade:
            at_us = min(clock.to_local_us(VenueTimeUs(trade.ts_ms * 1000)), now_us)
            if self.trades.add(
                trade.ticker,
                trade_id=trade.trade_id,
                price_e4=trade.price_e4,
                count_e2=trade.count_e2,
                taker_side=trade.taker_side,
                at_us=at_us,
            ):
                self.tape.traded(trade.ticker, trade.taker_side, trade.price_e4, trade.count_e2, at_us)

    def observe(self, due: Mapping[str, int], observed_us: int, clock: ClockOffset) -> Observation:
        """The newest state of these markets; ``due`` is what ``take_due`` answered."""
        return observe(self.watched(due), observed_us, self.trades, clock=clock)

    def watched(self, due: Mapping[str, int]) -> list[WatchedMarket]:
        """These markets with their books, which go on changing."""
        return [self._watched(ticker, changed_us) for ticker, changed_us in due.items()]

    def _watched(self, ticker: str, changed_us: int) -> WatchedMarket:
        held, close_us = self.held, self._closes.at_us[ticker]
        if (read := self.read_book(ticker)) is not None:
            return WatchedMarket(ticker, read.book, 0, 0, close_us, changed_us, read.read_us)  # of no stream
        book = held.books[ticker]
        return WatchedMarket(
            ticker,
            book,
            book.connection,
            held.seqs.get(book.connection, 0),
            close_us,
            changed_us,
            held.confirmed_us.get(book.connection, 0),
            held.trade_seqs.get(book.connection, 0),
        )

    def read_book(self, ticker: str) -> ReadBook | None:
        """The book that was read in place of an untrusted one; None where a stream tells it, or nobody."""
        return self.reads.books.get(ticker) if ticker in self.held.untrusted else None

    def marks(self) -> bytes:
        """Best YES and NO bid of every market as int32 pairs, 0 for none or if its book is not known."""
        books = self._shown()
        marks = np.zeros((len(books), 2), "<i4")
        marks[:, 0] = [book.best_yes_bid_e4 or 0 for book in books.values()]
        marks[:, 1] = [book.best_no_bid_e4 or 0 for book in books.values()]
        if hidden := {ticker for ticker, why in self.untradable.items() if why not in CLOSING_ONLY}:
            marks[[ticker in hidden for ticker in books]] = 0
        return marks.tobytes()

    def _shown(self) -> dict[str, Book]:
        """Every book, those that were read in the place of untrusted ones."""
        read = {ticker: self.reads.books[ticker].book for ticker in self.degraded}
        return {**self.held.books, **read}
