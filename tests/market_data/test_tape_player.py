"""A shard's recording is played into other books, which then observe the same."""

import json
from itertools import count

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_client.stream.session import BookSession
from kalshi_client.wire.public import TradeMessage
from market_data.read_books import ReadBook
from market_data.shard_books import ShardBooks
from market_data.tape_player import TapeDamaged, TapePlayer
from trading import observation
from trading import tape_rows as rows_of
from trading.book import Book
from trading.tape import TapeRecorder
from trading.tape_rows import TapePiece
from trading.venue_time import ClockOffset

TICKERS = [f"RAIN-{place}" for place in ("NYC", "LA", "BOS", "CHI")]
START_US = 1_700_000_000_000_000
SID, TRADES_SID = 1, 2


def frame(**fields):
    return json.dumps(fields).encode()


def price(price_e4):
    return f"{price_e4 / 10_000:.4f}"


class Shard:
    """Two connections, and whatever else changes the books; what was observed is kept beside its tape."""

    def __init__(self):
        self.books = ShardBooks(throttle_s=0.0)
        self.books.keep(dict.fromkeys(TICKERS[:3], START_US))
        self.sessions = [
            BookSession((), self.books.held, connection=number, with_trades=True) for number in (1, 2)
        ]
        self.now_us = START_US
        self.offset = ClockOffset(0, 0)
        self.numbers = count(1)
        self.seqs = [0, 0]
        self.pieces = []
        self.seen = []  # (tape_no, columns, what may not be traded, marks)
        self.carry()

    def carry(self):
        for place, session in enumerate(self.sessions):
            wanted = [ticker for ticker in self.books.tickers if TICKERS.index(ticker) % 2 == place]
            session.remove([ticker for ticker in session.tickers if ticker not in wanted])
            session.add([ticker for ticker in wanted if ticker not in session.tickers])

    # --- what may happen -------------------------------------------------------------------------

    def connect(self, place):
        self.sessions[place].connected()
        self.seqs[place] = 0
        for sid, channel in ((SID, "orderbook_delta"), (TRADES_SID, "trade")):
            self.hear(place, frame(type="subscribed", id=1, msg={"channel": channel, "sid": sid}))

    def disconnect(self, place):
        self.sessions[place].disconnected("disconnected")

    def hear(self, place, *frames):
        for event in self.sessions[place].receive(frames, self.now_us):
            if isinstance(event, TradeMessage):
                self.books.traded(event, self.offset, now_us=self.now_us)

    def changes(self, place, changes):
        frames = []
        for ticker, side, price_e4, contracts, jump in changes:
            self.seqs[place] += jump
            body = {
                "market_ticker": ticker,
                "price_dollars": price(price_e4),
                "delta_fp": f"{contracts}.00",
                "side": side,
            }
            frames.append(frame(type="orderbook_delta", sid=SID, seq=self.seqs[place], msg=body))
        self.hear(place, *frames)

    def snapshot(self, place, ticker, yes, no):
        self.seqs[place] += 1
        msg = {"market_ticker": ticker, "market_id": "m"} | {
            f"{side}_dollars_fp": [[price(at), f"{contracts}.00"] for at, contracts in levels.items()]
            for side, levels in (("yes", yes), ("no", no))
        }
        self.hear(place, frame(type="orderbook_snapshot", sid=SID, seq=self.seqs[place], msg=msg))

    def trades(self, place, trades):
        frames = []
        for ticker, number, price_e4, side, age_s in trades:
            body = {
                "trade_id": f"t{number}",
                "market_ticker": ticker,
                "yes_price_dollars": price(price_e4),
                "no_price_dollars": price(10_000 - price_e4),
                "count_fp": "1.00",
                "taker_book_side": side,
                "taker_outcome_side": "yes" if side == "bid" else "no",
                "is_block_trade": False,
                "ts_ms": (self.now_us - age_s * 1_000_000) // 1_000,
            }
            frames.append(frame(type="trade", sid=TRADES_SID, seq=next(self.numbers), msg=body))
        self.hear(place, *frames)

    def trades_heard(self, ticker):
        self.books.trades_heard([ticker], since_us=self.now_us)

    def keep(self, tickers, close_us):
        self.books.keep(dict.fromkeys(tickers, close_us))
        self.carry()

    def close(self, ticker, close_us):
        self.books.closes_at(ticker, close_us)

    def close_by_time(self):
        self.books.block_closed(self.now_us, self.offset)

    def stand(self, ticker, reason):
        if reason:
            self.books.block(ticker, reason)
        else:
            self.books.unblock(ticker, at_us=self.now_us)

    def cross(self, ticker, is_so):
        if is_so:
            self.books.block_crossed(ticker)
        else:
            self.books.unblock_crossed(ticker, at_us=self.now_us)

    def stop(self, reason):
        self.books.blocks.stop("clock", reason)

    def pause(self, tickers):
        self.books.blocks.close_only([ticker for ticker in tickers if ticker in self.books.held.books])

    def read(self, tickers, price_e4):
        found = {}
        for ticker in tickers:
            book = Book()
            book.replace({price_e4: 100}, {})
            found[ticker] = ReadBook(book, self.now_us)
        self.books.show_read(found, tickers, at_us=self.now_us)

    def set_clock(self, by_s, offset_us):
        self.now_us += by_s * 1_000_000
        self.offset = ClockOffset(offset_us, offset_us)

    def take(self):
        if piece := self.books.tape.take(self.now_us):
            self.pieces.append(piece)

    def observe(self, number):
        due = dict.fromkeys(self.books.tickers, 7)
        columns = observation.pack(self.books.observe(due, self.now_us, self.offset))
        tape_no = self.books.tape.batch(number, self.now_us, self.offset.guess_us)
        self.seen.append((tape_no, columns, self.books.untradable, self.books.marks()))


