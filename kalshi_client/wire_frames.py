"""How is each WebSocket message written, and what value is it? (protocol 5.2 to 5.6)

One struct a message type, with the fields this client reads and no others: unknown fields are
skipped, deprecated ones are not needed. ``to_value`` raises ValueError for an impossible value.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from kalshi_client.wire_numbers import (
    Name,
    OptionalName,
    RequestId,
    Seq,
    Shard,
    Sid,
    Text,
    TsMs,
    count_e2,
    level_price_e4,
    money_e6,
    signed_count_e2,
    signed_money_e6,
)
from kalshi_client.wire_values import (
    BookDelta,
    BookSnapshot,
    ErrorMessage,
    FillMessage,
    Ok,
    OrderMessage,
    PositionMessage,
    Subscribed,
    Unsubscribed,
)
from trading.market import BookSide, NumberError, Side

LevelTexts = list[tuple[str, str]]


def levels(texts: LevelTexts) -> dict[int, int]:
    """Levels by price. Raises NumberError when a price comes twice: either size may be true."""
    sizes = {level_price_e4(price): count_e2(count) for price, count in texts}
    if len(sizes) != len(texts):
        raise NumberError("a price comes twice in one side of a book")
    return sizes


# --- books ---------------------------------------------------------------------------------------


class _SnapshotBody(Struct, gc=False):
    market_ticker: Name
    yes_dollars_fp: LevelTexts = []  # absent when the side is empty (5.5)
    no_dollars_fp: LevelTexts = []


class SnapshotFrame(Struct, tag_field="type", tag="orderbook_snapshot", gc=False):
    sid: Sid
    seq: Seq
    msg: _SnapshotBody
    id: RequestId = 0

    def to_value(self) -> BookSnapshot:
        body = self.msg
        yes, no = levels(body.yes_dollars_fp), levels(body.no_dollars_fp)
        return BookSnapshot(self.sid, self.seq, body.market_ticker, yes, no, self.id)


class _DeltaBody(Struct, gc=False):
    market_ticker: Name
    price_dollars: str
    delta_fp: str
    side: Side
    ts_ms: TsMs | None = None
    client_order_id: OptionalName = ""


class DeltaFrame(Struct, tag_field="type", tag="orderbook_delta", gc=False):
    sid: Sid
    seq: Seq
    msg: _DeltaBody

    def to_value(self) -> BookDelta:
        body = self.msg
        return BookDelta(
            self.sid,
            self.seq,
            body.market_ticker,
            body.side,
            level_price_e4(body.price_dollars),
            signed_count_e2(body.delta_fp),
            body.ts_ms,
            body.client_order_id,
        )


# --- private channels ----------------------------------------------------------------------------


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


# --- replies -------------------------------------------------------------------------------------


class _SubscribedBody(Struct, gc=False):
    channel: Name
    sid: Sid


class SubscribedFrame(Struct, tag_field="type", tag="subscribed", gc=False):
    msg: _SubscribedBody
    id: RequestId = 0

    def to_value(self) -> Subscribed:
        return Subscribed(self.id, self.msg.channel, self.msg.sid)


class UnsubscribedFrame(Struct, tag_field="type", tag="unsubscribed", gc=False):
    sid: Sid
    id: RequestId = 0
    seq: Seq | None = None

    def to_value(self) -> Unsubscribed:
        return Unsubscribed(self.id, self.sid, self.seq)


class OkFrame(Struct, tag_field="type", tag="ok", gc=False):
    id: RequestId = 0
    sid: Sid | None = None
    seq: Seq | None = None

    def to_value(self) -> Ok:
        return Ok(self.id, self.sid, self.seq)


class _ErrorBody(Struct, gc=False):
    code: Annotated[int, Meta(ge=0, le=1_000_000)]
    msg: Text = ""
    market_ticker: OptionalName | None = None
    market_tickers: list[OptionalName] | None = None


class ErrorFrame(Struct, tag_field="type", tag="error", gc=False):
    msg: _ErrorBody
    id: RequestId = 0
    sid: Sid | None = None
    seq: Seq | None = None

    def to_value(self) -> ErrorMessage:
        body = self.msg
        tickers = body.market_tickers or ([body.market_ticker] if body.market_ticker else [])
        return ErrorMessage(self.id, self.sid, self.seq, body.code, body.msg, tuple(tickers))


Frame = (
    SnapshotFrame
    | DeltaFrame
    | FillFrame
    | OrderFrame
    | PositionFrame
    | SubscribedFrame
    | UnsubscribedFrame
    | OkFrame
    | ErrorFrame
)
"""The table: a message's ``type`` chooses the struct, and the struct makes the value."""
