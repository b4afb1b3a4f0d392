"""How are fills, orders and positions of the account streamed? (protocol 5.6)

Direction is read from ``book_side`` alone: the older fields mean different things on fills and on
orders.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from kalshi_client.wire.numbers import (
    Name,
    OptionalName,
    Shard,
    Sid,
    TsMs,
    count_e2,
    level_price_e4,
    money_e6,
    signed_count_e2,
    signed_money_e6,
)
from kalshi_client.wire.values import FillMessage, OrderMessage, PositionMessage
from trading.market import BookSide


class _FillBody(Struct, gc=False):
    trade_id: Name
    order_id: Name
    market_ticker: Name
    exchange_index: Shard
    is_taker: bool
    book_side: BookSide
    yes_price_dollars: str
    count_fp: str
    fee_cost: str
    ts_ms: TsMs
    post_position_fp: str | None = None
    client_order_id: OptionalName | None = None


class FillFrame(Struct, tag_field="type", tag="fill", gc=False):
    sid: Sid
    msg: _FillBody

    def to_value(self) -> FillMessage:
        body = self.msg
        return FillMessage(
            trade_id=body.trade_id,
            order_id=body.order_id,
            client_order_id=body.client_order_id or "",
            ticker=body.market_ticker,
            exchange_index=body.exchange_index,
            side=body.book_side,
            price_e4=level_price_e4(body.yes_price_dollars),
            count_e2=count_e2(body.count_fp),
            fee_e6=money_e6(body.fee_cost),
            is_taker=body.is_taker,
            post_position_e2=(
                None if body.post_position_fp is None else signed_count_e2(body.post_position_fp)
            ),
            ts_ms=body.ts_ms,
        )


class _OrderBody(Struct, gc=False):
    order_id: Name
    ticker: Name  # not market_ticker, alone among the channels (5.6)
    exchange_index: Shard
    status: Literal["resting", "canceled", "executed", "unknown"]
    book_side: BookSide
    yes_price_dollars: str
    initial_count_fp: str
    fill_count_fp: str
    remaining_count_fp: str
    client_order_id: OptionalName | None = None
    created_ts_ms: TsMs | None = None
    last_updated_ts_ms: TsMs | None = None
    expiration_ts_ms: TsMs | None = None
    last_update_reason: OptionalName | None = None


class OrderFrame(Struct, tag_field="type", tag="user_order", gc=False):
    sid: Sid
    msg: _OrderBody

    def to_value(self) -> OrderMessage:
        body = self.msg
        return OrderMessage(
            order_id=body.order_id,
            client_order_id=body.client_order_id or "",
            ticker=body.ticker,
            exchange_index=body.exchange_index,
            side=body.book_side,
            price_e4=level_price_e4(body.yes_price_dollars),
            status=body.status,
            initial_e2=count_e2(body.initial_count_fp),
            fill_e2=count_e2(body.fill_count_fp),
            remaining_e2=count_e2(body.remaining_count_fp),
            reason=body.last_update_reason or "",
            expiration_ms=body.expiration_ts_ms,
            ts_ms=body.last_updated_ts_ms or body.created_ts_ms or 0,
        )


class _PositionBody(Struct, gc=False):
    market_ticker: Name
    position_fp: str
    position_cost_dollars: str
    realized_pnl_dollars: str
    fees_paid_dollars: str


class PositionFrame(Struct, tag_field="type", tag="market_position", gc=False):
    sid: Sid
    msg: _PositionBody

    def to_value(self) -> PositionMessage:
        body = self.msg
        return PositionMessage(
            ticker=body.market_ticker,
            position_e2=signed_count_e2(body.position_fp),
            cost_e6=signed_money_e6(body.position_cost_dollars),
            realised_e6=signed_money_e6(body.realized_pnl_dollars),
            fees_e6=signed_money_e6(body.fees_paid_dollars),
        )
