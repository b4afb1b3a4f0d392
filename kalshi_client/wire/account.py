"""How are an account's orders and fills read, and where orders stand in the queue? (protocol 3.3, 3.4)

Direction is read from ``book_side`` alone: the older fields mean different things on fills and on
orders.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from msgspec import Struct

from kalshi_client.wire.bodies import Page
from kalshi_client.wire.numbers import (
    Name,
    OptionalName,
    Seconds,
    Shard,
    Subaccount,
    Time,
    count_e2,
    epoch_us,
    level_price_e4,
    money_e6,
    some_count_e2,
    subaccount_of,
)
from kalshi_client.wire.values import FillMessage, OrderMessage
from trading.market import BookSide


@dataclass(frozen=True, slots=True)
class QueuePosition:
    """What is served before a resting order, at its price and better in time (protocol 7.1)."""

    order_id: str
    ticker: str
    ahead_e2: int


class _Order(Struct):
    order_id: Name
    client_order_id: OptionalName
    ticker: Name
    book_side: BookSide
    status: Literal["resting", "canceled", "executed"]
    yes_price_dollars: str
    initial_count_fp: str
    fill_count_fp: str
    remaining_count_fp: str
    created_time: Time | None = None
    last_update_time: Time | None = None
    expiration_time: Time | None = None
    exchange_index: Shard | None = None
    taker_fill_cost_dollars: str = "0"
    maker_fill_cost_dollars: str = "0"
    taker_fees_dollars: str = "0"
    maker_fees_dollars: str = "0"
    order_group_id: OptionalName | None = None
    self_trade_prevention_type: OptionalName | None = None
    subaccount: Subaccount | None = None
    subaccount_number: Subaccount | None = None
    user_id: OptionalName = ""
    cancel_order_on_pause: bool | None = None

    def to_value(self) -> OrderMessage:
        changed = self.last_update_time or self.created_time
        return OrderMessage(
            order_id=self.order_id,
            client_order_id=self.client_order_id,
            ticker=self.ticker,
            exchange_index=self.exchange_index or 0,
            side=self.book_side,
            price_e4=level_price_e4(self.yes_price_dollars),
            status=self.status,
            initial_e2=count_e2(self.initial_count_fp),
            fill_e2=count_e2(self.fill_count_fp),
            remaining_e2=count_e2(self.remaining_count_fp),
            reason="",
            expiration_ms=epoch_us(self.expiration_time) // 1_000 if self.expiration_time else None,
            ts_ms=epoch_us(changed) // 1_000 if changed else 0,
            created_ms=epoch_us(self.created_time) // 1_000 if self.created_time else None,
            taker_cost_e6=money_e6(self.taker_fill_cost_dollars),
            maker_cost_e6=money_e6(self.maker_fill_cost_dollars),
            taker_fees_e6=money_e6(self.taker_fees_dollars),
            maker_fees_e6=money_e6(self.maker_fees_dollars),
            order_group_id=self.order_group_id or "",
            self_trade_prevention=self.self_trade_prevention_type or "",
            subaccount=subaccount_of(self.subaccount, self.subaccount_number),
            user_id=self.user_id,
            cancel_on_pause=self.cancel_order_on_pause,
        )


class OrderBody(Struct):
    order: _Order

    def to_value(self) -> OrderMessage:
        return self.order.to_value()


class OrdersBody(Struct):
    orders: list[_Order] | None
    cursor: str | None = ""

    def to_value(self) -> Page[OrderMessage]:
        return Page([order.to_value() for order in self.orders or []], self.cursor or "")


class _Fill(Struct):
    trade_id: Name
    order_id: Name
    ticker: Name
    exchange_index: Shard
    book_side: BookSide
    count_fp: str
    yes_price_dollars: str
    is_taker: bool
    fee_cost: str
    created_time: Time | None = None
    ts: Seconds | None = None
    subaccount: Subaccount | None = None
    subaccount_number: Subaccount | None = None

    def to_value(self) -> FillMessage:
        ts_ms = epoch_us(self.created_time) // 1_000 if self.created_time else None
        return FillMessage(
            trade_id=self.trade_id,
            order_id=self.order_id,
            client_order_id="",
            ticker=self.ticker,
            exchange_index=self.exchange_index,
            side=self.book_side,
            price_e4=level_price_e4(self.yes_price_dollars),
            count_e2=some_count_e2(self.count_fp),
            fee_e6=money_e6(self.fee_cost),
            is_taker=self.is_taker,
            post_position_e2=None,
            ts_ms=(self.ts or 0) * 1_000 if ts_ms is None else ts_ms,
            subaccount=subaccount_of(self.subaccount, self.subaccount_number),
        )


class FillsBody(Struct):
    fills: list[_Fill] | None
    cursor: str | None = ""

    def to_value(self) -> Page[FillMessage]:
        return Page([fill.to_value() for fill in self.fills or []], self.cursor or "")


class QueuePositionBody(Struct):
    queue_position_fp: str

    def to_value(self) -> int:
        return count_e2(self.queue_position_fp)


class _QueuePosition(Struct):
    order_id: Name
    market_ticker: Name
    queue_position_fp: str

    def to_value(self) -> QueuePosition:
        return QueuePosition(self.order_id, self.market_ticker, count_e2(self.queue_position_fp))


class QueuePositionsBody(Struct):
    queue_positions: list[_QueuePosition] | None

    def to_value(self) -> list[QueuePosition]:
        return [position.to_value() for position in self.queue_positions or []]
