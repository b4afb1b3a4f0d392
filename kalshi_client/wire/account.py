"""An account's orders and fills on the wire, and the places of orders in the queue (protocol 3.3, 3.4).

Direction is read from ``book_side`` alone: the older fields mean different things on fills and on
orders.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from msgspec import Struct

from kalshi_client.wire.bodies import RowsPage
from kalshi_client.wire.numbers import (
    CountText,
    MoneyText,
    Name,
    OptionalName,
    PriceText,
    Seconds,
    Shard,
    SomeCountText,
    Subaccount,
    Time,
    count_e2,
    epoch_us,
    level_price_e4,
    money_e6,
    some_count_e2,
    subaccount_of,
)
from kalshi_client.wire.salvage import Needed
from kalshi_client.wire.values import FillMessage, OrderMessage
from trading.market import BookSide


@dataclass(frozen=True, slots=True)
class QueuePosition:
    """The contracts that are served before a resting order, at its price and earlier in time (protocol
    7.1)."""

    order_id: str
    ticker: str
    ahead_e2: int


class _Order(Struct):
    order_id: Name
    ticker: Name
    book_side: BookSide
    status: Literal["resting", "canceled", "executed"]
    yes_price_dollars: PriceText
    initial_count_fp: CountText
    fill_count_fp: CountText
    remaining_count_fp: CountText
    client_order_id: Needed[OptionalName | None] = None
    exchange_index: Needed[Shard | None] = None
    subaccount: Needed[Subaccount | None] = None
    subaccount_number: Needed[Subaccount | None] = None
    created_time: Time | None = None
    last_update_time: Time | None = None
    expiration_time: Time | None = None
    taker_fill_cost_dollars: MoneyText | None = None
    maker_fill_cost_dollars: MoneyText | None = None
    taker_fees_dollars: MoneyText | None = None
    maker_fees_dollars: MoneyText | None = None
    order_group_id: OptionalName | None = None
    self_trade_prevention_type: OptionalName | None = None
    user_id: OptionalName | None = None
    cancel_order_on_pause: bool | None = None

    def to_value(self) -> OrderMessage:
        changed = self.last_update_time
        return OrderMessage(
            order_id=self.order_id,
            client_order_id=self.client_order_id or "",
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
            taker_cost_e6=money_e6(self.taker_fill_cost_dollars or "0"),
            maker_cost_e6=money_e6(self.maker_fill_cost_dollars or "0"),
            taker_fees_e6=money_e6(self.taker_fees_dollars or "0"),
            maker_fees_e6=money_e6(self.maker_fees_dollars or "0"),
            order_group_id=self.order_group_id or "",
            self_trade_prevention=self.self_trade_prevention_type or "",
            subaccount=subaccount_of(self.subaccount, self.subaccount_number),
            user_id=self.user_id or "",
            cancel_on_pause=self.cancel_order_on_pause,
        )


class OrderBody(Struct):
    order: _Order

    def to_value(self) -> OrderMessage:
        return self.order.to_value()


class OrdersBody(Struct):
    orders: list[_Order] | None
    cursor: Needed[str | None] = None

    def to_value(self) -> RowsPage[OrderMessage]:
        return RowsPage([order.to_value() for order in self.orders or []], self.cursor or "")


class _Fill(Struct):
    order_id: Name
    ticker: Name
    exchange_index: Shard
    book_side: BookSide
    count_fp: SomeCountText
    yes_price_dollars: PriceText
    fee_cost: MoneyText
    fill_id: Needed[Name | None] = None
    trade_id: Needed[Name | None] = None  # the older name of the same
    created_time: Needed[Time | None] = None
    ts: Needed[Seconds | None] = None
    subaccount: Needed[Subaccount | None] = None
    subaccount_number: Needed[Subaccount | None] = None
    is_taker: bool | None = None

    def to_value(self) -> FillMessage:
        """Raises ValueError for one without a name or a time: it would be counted twice, or never."""
        name = self.trade_id or self.fill_id
        if name is None:
            raise ValueError("neither trade_id nor fill_id is there")
        return FillMessage(
            trade_id=name,
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
            ts_ms=self._ts_ms(),
            subaccount=subaccount_of(self.subaccount, self.subaccount_number),
        )

    def _ts_ms(self) -> int:
        if self.created_time is not None:
            return epoch_us(self.created_time) // 1_000
        if self.ts is None:
            raise ValueError("neither created_time nor ts is there")
        return self.ts * 1_000


class FillsBody(Struct):
    fills: list[_Fill] | None
    cursor: Needed[str | None] = None

    def to_value(self) -> RowsPage[FillMessage]:
        return RowsPage([fill.to_value() for fill in self.fills or []], self.cursor or "")


class QueuePositionBody(Struct):
    queue_position_fp: CountText

    def to_value(self) -> int:
        return count_e2(self.queue_position_fp)


class _QueuePosition(Struct):
    order_id: Name
    market_ticker: Name
    queue_position_fp: CountText

    def to_value(self) -> QueuePosition:
        return QueuePosition(self.order_id, self.market_ticker, count_e2(self.queue_position_fp))


class QueuePositionsBody(Struct):
    queue_positions: list[_QueuePosition] | None

    def to_value(self) -> list[QueuePosition]:
        return [position.to_value() for position in self.queue_positions or []]
