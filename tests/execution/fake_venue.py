"""A venue of one account in memory: the reads and writes of ``RestClient`` that the actors use."""

from collections import deque
from typing import Any

import msgspec

from kalshi_client.errors import NotFound
from kalshi_client.rest.archive_reads import ArchiveReads
from kalshi_client.rest.calls import ANY_TIME, Between
from kalshi_client.rest.outcomes import CancelResult, CreateOrder, SendResult
from kalshi_client.wire.exchange import HistoricalCutoff
from kalshi_client.wire.records import Balance, Settlement
from kalshi_client.wire.values import FillMessage, OrderMessage
from trading.events import PositionAt
from trading.scope import PRIMARY
from trading.venue_time import ClockOffset

TICKER = "RAIN-NYC"
LOST = SendResult("unknown", code="no_answer")


def order_message(**changes: Any) -> OrderMessage:
    known: dict[str, Any] = {
        "order_id": "venue-order-1",
        "client_order_id": "",
        "ticker": TICKER,
        "exchange_index": 0,
        "side": "bid",
        "price_e4": 4_000,
        "status": "resting",
        "initial_e2": 1_000,
        "fill_e2": 0,
        "remaining_e2": 1_000,
        "reason": "",
        "expiration_ms": None,
        "ts_ms": 1,
    }
    return OrderMessage(**(known | changes))


def fill_message(trade_id: str = "t1", **changes: Any) -> FillMessage:
    known: dict[str, Any] = {
        "trade_id": trade_id,
        "order_id": "venue-order-1",
        "client_order_id": "",
        "ticker": TICKER,
        "exchange_index": 0,
        "side": "bid",
        "price_e4": 4_000,
        "count_e2": 400,
        "fee_e6": 67_200,
        "is_taker": True,
        "post_position_e2": None,
        "ts_ms": 1,
    }
    return FillMessage(**(known | changes))


