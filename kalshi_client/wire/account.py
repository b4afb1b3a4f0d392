"""How are an account's balance, orders, fills, positions and settlements read? (protocol 3.3, 3.4)

Direction is read from ``book_side`` alone: the older fields mean different things on fills and on
orders.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

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
    signed_count_e2,
    signed_money_e6,
    some_count_e2,
)
from kalshi_client.wire.records import Balance, Settlement
from kalshi_client.wire.values import FillMessage, OrderMessage
from trading.events import PositionAt
from trading.market import BookSide

E4_PER_CENT: Final = 100
E6_PER_CENT: Final = 10_000
Cents = Annotated[int, Meta(ge=-(10**12), le=10**12)]


class _ShardBalance(Struct):
    exchange_index: Shard
    balance: str


class BalanceBody(Struct):
    balance_dollars: str
    portfolio_value: Cents
    updated_ts: Seconds
    balance_breakdown: list[_ShardBalance] | None = None

    def to_value(self) -> Balance:
        shards = {s.exchange_index: signed_money_e6(s.balance) for s in self.balance_breakdown or []}
        return Balance(
            available_e6=shards or {0: signed_money_e6(self.balance_dollars)},
            portfolio_value_e6=self.portfolio_value * E6_PER_CENT,
            updated_us=self.updated_ts * 1_000_000,
        )


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
    subaccount_number: Subaccount | None = None
    user_id: OptionalName = ""

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
            subaccount=self.subaccount_number or 0,
            user_id=self.user_id,
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
            subaccount=self.subaccount_number or 0,
        )


class FillsBody(Struct):
    fills: list[_Fill] | None
    cursor: str | None = ""

    def to_value(self) -> Page[FillMessage]:
        return Page([fill.to_value() for fill in self.fills or []], self.cursor or "")


class _Position(Struct):
    ticker: Name
    position_fp: str
    market_exposure_dollars: str
    realized_pnl_dollars: str
    fees_paid_dollars: str
    exchange_index: Shard = 0

    def to_value(self) -> PositionAt:
        return PositionAt(
            ticker=self.ticker,
            exchange_index=self.exchange_index,
            position_e2=signed_count_e2(self.position_fp),
            cost_e6=signed_money_e6(self.market_exposure_dollars),
            realised_e6=signed_money_e6(self.realized_pnl_dollars),
            fees_e6=signed_money_e6(self.fees_paid_dollars),
        )


class PositionsBody(Struct):
    market_positions: list[_Position] | None
    cursor: str | None = ""

    def to_value(self) -> Page[PositionAt]:
        rows = [position.to_value() for position in self.market_positions or []]
        return Page(rows, self.cursor or "")


class _Settlement(Struct):
    ticker: Name
    market_result: Literal["yes", "no", "scalar"]
    revenue: Cents
    settled_time: Time
    exchange_index: Shard = 0
    value: Annotated[int, Meta(ge=0, le=100)] | None = None

    def to_value(self) -> Settlement:
        cents = {"yes": 100, "no": 0}.get(self.market_result, self.value)
        if cents is None:
            raise ValueError("a scalar settlement without its value")
        return Settlement(
            ticker=self.ticker,
            exchange_index=self.exchange_index,
            result=self.market_result,
            value_e4=cents * E4_PER_CENT,
            revenue_e6=self.revenue * E6_PER_CENT,
            settled_us=epoch_us(self.settled_time),
        )


class SettlementsBody(Struct):
    settlements: list[_Settlement] | None
    cursor: str | None = ""

    def to_value(self) -> Page[Settlement]:
        rows = [settlement.to_value() for settlement in self.settlements or []]
        return Page(rows, self.cursor or "")
