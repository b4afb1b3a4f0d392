"""The shapes of the WebSocket messages, and the value that each becomes (protocol 5.2 to 5.6).

One struct a message type, with the fields this client reads and no others: unknown fields are
skipped, deprecated ones are not needed. ``to_value`` raises ValueError for an impossible value.
The frames of the book are here; ``Frame`` at the end joins all of them.
"""

from __future__ import annotations

from msgspec import Struct

from kalshi_client.wire.envelope import NumberedFrame
from kalshi_client.wire.events import EventFeesFrame, EventFrame, OrderGroupFrame
from kalshi_client.wire.lifecycle import ComboMarketFrame, MarketFrame
from kalshi_client.wire.numbers import (
    Name,
    OptionalName,
    PriceText,
    RequestId,
    SignedCountText,
    TsMs,
    count_e2,
    level_price_e4,
    signed_count_e2,
)
from kalshi_client.wire.private import FillFrame, OrderFrame, PositionFrame
from kalshi_client.wire.public import TickerFrame, TradeFrame
from kalshi_client.wire.replies import ErrorFrame, OkFrame, SubscribedFrame, UnsubscribedFrame
from kalshi_client.wire.salvage import Needed
from kalshi_client.wire.values import BookDelta, BookSnapshot
from trading.market import NumberError, Side

LevelTexts = list[tuple[str, str]]


def levels(texts: LevelTexts | None) -> dict[int, int]:
    """Levels by price; an absent side is empty (5.5).

    Raises NumberError when a price comes twice: either size may be true.
    """
    if texts is None:
        return {}
    sizes = {level_price_e4(price): count_e2(count) for price, count in texts}
    if len(sizes) != len(texts):
        raise NumberError("a price comes twice in one side of a book")
    return sizes


class _SnapshotBody(Struct, gc=False):
    market_ticker: Name
    yes_dollars_fp: Needed[LevelTexts | None] = None
    no_dollars_fp: Needed[LevelTexts | None] = None


class SnapshotFrame(NumberedFrame, tag="orderbook_snapshot", gc=False):
    msg: _SnapshotBody
    id: Needed[RequestId | None] = None

    def to_value(self) -> BookSnapshot:
        body = self.msg
        yes, no = levels(body.yes_dollars_fp), levels(body.no_dollars_fp)
        return BookSnapshot(
            self.sid,
            self.seq,
            body.market_ticker,
            yes,
            no,
            self.id or 0,
            sending_ts_ms=self.sending_ts_ms,
        )


class _DeltaBody(Struct, gc=False):
    market_ticker: Name
    price_dollars: PriceText
    delta_fp: SignedCountText
    side: Side
    ts_ms: TsMs | None = None
    client_order_id: OptionalName | None = None


class DeltaFrame(NumberedFrame, tag="orderbook_delta", gc=False):
    """The frame that nearly all others are: its texts become numbers where they are used."""

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
            body.client_order_id or "",
            sending_ts_ms=self.sending_ts_ms,
        )


Frame = (
    SnapshotFrame
    | DeltaFrame
    | TradeFrame
    | TickerFrame
    | FillFrame
    | OrderFrame
    | PositionFrame
    | MarketFrame
    | ComboMarketFrame
    | EventFrame
    | EventFeesFrame
    | OrderGroupFrame
    | SubscribedFrame
    | UnsubscribedFrame
    | OkFrame
    | ErrorFrame
)
"""The table: a message's ``type`` chooses the struct, and the struct makes the value."""
