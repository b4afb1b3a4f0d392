"""From frames to books with nautilus_trader's OrderBook, fed by our own decoder.

Tuned: what can be made once is made once (prices, quantities, instrument ids, local names). The venue
sends changes and nautilus wants the new size of a level, so the sizes are kept beside it.
"""

from __future__ import annotations

from collections.abc import Sequence

from nautilus_trader.model.book import OrderBook
from nautilus_trader.model.data import BookOrder, OrderBookDelta
from nautilus_trader.model.enums import BookAction, BookType, OrderSide
from nautilus_trader.model.identifiers import InstrumentId
from nautilus_trader.model.objects import Price, Quantity

from benchmarks.recorded_flow import Sides
from kalshi_client.wire.frames import DeltaFrame, SnapshotFrame, levels
from kalshi_client.wire.messages import decode_frame
from kalshi_client.wire.numbers import level_price_e4, signed_count_e2
from trading.market import ONE_DOLLAR_E4


class _Prices(dict[int, Price]):
    def __missing__(self, price_e4: int) -> Price:
        price = self[price_e4] = Price(price_e4 / ONE_DOLLAR_E4, 4)
        return price


class _Quantities(dict[int, Quantity]):
    def __missing__(self, count_e2: int) -> Quantity:
        quantity = self[count_e2] = Quantity(count_e2 / 100, 2)
        return quantity


class _Market:
    """One book in YES terms, and what has to be remembered to feed it."""

    __slots__ = ("book", "instrument", "no", "yes")

    def __init__(self, ticker: str) -> None:
        self.instrument = InstrumentId.from_str(f"{ticker}.KALSHI")
        self.book = OrderBook(self.instrument, BookType.L2_MBP)
        self.yes: dict[int, int] = {}
        self.no: dict[int, int] = {}


class NautilusBooks:
    """An L2 OrderBook a market."""

    def __init__(self) -> None:
        self._markets: dict[str, _Market] = {}
        self._prices = _Prices()
        self._quantities = _Quantities()

    def take(self, _connection: int, frames: Sequence[bytes]) -> None:
        decode, price_of, change_of = decode_frame, level_price_e4, signed_count_e2
        markets, prices, quantities = self._markets, self._prices, self._quantities
        update, delete, buy, sell = BookAction.UPDATE, BookAction.DELETE, OrderSide.BUY, OrderSide.SELL
        for data in frames:
            frame = decode(data)
            if type(frame) is DeltaFrame:
                body = frame.msg
                market = markets[body.market_ticker]
                price_e4 = price_of(body.price_dollars)
                if body.side == "yes":
                    sizes, side, shown_e4 = market.yes, buy, price_e4
                else:
                    sizes, side, shown_e4 = market.no, sell, ONE_DOLLAR_E4 - price_e4
                count_e2 = sizes[price_e4] = sizes.get(price_e4, 0) + change_of(body.delta_fp)
                order = BookOrder(side, prices[shown_e4], quantities[count_e2], shown_e4)
                action = update if count_e2 else delete
                at_ns = (body.ts_ms or 0) * 1_000_000
                changed = OrderBookDelta(market.instrument, action, order, 0, frame.seq, at_ns, at_ns)
                market.book.apply_delta(changed)
                market.book.best_bid_price()
                market.book.best_ask_price()
            elif type(frame) is SnapshotFrame:
                self._open(frame)

    def _open(self, frame: SnapshotFrame) -> None:
        body = frame.msg
        market = self._markets[body.market_ticker] = _Market(body.market_ticker)
        market.yes, market.no = levels(body.yes_dollars_fp), levels(body.no_dollars_fp)
        sides = ((market.yes, OrderSide.BUY), (market.no, OrderSide.SELL))
        for sizes, side in sides:
            for price_e4, count_e2 in sizes.items():
                shown_e4 = price_e4 if side == OrderSide.BUY else ONE_DOLLAR_E4 - price_e4
                order = BookOrder(side, self._prices[shown_e4], self._quantities[count_e2], shown_e4)
                added = OrderBookDelta(market.instrument, BookAction.ADD, order, 0, frame.seq, 0, 0)
                market.book.apply_delta(added)

    def books(self) -> dict[str, Sides]:
        """The books that nautilus holds, not those that were remembered to feed it."""
        return {
            ticker: (
                {_price_e4(level.price): _count_e2(level.size()) for level in market.book.bids()},
                {
                    ONE_DOLLAR_E4 - _price_e4(level.price): _count_e2(level.size())
                    for level in market.book.asks()
                },
            )
            for ticker, market in self._markets.items()
        }


def _price_e4(price: Price) -> int:
    return round(float(price) * ONE_DOLLAR_E4)


def _count_e2(size: float) -> int:
    return round(size * 100)