a_ticker = st.sampled_from(TICKERS)
some = st.lists(a_ticker, unique=True)
a_place = st.sampled_from([0, 1])
a_price = st.sampled_from([4_000, 4_500, 5_000, 5_500])
levels = st.dictionaries(a_price, st.integers(1, 9), max_size=3)
a_jump = st.sampled_from([1] * 12 + [0, 2])  # of the sequence: a repeat, a gap
a_change = st.tuples(a_ticker, st.sampled_from(["yes", "no"]), a_price, st.integers(-3, 9), a_jump)
changes = st.tuples(st.just("changes"), a_place, st.lists(a_change, min_size=1, max_size=6))
a_side, an_age = st.sampled_from(["bid", "ask"]), st.sampled_from([0, 0, 20, 400])
a_trade = st.tuples(a_ticker, st.integers(1, 9), a_price, a_side, an_age)
a_close = st.sampled_from([START_US - 5_000_000, START_US + 5_000_000, START_US + 90_000_000])
operations = st.one_of(
    st.tuples(st.just("connect"), a_place),
    st.tuples(st.just("disconnect"), a_place),
    *(changes,) * 5,
    st.tuples(st.just("snapshot"), a_place, a_ticker, levels, levels),
    st.tuples(st.just("trades"), a_place, st.lists(a_trade, min_size=1, max_size=4)),
    st.tuples(st.just("trades_heard"), a_ticker),
    st.tuples(st.just("keep"), some, a_close),
    st.tuples(st.just("close"), a_ticker, a_close),
    st.tuples(st.just("close_by_time")),
    st.tuples(st.just("stand"), a_ticker, st.sampled_from(["", "paused", "determined"])),
    st.tuples(st.just("cross"), a_ticker, st.booleans()),
    st.tuples(st.just("stop"), st.sampled_from(["", "clock_offset"])),
    st.tuples(st.just("pause"), some),
    st.tuples(st.just("read"), some, a_price),
    st.tuples(st.just("set_clock"), st.sampled_from([-3, 1, 8, 70]), st.sampled_from([0, 2_000_000])),
    st.tuples(st.just("take")),
)


def lived(happenings):
    """A shard to which all of these have happened, and was looked at after each."""
    shard = Shard()
    for place in (0, 1):
        shard.connect(place)
    for ticker in TICKERS[:3]:
        shard.snapshot(TICKERS.index(ticker) % 2, ticker, {4_000: 5}, {5_000: 5})
    for number, (what, *arguments) in enumerate(happenings, 1):
        getattr(shard, what)(*arguments)
        shard.observe(number)
    shard.take()
    return shard


