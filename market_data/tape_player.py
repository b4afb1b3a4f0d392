"""Plays a tape into the books of a shard: after the row of a batch they observe as the watcher's did."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, cast

from kalshi_client.stream.books import TrackedBook
from market_data.market_blocks import Owner
from market_data.piece_rows import PieceRows, RowsMakeNoSense, slot_of
from market_data.played_trades import PlayedTrades, Traded, TradeRow
from market_data.read_books import ReadBook
from market_data.shard_books import ShardBooks
from trading import tape_rows as rows_of
from trading.book import Book, Levels
from trading.observation import Observation
from trading.observation_batches import SeenBatch, seen_batch
from trading.tape import NoTape
from trading.tape_rows import READ, SNAPSHOT, TapePiece
from trading.venue_time import TOGETHER, ClockOffset, VenueTimeUs


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
        self._sides: dict[int, dict[int, int]] = {}  # of the books, by slot
        self._new_trades: dict[int, list[Traded]] = {}  # by the number of the market
        self._numbers: dict[str, int] = {}  # of the markets that are held
        self._trade_us = 0  # time of the next trades
        self._read: dict[str, ReadBook] = {}
        self.books.show_read(self._read, (), at_us=0)
        self._paused: dict[str, None] = {}
        self._rows: PieceRows | None = None  # of the piece that is being played
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
        try:
            self._play(self._rows_of(piece, begin), end)
        except TapeDamaged:
            self._rows = None
            raise
        except (KeyError, IndexError, RowsMakeNoSense) as error:
            self._rows = None
            raise TapeDamaged(f"a row after {self.played_no} makes no sense: {error!r}") from error
        self.played_no = piece.first_no + end - 1

    def _rows_of(self, piece: TapePiece, begin: int) -> PieceRows:
        """Its rows from there on; a piece that is played in parts is sorted once."""
        rows = self._rows
        if rows is None or rows.piece is not piece:
            self._learn_texts(piece)
            self.trades.count_many()
            rows = self._rows = PieceRows(piece, begin, self._trade_us)
            self._trade_us = rows.last_trade_us
        return rows

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

    def book(self, ticker: str) -> TrackedBook | None:
        """The market's book with its best prices, which are not kept while rows are played."""
        book = self.books.book(ticker)
        if book is not None:
            book.find_best()
        return book

    def _play(self, rows: PieceRows, end: int) -> None:
        """Play the piece up to this place."""
        for place, kind, a, b, c in rows.rare.upto(end):
            self._take(rows, place)
            if kind in (SNAPSHOT, READ):
                self._told(kind, a, b, *rows.levels(place + 1, c, end))
            else:
                self._rare[kind](a, b, c)
        self._take(rows, end)

    def _take(self, rows: PieceRows, end: int) -> None:
        """Take in what is not rare, up to this place."""
        sides = self._sides
        for slot, price_e4, change_e2 in rows.changes.upto(end):
            levels = sides[slot]
            count_e2 = levels.get(price_e4, 0) + change_e2
            if count_e2 > 0:
                levels[price_e4] = count_e2
            elif count_e2 == 0:
                levels.pop(price_e4, None)
            else:
                text = self._texts[slot // 2]
                raise TapeDamaged(f"row {self.played_no + 1} or later takes {text} below nothing")
        new = self._new_trades
        for market, trade in rows.trades.upto(end):
            new[market].append(trade)
        held = self.books.held
        for connection, seq, confirmed_us in rows.took.upto(end):
            held.seqs[connection], held.confirmed_us[connection] = seq, confirmed_us
        held.trade_seqs.update(rows.trade_seqs.upto(end))
        for at_us in rows.trade_times.upto(end):
            self.trades.newest_us = max(self.trades.newest_us, at_us)
        for batch in rows.batches.upto(end):
            self._batch(*batch)

    def _told(self, kind: int, market: int, number: int, yes: Levels, no: Levels) -> None:
        """A book was told whole: by a snapshot of this connection, or read at this time."""
        ticker = self._texts[market]
        if kind == READ:
            found = Book()
            found.replace(yes, no)
            self._read[ticker] = ReadBook(found, number)
            return
        book = self.books.held.confirm(ticker, yes, no, received_us=0, connection=number)
        if book is not None:
            self._hold(market, book)
        self.left_out.discard(ticker)

    def _hold(self, market: int, book: TrackedBook) -> None:
        self._sides[slot_of(market, is_no=False)] = book.yes
        self._sides[slot_of(market, is_no=True)] = book.no

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
            **dict.fromkeys((rows_of.CONNECTED, rows_of.ENDED, rows_of.BEGINS, rows_of.SKIPPED), _nothing),
            rows_of.LEFT_OUT: lambda a, _, __: self.left_out.add(self._texts[a]),
        }

    def _distrusted(self, market: int, reason: int, _: int) -> None:
        self.books.held.distrust([self._texts[market]], self._texts[reason])

    def _kept(self, market: int, close_us: int, _: int) -> None:
        ticker = self._texts[market]
        self.books.hold(ticker, VenueTimeUs(close_us))
        self._hold(market, self.books.held.books[ticker])
        self._new_trades[market] = self.trades.new_of(ticker)
        self._numbers[ticker] = market

    def _forgot(self, market: int, _: int, __: int) -> None:
        ticker = self._texts[market]
        self.books.forget(ticker)
        for of_market in (slot_of(market, is_no=False), slot_of(market, is_no=True)):
            self._sides.pop(of_market, None)
        self._new_trades.pop(market, None)
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
        for gone in (
            self._sides,
            self._new_trades,
            self._numbers,
            self._read,
            self._paused,
            self.events,
            self.left_out,
        ):
            gone.clear()


def _nothing(*_: Any) -> None:
    """Tells of the connections, not of what is observed."""
