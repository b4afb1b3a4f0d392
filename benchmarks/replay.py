"""The speed of deciding a recorded session again, with strategy, risk and accounting, in one process.

The recording is made before anything is measured, by the parts of the live path (``recorded_session``) on the
order flow of the simulated exchange: a thousand markets, a decision on each at most every five seconds, the
orders answered, some filled; the tape is in chunks as the database keeps it. Figures are of processor time of
this process.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.claims import Result, goal, reported, same, skipped, times_faster
from benchmarks.recorded_flow import RecordedFlow, record
from benchmarks.recorded_session import RecordedSession, SessionPlan, Watcher
from kalshi_client.wire.frames import DeltaFrame
from kalshi_client.wire.messages import decode_frame
from kalshi_client.wire.numbers import level_price_e4, signed_count_e2
from kalshi_client.wire.public import TradeMessage
from persistence.tape.chunks import CHUNK_ROWS
from replay.file_recording import FileRecording
from replay.same_decisions import Replayed, replay_session
from trading.market import BookSide, Side, complement_e4
from trading.orders import Order
from trading.tape_rows import WIDTH
from trading.venue_time import TOGETHER

MARKETS: Final = 1_000
MOST_CHANGES: Final = 200_000
BATCH_US: Final = 20_000  # between two batches, as the watcher paces them
CHUNK_US: Final = 10_000_000  # of the tape, as long as the database waits for a chunk to fill
ANSWER_BATCHES: Final = 2  # until the venue has answered
RESTING: Final = 60  # orders, before the oldest is filled
# (name of the recording, changes a second, seconds of it, least changes a second when it is replayed)
RATES: Final = (("5,000/s", 5_000, 40, 300_000), ("the default rate, 500/s", 500, 120, 60_000))
_NAUTILUS: Final = "nautilus_trader 1.221 BacktestEngine"


class Change(NamedTuple):
    """Of a level of a book."""

    ticker: str
    side: Side
    price_e4: int
    change_e2: int


def hardcoded(*, quick: bool) -> Iterator[Result]:
    yield from _replayed("hardcoded", quick=quick)


def quantitative(*, quick: bool) -> Iterator[Result]:
    yield from _replayed("quantitative", quick=quick)


claims: Final[dict[str, Callable[..., Iterator[Result]]]] = {
    "hardcoded": hardcoded,
    "quantitative": quantitative,
}


def _replayed(strategy: str, *, quick: bool) -> Iterator[Result]:
    for name, rate, seconds, least in RATES:
        with tempfile.TemporaryDirectory() as folder:
            recording = recorded(
                Path(folder) / "loopback-0a1b2c3d", strategy, rate, seconds // (4 if quick else 1)
            )
            began = time.process_time()
            found = replay_session(recording)
            took_s = time.process_time() - began
        what = f"{strategy}, {MARKETS} markets at {name}"
        yield same(f"{what}: the replay is the recorded session", _as_it_was(found), "as it was")
        yield goal(f"{what}: changes replayed a second", found.changes / took_s, at_least=least)
        yield _beside_nautilus(what, rate, found.changes, took_s)
        yield reported(f"{what}: batches a second", found.batches / took_s)
        yield reported(f"{what}: decisions a second", found.decisions / took_s)
        yield reported(f"{what}: verdicts of risk a second", found.judged / took_s)


def _beside_nautilus(what: str, rate: int, changes: int, took_s: float) -> Result:
    claim = f"{what}: us of CPU a change, against {_NAUTILUS}"
    try:
        from benchmarks.comparators_backtest import backtested
    except ImportError as error:
        return skipped(claim, f"{error}; pip install -e .[bench]")
    flow = record(markets=MARKETS, changes=MOST_CHANGES)
    theirs = backtested(flow, rate=rate, changes=changes)
    line = times_faster(claim, took_s / changes * 1e6, theirs.seconds / theirs.changes * 1e6, at_least=2.0)
    return line | {"their_decisions": theirs.decisions, "their_orders": theirs.orders}


def _as_it_was(found: Replayed) -> str:
    is_same = found.equal and found.positions_equal and found.pnl_equal
    return "as it was" if is_same and not found.notes else "different"


# --- the recording -----------------------------------------------------------------------------------


def recorded(folder: Path, strategy: str, rate: int, seconds: int) -> FileRecording:
    """So many seconds of a session at so many changes a second."""
    flow = record(markets=MARKETS, changes=MOST_CHANGES)
    plan = SessionPlan(folder, {ticker: event_of(ticker) for ticker in flow.tickers}, strategy)
    session = RecordedSession(plan)
    books = session.start_watcher(0, flow.tickers)
    for ticker, connection in flow.connections().items():
        yes, no = flow.opening[ticker]
        books.held.confirm(ticker, yes, no, received_us=session.now_us, connection=connection)
    _trade(session, flow, rate, seconds)
    session.close()
    return FileRecording(folder, plan.session)


def event_of(ticker: str) -> str:
    return ticker.rpartition("-")[0]


def _trade(session: RecordedSession, flow: RecordedFlow, rate: int, seconds: int) -> None:
    watcher, account = session.watchers[0], session.account
    connections = flow.connections()
    changes, trades = iter(changes_of(flow)), 0
    waiting: list[tuple[int, list[Order]]] = []
    seqs = dict.fromkeys(connections.values(), 0)
    for batch in range(seconds * 1_000_000 // BATCH_US):
        session.wait(BATCH_US)
        now_us = session.now_us
        for change in islice(changes, rate * BATCH_US // 1_000_000):
            trades += _take(watcher, connections[change.ticker], change, trades, now_us)
            seqs[connections[change.ticker]] += 1
        for connection, seq in seqs.items():
            if seq != watcher.books.held.seqs.get(connection, 0):
                watcher.took(connection, seq, now_us)
        session.tell_account()
        if session.decide(0) is not None:
            waiting.append((batch, session.judge()))
        while waiting and waiting[0][0] <= batch - ANSWER_BATCHES:
            for order in waiting.pop(0)[1]:
                session.answer(order)
        for order in account.resting[:-RESTING]:
            account.fill(order, order.count_e2)
        account.take_facts()
        if len(watcher.books.tape.rows) >= CHUNK_ROWS * WIDTH or now_us % CHUNK_US < BATCH_US:
            session.write_tape(0)


def _take(watcher: Watcher, connection: int, change: Change, trades: int, now_us: int) -> bool:
    """A change of a book; whether a trade made it: what is taken from the best level is told as one."""
    ticker, side, price_e4, change_e2 = change
    books = watcher.books
    book = books.held.books[ticker]
    best_e4 = book.best_yes_bid_e4 if side == "yes" else book.best_no_bid_e4
    is_trade = change_e2 < 0 and price_e4 == best_e4
    if is_trade:
        yes_e4 = price_e4 if side == "yes" else complement_e4(price_e4)
        taker: BookSide = "ask" if side == "yes" else "bid"
        told = (ticker, yes_e4, -change_e2, taker)
        trade = TradeMessage(2, trades, f"t{trades}", *told, is_block_trade=False, ts_ms=now_us // 1_000)
        watcher.heard_trade(connection, trades + 1)
        books.traded(trade, TOGETHER, now_us=now_us)
    book.apply(side, price_e4, change_e2)
    books.tape.changed(book.market, side, price_e4, change_e2)
    books.held.changed.setdefault(ticker, now_us)
    return is_trade


def changes_of(flow: RecordedFlow) -> list[Change]:
    """The changes of the flow, read once."""
    found = []
    for ticker, msg in flow.changes:
        frame = decode_frame(b'{"type":"orderbook_delta","sid":1,"seq":1,"msg":%b}' % msg)
        assert isinstance(frame, DeltaFrame)
        body = frame.msg
        price_e4, change_e2 = level_price_e4(body.price_dollars), signed_count_e2(body.delta_fp)
        found.append(Change(ticker, "yes" if body.side == "yes" else "no", price_e4, change_e2))
    return found
