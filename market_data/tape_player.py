"""Plays a tape into the books of a shard: after the row of a batch they observe as the watcher's did."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final, cast

from kalshi_client.stream.books import TrackedBook
from market_data.market_blocks import Owner
from market_data.played_trades import PlayedTrades, TradeRow
from market_data.read_books import ReadBook
from market_data.shard_books import ShardBooks
from trading import tape_rows as rows_of
from trading.book import Book
from trading.observation import Observation
from trading.observation_batches import SeenBatch, seen_batch
from trading.tape import NoTape
from trading.tape_rows import (
    BOUGHT,
    CHANGE_NO,
    CHANGE_YES,
    READ,
    SNAPSHOT,
    SOLD,
    TOOK,
    TRADE_AT,
    TRADE_SEQ,
    TapePiece,
)
from trading.venue_time import TOGETHER, ClockOffset, VenueTimeUs

Row = tuple[int, int, int, int]


class TapeDamaged(Exception):
    """Rows are missing, or are not what a watcher writes."""


class TapePlayer:
    """The books of one watcher, as its tape tells them.

    ``left_out`` names markets whose changes were left out of the tape since their last snapshot.
    """

    def __init__(self) -> None:
        self.books = ShardBooks(throttle_s=0.0, tape=NoTape())
        self.trades = self.books.trades = PlayedTrades()
        self.played_no = 0  # the newest row that was played
        self.batch_no = 0  # the newest batch
        self.observed_us = 0  # of it
        self.clock = TOGETHER  # in it
        self.left_out: set[str] = set()
        self.events: dict[str, str] = {}  # by market
        self._texts: list[str] = []
        self._books: dict[int, TrackedBook] = {}  # by the number of the market
        self._numbers: dict[str, int] = {}  # of the markets that are held
        self._trade_us = 0  # time of the next trades
        self._read: dict[str, ReadBook] = {}
        self.books.show_read(self._read, (), at_us=0)
        self._paused: dict[str, None] = {}
        self._piece: TapePiece | None = None
        self._rows: Iterator[Row] = iter(())  # of it that are left
        self._at = 0  # number of the first of them
        self._rare: Final[Mapping[int, Callable[[int, int, int], None]]] = self._meanings()

    def play(self, piece: TapePiece, upto_no: int | None = None) -> None:
        """Play the piece's rows after the last one played, up to and with this one.

        Raises TapeDamaged for a row that no watcher writes, and where rows are missing before a piece that
        does not begin by telling everything again.
        """
        begin = self.played_no + 1 - piece.first_no
        if begin < 0:
            if not piece.begins_anew:
                raise TapeDamaged(f"rows {self.played_no + 1} to {piece.first_no - 1} are missing")
            begin = 0
            self._forget_all()
        end = len(piece.kind) if upto_no is None else min(len(piece.kind), upto_no + 1 - piece.first_no)
        if end <= begin:
            return
        self._learn_texts(piece)
        rows = self._rows_of(piece, begin)
        try:
            self._play(islice(rows, end - begin))
        except TapeDamaged:
            self._piece = None
            raise
        except (KeyError, IndexError, StopIteration, RuntimeError) as error:
            self._piece = None
            raise TapeDamaged(f"a row after {self.played_no} makes no sense: {error!r}") from error
        self.played_no = piece.first_no + end - 1
        self._at = self.played_no + 1

    def _rows_of(self, piece: TapePiece, begin: int) -> Iterator[Row]:
        """Its rows from there on; a piece that is played in parts is turned into numbers once."""
        if self._piece is not piece or self._at != piece.first_no + begin:
            columns = (column[begin:].tolist() for column in piece.columns)
            self._piece, self._rows = piece, zip(*columns, strict=True)
        return self._rows

    def observe(self, changed_us: Mapping[str, int]) -> Observation:
        """The markets of the newest batch, as the watcher showed them; ``changed_us`` is of the record."""
        return self.books.observe(changed_us, self.observed_us, self.clock)

    def see(self, changed_us: Mapping[str, int]) -> tuple[SeenBatch, list[TradeRow]]:
        """The same as it is now, to be made into an observation later (``trading.observation_batches``)."""
        markets = self.books.watched(changed_us)
        trades = self.trades.rows(changed_us, self.observed_us)
        return seen_batch(markets, self.observed_us, self.clock.guess_us), trades

    def numbers(self, tickers: Iterable[str]) -> dict[int, str]:
        """The numbers by which the rows name these markets, of those that are held."""
        numbers = ((self._numbers.get(ticker), ticker) for ticker in tickers)
        return {number: ticker for number, ticker in numbers if number is not None}

    def _learn_texts(self, piece: TapePiece) -> None:
        if piece.first_text > len(self._texts):
            raise TapeDamaged(f"names {len(self._texts)} to {piece.first_text - 1} are missing")
        self._texts[piece.first_text :] = piece.texts

    def _play(self, rows: Iterator[Row]) -> None:  # noqa: C901  one loop is what makes it fast
        books, texts, held = self._books, self._texts, self.books.held
        seqs, confirmed_us, trade_seqs = held.seqs, held.confirmed_us, held.trade_seqs
        add_trade, trade_us = self.trades.add_known, self._trade_us
        for kind, a, b, c in rows:
            if kind == CHANGE_YES:  # as ``Book.apply``, without a call
                book = books[a]
                levels = book.yes
                count_e2 = levels.get(b, 0) + c
                if count_e2 > 0:
                    levels[b] = count_e2
                    if book.best_yes_bid_e4 is None or b > book.best_yes_bid_e4:
                        book.best_yes_bid_e4 = b
                elif count_e2 == 0:
                    levels.pop(b, None)
                    if b == book.best_yes_bid_e4:
                        book.best_yes_bid_e4 = max(levels, default=None)
                else:
                    raise TapeDamaged(f"row {self.played_no + 1} or later takes {texts[a]} below nothing")
            elif kind == CHANGE_NO:
                book = books[a]
                levels = book.no
                count_e2 = levels.get(b, 0) + c
                if count_e2 > 0:
                    levels[b] = count_e2
                    if book.best_no_bid_e4 is None or b > book.best_no_bid_e4:
                        book.best_no_bid_e4 = b
                elif count_e2 == 0:
                    levels.pop(b, None)
                    if b == book.best_no_bid_e4:
                        book.best_no_bid_e4 = max(levels, default=None)
                else:
                    raise TapeDamaged(f"row {self.played_no + 1} or later takes {texts[a]} below nothing")
            elif kind == SOLD:
                add_trade(texts[a], b, c, -1, trade_us)
            elif kind == BOUGHT:
                add_trade(texts[a], b, c, 1, trade_us)
            elif kind == TOOK:
                seqs[a], confirmed_us[a] = b, c
            elif kind == TRADE_SEQ:
                trade_seqs[a] = b
            elif kind == TRADE_AT:
                self._trade_us = trade_us = a
            elif kind == SNAPSHOT:
                yes, no = _levels(rows, c)
                held.confirm(texts[a], yes, no, received_us=0, connection=b)
                self.left_out.discard(texts[a])
            elif kind == READ:
                found = Book()
                found.replace(*_levels(rows, c))
                self._read[texts[a]] = ReadBook(found, b)
            else:
                self._rare[kind](a, b, c)

    # --- rows that are rare ------------------------------------------------------------------------

    def _meanings(self) -> dict[int, Callable[[int, int, int], None]]:
        return {
            rows_of.DISTRUSTED: self._distrusted,
            rows_of.TRADES_SINCE: lambda a, b, _: self.books.trades_heard([self._texts[a]], since_us=b),
            rows_of.KEPT: self._kept,
            rows_of.CLOSES: lambda a, b, _: self.books.closes_at(self._texts[a], VenueTimeUs(b)),
            rows_of.FORGOT: self._forgot,
            rows_of.BELONGS: self._belongs,
            rows_of.BLOCKED: lambda a, b, c: self.books.blocks.block(
                cast("Owner", self._texts[b]), self._texts[a], self._texts[c]
            ),
            rows_of.LIFTED: self._lifted,
            rows_of.STOPPED: lambda a, b, _: self.books.blocks.stop(self._texts[a], self._texts[b]),
            rows_of.CLOSING_ONLY: self._closing_only,
            rows_of.UNREAD: self._unread,
            rows_of.BATCH: self._batch,
            **dict.fromkeys((rows_of.CONNECTED, rows_of.ENDED, rows_of.BEGINS, rows_of.SKIPPED), _nothing),
            rows_of.LEFT_OUT: lambda a, _, __: self.left_out.add(self._texts[a]),
        }

    def _distrusted(self, market: int, reason: int, _: int) -> None:
        self.books.held.distrust([self._texts[market]], self._texts[reason])

    def _kept(self, market: int, close_us: int, _: int) -> None:
        ticker = self._texts[market]
        self.books.hold(ticker, VenueTimeUs(close_us))
        self._books[market] = self.books.held.books[ticker]
        self._numbers[ticker] = market

    def _forgot(self, market: int, _: int, __: int) -> None:
        ticker = self._texts[market]
        self.books.forget(ticker)
        self._books.pop(market, None)
        self._numbers.pop(ticker, None)
        self._paused.pop(ticker, None)
        self.left_out.discard(ticker)
        self.events.pop(ticker, None)

    def _belongs(self, market: int, event: int, _: int) -> None:
        self.events[self._texts[market]] = self._texts[event]

    def _lifted(self, market: int, owner: int, _: int) -> None:
        self.books.blocks.lift(cast("Owner", self._texts[owner]), self._texts[market])

    def _closing_only(self, market: int, is_so: int, _: int) -> None:
        if is_so:
            self._paused[self._texts[market]] = None
        else:
            self._paused.pop(self._texts[market], None)
        self.books.blocks.close_only(self._paused)

    def _unread(self, market: int, _: int, __: int) -> None:
        self._read.pop(self._texts[market], None)

    def _batch(self, batch_no: int, observed_us: int, offset_us: int) -> None:
        self.batch_no, self.observed_us = batch_no, observed_us
        self.clock = ClockOffset(offset_us, offset_us)
        self.trades.pass_time(observed_us)

    def _forget_all(self) -> None:
        """Rows are missing, and the watcher tells all that it knows again."""
        self.books.keep({})
        self.books.blocks.allow_all()
        for known in (self.books.held.seqs, self.books.held.trade_seqs, self.books.held.confirmed_us):
            known.clear()
        for gone in (self._books, self._numbers, self._read, self._paused, self.events, self.left_out):
            gone.clear()


def _levels(rows: Iterator[Row], count: int) -> tuple[dict[int, int], dict[int, int]]:
    """Both sides of a book, from the rows that follow."""
    sides: dict[int, dict[int, int]] = {rows_of.LEVEL_YES: {}, rows_of.LEVEL_NO: {}}
    for _ in range(count):
        kind, price_e4, count_e2, _c = next(rows)
        sides[kind][price_e4] = count_e2
    return sides[rows_of.LEVEL_YES], sides[rows_of.LEVEL_NO]


def _nothing(*_: Any) -> None:
    """Tells of the connections, not of what is observed."""
