"""How is each WebSocket message written, and what value is it? (protocol 5.2 to 5.5)

One struct a message type, with the fields this client reads and no others: unknown fields are
skipped, deprecated ones are not needed. ``to_value`` raises ValueError for an impossible value.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from kalshi_client.wire.numbers import (
    Name,
    OptionalName,
    RequestId,
    Seq,
    Sid,
    Text,
    TsMs,
    count_e2,
    level_price_e4,
    signed_count_e2,
)
from kalshi_client.wire.private import FillFrame, OrderFrame, PositionFrame
from kalshi_client.wire.values import (
    BookDelta,
    BookSnapshot,
    ErrorMessage,
    Ok,
    Subscribed,
    Unsubscribed,
)
from trading.market import NumberError, Side

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
