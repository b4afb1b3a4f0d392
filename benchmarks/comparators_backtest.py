"""The stream of a recorded session through nautilus_trader's BacktestEngine.

Its strategy does what ours does: it keeps the book of each market, decides on a market at most every five
seconds by a draw, and of four decisions sends one as an order that joins the best price. Its venue
matches the orders against the books; its accounts, positions and risk are those of the engine.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple

from nautilus_trader.backtest.config import BacktestEngineConfig
from nautilus_trader.backtest.engine import BacktestEngine
from nautilus_trader.config import LoggingConfig
from nautilus_trader.model.book import OrderBook
from nautilus_trader.model.currencies import USD
from nautilus_trader.model.data import BookOrder, OrderBookDelta
from nautilus_trader.model.enums import (
    AccountType,
    AssetClass,
    BookAction,
    BookType,
    OmsType,
    OrderSide,
    RecordFlag,
)
from nautilus_trader.model.identifiers import InstrumentId, Symbol, Venue
from nautilus_trader.model.instruments import BinaryOption
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.trading.strategy import Strategy

from benchmarks.recorded_flow import RecordedFlow
from kalshi_client.wire.frames import DeltaFrame
from kalshi_client.wire.messages import decode_frame
from kalshi_client.wire.numbers import level_price_e4, signed_count_e2
from strategies.hardcoded import draw
from trading.market import ONE_DOLLAR_E4

VENUE: Final = Venue("KALSHI")
THROTTLE_NS: Final = 5_000_000_000
START_NS: Final = 1_795_345_200_000_000_000
_HOLD_BELOW: Final = 2**64 * 3 // 4
_LAST: Final = RecordFlag.F_LAST


class Backtested(NamedTuple):
    """The engine's work, and its time: processor time of ``run`` alone."""

    changes: int
    decisions: int
    orders: int
    seconds: float


class Drawing(Strategy):  # type: ignore[misc]  # it ships no types
    """Decides by a draw, and joins the best price."""

    def __init__(self, instruments: Sequence[InstrumentId]) -> None:
        super().__init__()
        self.decisions = self.orders = 0
        self._books = {instrument: OrderBook(instrument, BookType.L2_MBP) for instrument in instruments}
        self._not_before: dict[InstrumentId, int] = {}
        self._numbers: dict[InstrumentId, int] = {}

    def on_start(self) -> None:
        for instrument in self._books:
            self.subscribe_order_book_deltas(instrument, book_type=BookType.L2_MBP, managed=False)

    def on_order_book_deltas(self, deltas: Any) -> None:
        instrument, now_ns = deltas.instrument_id, self.clock.timestamp_ns()
        self._books[instrument].apply_deltas(deltas)
        if now_ns < self._not_before.get(instrument, 0):
            return
        self._not_before[instrument] = now_ns + THROTTLE_NS
        self._decide(instrument)

    def _decide(self, instrument: InstrumentId) -> None:
        book = self._books[instrument]
        bid, ask = book.best_bid_price(), book.best_ask_price()
        self.decisions += 1
        number = self._numbers[instrument] = self._numbers.get(instrument, 0) + 1
        drawn = draw(7, str(instrument), number)
        if drawn < _HOLD_BELOW or bid is None or ask is None:
            return
        is_bid = drawn % 2 == 0
        order = self.order_factory.limit(
            instrument,
            OrderSide.BUY if is_bid else OrderSide.SELL,
            Quantity(2, 2),
            bid if is_bid else ask,
        )
        self.orders += 1
        self.submit_order(order)


def backtested(flow: RecordedFlow, *, rate: int, changes: int) -> Backtested:
    """So many changes of the flow at that rate."""
    engine = BacktestEngine(
        BacktestEngineConfig(logging=LoggingConfig(bypass_logging=True), run_analysis=False)
    )
    engine.add_venue(
        VENUE,
        OmsType.NETTING,
        AccountType.MARGIN,
        [Money(1_000_000, USD)],
        base_currency=USD,
        book_type=BookType.L2_MBP,
    )
    instruments = {ticker: InstrumentId(Symbol(ticker), VENUE) for ticker in flow.tickers}
    for instrument in instruments.values():
        engine.add_instrument(_option(instrument))
    engine.add_data(_deltas(flow, instruments, rate, changes))
    strategy = Drawing(list(instruments.values()))
    engine.add_strategy(strategy)
    began = time.process_time()
    engine.run()
    seconds = time.process_time() - began
    found = Backtested(changes, strategy.decisions, strategy.orders, seconds)
    engine.dispose()
    return found


def _option(instrument: InstrumentId) -> BinaryOption:
    return BinaryOption(
        instrument_id=instrument,
        raw_symbol=instrument.symbol,
        asset_class=AssetClass.ALTERNATIVE,
        currency=USD,
        price_precision=4,
        size_precision=2,
        price_increment=Price(0.0001, 4),
        size_increment=Quantity(0.01, 2),
        activation_ns=0,
        expiration_ns=START_NS * 2,
        ts_event=0,
        ts_init=0,
        maker_fee=Decimal(0),
        taker_fee=Decimal(0),
    )


def _deltas(
    flow: RecordedFlow, instruments: dict[str, InstrumentId], rate: int, changes: int
) -> list[OrderBookDelta]:
    sizes: dict[tuple[str, bool, int], int] = {}
    made = []
    for ticker, (yes, no) in flow.opening.items():
        for is_yes, levels in ((True, yes), (False, no)):
            for price_e4, count_e2 in levels.items():
                sizes[ticker, is_yes, price_e4] = count_e2
                made.append(_delta(instruments[ticker], BookAction.ADD, is_yes, price_e4, count_e2, START_NS))
    for number, (ticker, msg) in enumerate(flow.changes[:changes]):
        frame = decode_frame(b'{"type":"orderbook_delta","sid":1,"seq":1,"msg":%b}' % msg)
        assert isinstance(frame, DeltaFrame)
        is_yes, price_e4 = frame.msg.side == "yes", level_price_e4(frame.msg.price_dollars)
        level = (ticker, is_yes, price_e4)
        count_e2 = sizes[level] = sizes.get(level, 0) + signed_count_e2(frame.msg.delta_fp)
        action = BookAction.UPDATE if count_e2 else BookAction.DELETE
        at_ns = START_NS + 1 + number * 1_000_000_000 // rate
        made.append(_delta(instruments[ticker], action, is_yes, price_e4, count_e2, at_ns))
    return made


def _delta(
    instrument: InstrumentId,
    action: BookAction,
    is_yes: bool,  # noqa: FBT001
    price_e4: int,
    count_e2: int,
    at_ns: int,
) -> OrderBookDelta:
    shown_e4 = price_e4 if is_yes else ONE_DOLLAR_E4 - price_e4
    side = OrderSide.BUY if is_yes else OrderSide.SELL
    order = BookOrder(side, Price(shown_e4 / ONE_DOLLAR_E4, 4), Quantity(count_e2 / 100, 2), shown_e4)
    return OrderBookDelta(instrument, action, order, _LAST, 0, at_ns, at_ns)