@given(st.lists(operations, max_size=40))
def test_a_played_tape_observes_what_the_watcher_did_after_every_batch(happenings):
    shard = lived(happenings)

    player, pieces = TapePlayer(), iter(shard.pieces)
    piece = next(pieces, None)
    for number, (tape_no, columns, untradable, marks) in enumerate(shard.seen, 1):
        while piece.last_no < tape_no:
            player.play(piece)
            piece = next(pieces)
        player.play(piece, tape_no)

        played = player.observe(dict.fromkeys(columns["tickers"], 7))
        assert observation.pack(played) == columns
        assert player.books.untradable == untradable
        assert all(player.book(ticker) for ticker in player.books.tickers)  # so the best prices are found
        assert player.books.marks() == marks
        assert (player.batch_no, player.observed_us) == (number, columns["observed_us"])


def test_a_replay_that_looks_at_the_last_batch_alone_sees_the_same():
    """The clock of the trades goes on with each batch, also when this machine's was set back behind it."""
    trade = ("trades", 0, [(TICKERS[0], 1, 4_000, "bid", 0)])
    shard = lived([trade, ("set_clock", 70, 0), ("set_clock", -70, 0)])
    tape_no, columns, _, _ = shard.seen[-1]

    player = TapePlayer()
    for piece in shard.pieces:
        player.play(piece, tape_no)

    assert observation.pack(player.observe(dict.fromkeys(columns["tickers"], 7))) == columns


def test_rows_that_are_missing_are_not_played_over():
    shard = lived([("take",), ("stand", TICKERS[0], "paused"), ("take",), ("stand", TICKERS[0], "")])
    first, _, third = shard.pieces
    player = TapePlayer()
    player.play(first)

    with pytest.raises(TapeDamaged, match=f"rows {first.last_no + 1} to {third.first_no - 1} are missing"):
        player.play(third)


@pytest.mark.parametrize("side", ["yes", "no"])
def test_a_change_that_takes_a_level_below_nothing_is_damage(side):
    tape = TapeRecorder()
    tape.kept(TICKERS[0], 9)
    tape.showed(tape.text(TICKERS[0]), 1, {4_000: 500}, {4_000: 500})
    tape.changed(tape.text(TICKERS[0]), side, 4_000, -501)

    with pytest.raises(TapeDamaged, match=f"takes {TICKERS[0]} below nothing"):
        TapePlayer().play(tape.take(9))


def told(*rows):
    """A piece of these rows about one market that is held."""
    kept = (rows_of.KEPT, 0, 9, 0)
    kind, a, b, c = (np.array(column, np.int64) for column in zip(kept, *rows, strict=True))
    return TapePiece(1, 0, 9, kind, a, b, c, 0, (TICKERS[0],))


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([(rows_of.LEVEL_YES, 4_000, 100, 0)], id="a level of no book"),
        pytest.param([(rows_of.SNAPSHOT, 0, 1, 1)], id="a book without its level"),
        pytest.param([(rows_of.SNAPSHOT, 0, 1, 1), (rows_of.BATCH, 1, 9, 0)], id="another row for a level"),
        pytest.param([(rows_of.CHANGE_YES, 1, 4_000, 100)], id="a change of a market that is not held"),
        pytest.param([(rows_of.BOUGHT, 1, 4_000, 100)], id="a trade in a market that is not held"),
        pytest.param(
            [(rows_of.FORGOT, 0, 0, 0), (rows_of.CHANGE_NO, 0, 4_000, 1)], id="a change after its end"
        ),
        pytest.param([(rows_of.KINDS, 0, 0, 0)], id="a kind that is not known"),
        pytest.param([(-1, 0, 0, 0)], id="a kind below all"),
    ],
)
def test_rows_that_no_watcher_writes_are_damage(rows):
    with pytest.raises(TapeDamaged, match="makes no sense"):
        TapePlayer().play(told(*rows))


def test_the_best_prices_of_a_played_book_are_those_of_its_levels():
    player = TapePlayer()
    player.play(told((rows_of.CHANGE_YES, 0, 4_000, 100), (rows_of.CHANGE_NO, 0, 5_500, 100)))
    first = player.book(TICKERS[0])
    assert (first.best_yes_bid_e4, first.best_no_bid_e4) == (4_000, 5_500)
    assert player.book("SNOW-BOS") is None