class FakeVenue(ArchiveReads):
    """Rests what it is sent, unless ``sends`` and ``cancels`` hold another fate for the next one.

    What it has to call its archive is in no live list; reads of both are those of ``RestClient``.
    Whatever is asked of it must name the primary subaccount, where the request can; what it is told to
    hold of others it lists all the same.
    """

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.received: list[str] = []  # client_order_id of every order that reached it
        self.now_us = 0  # freshness of its reads
        self.clock = ClockOffset(0, 0)
        self.resting: dict[str, OrderMessage] = {}  # by order_id, as are the ended
        self.ended: dict[str, OrderMessage] = {}
        self.fills_made: list[FillMessage] = []
        self.archived_before_s = 0
        self.archived_orders: dict[str, OrderMessage] = {}  # by order_id
        self.archived_fills: list[FillMessage] = []
        self.archived_positions: list[PositionAt] = []
        self.settled: list[Settlement] = []
        self.held: list[PositionAt] = []
        self.listed: dict[str, Any] = {}  # markets by ticker, as a listing has them
        self.found: dict[str, Any] = {}  # as they are now, the archive included
        self.sends: deque[str | SendResult | Exception] = deque()
        self.cancels: deque[CancelResult | Exception] = deque()

    def clock_offset(self) -> ClockOffset:
        return self.clock

    # --- writes ----------------------------------------------------------------------------------

    def create_order(self, order: CreateOrder) -> SendResult:
        """Next fate: an answer or exception without an order, or ``"answer lost"`` with one."""
        self.calls.append("create_order")
        fate = self.sends.popleft() if self.sends else "placed"
        if isinstance(fate, Exception):
            raise fate
        if isinstance(fate, SendResult):
            return fate
        self.received.append(order.client_order_id)
        order_id = f"venue-{order.client_order_id}"
        self.resting[order_id] = order_message(
            order_id=order_id,
            client_order_id=order.client_order_id,
            ticker=order.ticker,
            side=order.side,
            price_e4=order.price_e4,
            initial_e2=order.count_e2,
            remaining_e2=order.count_e2,
        )
        if fate == "answer lost":
            return LOST
        return SendResult("accepted", order_id, fill_count_e2=0, remaining_e2=order.count_e2)

    def cancel_order(
        self, order_id: str, _market_ticker: str, _exchange_index: int, *, subaccount: int
    ) -> CancelResult:
        assert subaccount == PRIMARY
        self.calls.append(f"cancel {order_id}")
        if self.cancels:
            fate = self.cancels.popleft()
            if isinstance(fate, Exception):
                raise fate
            return fate
        if order_id not in self.resting:
            return CancelResult("rejected", code="not_found")
        reduced_by_e2 = self.resting[order_id].remaining_e2
        self.end(order_id)
        return CancelResult("canceled", reduced_by_e2)

    def end(self, order_id: str, status: str = "canceled") -> None:
        """Somebody else ends it, or its time does."""
        self.change(order_id, status=status, remaining_e2=0)
        self.ended[order_id] = self.resting.pop(order_id)

    def change(self, order_id: str, **changes: Any) -> None:
        """Somebody else amends it."""
        order = self.resting[order_id]
        self.resting[order_id] = msgspec.structs.replace(order, ts_ms=order.ts_ms + 1, **changes)

    # --- reads -----------------------------------------------------------------------------------

    def user_data_timestamp(self) -> int:
        self.calls.append("user_data_timestamp")
        return self.now_us

    def orders(
        self, *, status: str = "", ticker: str = "", subaccount: int, **_times: Any
    ) -> list[OrderMessage]:
        assert subaccount == PRIMARY
        self.calls.append("orders")
        known = [*self.resting.values(), *self.ended.values()]
        return [o for o in known if ticker in ("", o.ticker) and status in ("", o.status)]

    def historical_cutoff(self) -> HistoricalCutoff:
        self.calls.append("cutoff")
        return HistoricalCutoff(*[self.archived_before_s * 1_000_000] * 4)

    def historical_orders(
        self, *, ticker: str = "", at: Between = ANY_TIME, status: str = "", subaccount: int
    ) -> list[OrderMessage]:
        assert (at, status, subaccount) == (ANY_TIME, "", PRIMARY)
        self.calls.append("archived orders")
        return [order for order in self.archived_orders.values() if ticker in ("", order.ticker)]

    def historical_fills(
        self, *, ticker: str = "", order_id: str = "", at: Between = ANY_TIME, subaccount: int
    ) -> list[FillMessage]:
        assert (ticker, subaccount) == ("", PRIMARY)
        self.calls.append("archived fills")
        return _fills_in(self.archived_fills, order_id, at.first_s)

    def historical_positions(
        self, *, ticker: str = "", event_ticker: str = "", subaccount: int
    ) -> list[PositionAt]:
        assert (event_ticker, subaccount) == ("", PRIMARY)
        self.calls.append(f"archived positions {ticker}".strip())
        return [at for at in self.archived_positions if ticker in ("", at.ticker)]

    def order(self, order_id: str) -> OrderMessage:
        self.calls.append(f"order {order_id}")
        known = self.resting | self.ended
        if order_id not in known:
            raise NotFound(f"GET order {order_id}", 404, "not_found")
        return known[order_id]

    def fills(
        self, *, min_ts_s: int | None = None, order_id: str = "", subaccount: int, **_filters: Any
    ) -> list[FillMessage]:
        assert subaccount == PRIMARY
        self.calls.append("fills")
        return _fills_in(self.fills_made, order_id, min_ts_s)

    def settlements(self, *, min_ts_s: int, subaccount: int) -> list[Settlement]:
        assert subaccount == PRIMARY
        self.calls.append(f"settlements since {min_ts_s}")
        return list(self.settled)

    def markets(self, *, tickers: list[str]) -> list[Any]:
        self.calls.append(f"markets {' '.join(tickers)}")
        return [market for market in self.listed.values() if market.ticker in tickers]

    def find_market(self, ticker: str) -> Any:
        self.calls.append(f"market {ticker}")
        if ticker not in self.found:
            raise NotFound(f"GET market {ticker}", 404, "market_not_found")
        return self.found[ticker]

    def positions(self, *, subaccount: int) -> list[PositionAt]:
        assert subaccount == PRIMARY
        self.calls.append("positions")
        return list(self.held)

    def balance(self, *, subaccount: int) -> Balance:
        assert subaccount == PRIMARY
        self.calls.append("balance")
        return Balance({0: 5_000_000}, portfolio_value_e6=0, updated_us=0)


def _fills_in(fills: list[FillMessage], order_id: str, first_s: int | None) -> list[FillMessage]:
    asked_ms = 1000 * (first_s or 0)
    return [fill for fill in fills if fill.ts_ms >= asked_ms and order_id in ("", fill.order_id)]
