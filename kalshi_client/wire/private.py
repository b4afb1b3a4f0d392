"""The account's fills, orders and positions on the stream (protocol 5.6).

Direction is read from ``book_side`` alone: the older fields mean different things on fills and on
orders.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from kalshi_client.wire.envelope import UnnumberedFrame
from kalshi_client.wire.numbers import (
    CountText,
    MoneyText,
    Name,
    OptionalName,
    PriceText,
    Shard,
    SignedCountText,
    SignedMoneyText,
    SomeCountText,
    Subaccount,
    TsMs,
    count_e2,
    level_price_e4,
    money_e6,
    signed_count_e2,
    signed_money_e6,
    some_count_e2,
    subaccount_of,
    told,
)
from kalshi_client.wire.salvage import Needed
from kalshi_client.wire.values import FillMessage, OrderMessage, PositionMessage
from trading.market import BookSide


class _FillBody(Struct, gc=False):
    trade_id: Name
    order_id: Name
    market_ticker: Name
    exchange_index: Shard
    book_side: BookSide
    yes_price_dollars: PriceText
    count_fp: SomeCountText
    fee_cost: MoneyText
    ts_ms: TsMs
    client_order_id: Needed[OptionalName | None] = None
    subaccount: Needed[Subaccount | None] = None
    subaccount_number: Needed[Subaccount | None] = None
    is_taker: bool | None = None
    post_position_fp: SignedCountText | None = None


class FillFrame(UnnumberedFrame, tag="fill", gc=False):
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
            count_e2=some_count_e2(body.count_fp),
            fee_e6=money_e6(body.fee_cost),
            is_taker=body.is_taker,
            post_position_e2=told(signed_count_e2, body.post_position_fp),
            ts_ms=body.ts_ms,
            subaccount=subaccount_of(body.subaccount, body.subaccount_number),
            sending_ts_ms=self.sending_ts_ms,
        )


class _OrderBody(Struct, gc=False):
    order_id: Name
    ticker: Name  # not market_ticker, alone among the channels (5.6)
    exchange_index: Shard
    status: Literal["resting", "canceled", "executed", "unknown"]
    book_side: BookSide
    yes_price_dollars: PriceText
    initial_count_fp: CountText
    fill_count_fp: CountText
    remaining_count_fp: CountText
    client_order_id: Needed[OptionalName | None] = None
    subaccount: Needed[Subaccount | None] = None
    subaccount_number: Needed[Subaccount | None] = None
    created_ts_ms: TsMs | None = None
    last_updated_ts_ms: TsMs | None = None
    expiration_ts_ms: TsMs | None = None
    last_update_reason: OptionalName | None = None
    taker_fill_cost_dollars: MoneyText | None = None
    maker_fill_cost_dollars: MoneyText | None = None
    taker_fees_dollars: MoneyText | None = None
    maker_fees_dollars: MoneyText | None = None
    order_group_id: OptionalName | None = None
    self_trade_prevention_type: OptionalName | None = None
    user_id: OptionalName | None = None


class OrderFrame(UnnumberedFrame, tag="user_order", gc=False):
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
            ts_ms=body.last_updated_ts_ms or self.sending_ts_ms or 0,
            created_ms=body.created_ts_ms,
            taker_cost_e6=money_e6(body.taker_fill_cost_dollars or "0"),
            maker_cost_e6=money_e6(body.maker_fill_cost_dollars or "0"),
            taker_fees_e6=money_e6(body.taker_fees_dollars or "0"),
            maker_fees_e6=money_e6(body.maker_fees_dollars or "0"),
            order_group_id=body.order_group_id or "",
            self_trade_prevention=body.self_trade_prevention_type or "",
            subaccount=subaccount_of(body.subaccount, body.subaccount_number),
            user_id=body.user_id or "",
            sending_ts_ms=self.sending_ts_ms,
        )


class _PositionBody(Struct, gc=False):
    market_ticker: Name
    position_fp: SignedCountText
    subaccount: Needed[Subaccount | None] = None
    subaccount_number: Needed[Subaccount | None] = None
    position_cost_dollars: SignedMoneyText | None = None
    realized_pnl_dollars: SignedMoneyText | None = None
    fees_paid_dollars: SignedMoneyText | None = None
    position_fee_cost_dollars: SignedMoneyText | None = None
    volume_fp: CountText | None = None
    user_id: OptionalName | None = None


class PositionFrame(UnnumberedFrame, tag="market_position", gc=False):
    msg: _PositionBody

    def to_value(self) -> PositionMessage:
        body = self.msg
        return PositionMessage(
            ticker=body.market_ticker,
            position_e2=signed_count_e2(body.position_fp),
            cost_e6=told(signed_money_e6, body.position_cost_dollars),
            realised_e6=told(signed_money_e6, body.realized_pnl_dollars),
            fees_e6=told(signed_money_e6, body.fees_paid_dollars),
            position_fees_e6=told(signed_money_e6, body.position_fee_cost_dollars),
            volume_e2=told(count_e2, body.volume_fp),
            subaccount=subaccount_of(body.subaccount, body.subaccount_number),
            user_id=body.user_id or "",
            sending_ts_ms=self.sending_ts_ms,
        )
