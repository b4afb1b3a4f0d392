"""Public trades and the state of each market on the stream (protocol 5.6: ``trade``, ``ticker``).

Both channels tell everybody the same. Only ``trade`` is numbered: a lost ticker is replaced by
the next one, a lost trade is gone and shows as a gap.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from kalshi_client.wire.envelope import Numbered, NumberedFrame, Streamed, UnnumberedFrame
from kalshi_client.wire.numbers import (
    CountText,
    Name,
    OptionalName,
    PriceText,
    SomeCountText,
    TsMs,
    ValueText,
    count_e2,
    level_price_e4,
    some_count_e2,
    told,
    value_e4,
)
from kalshi_client.wire.salvage import Needed
from trading.market import BookSide

Dollars = Annotated[int, Meta(ge=-(10**12), le=10**12)]  # whole ones, the only such numbers left

# --- trades --------------------------------------------------------------------------------------


class TradeMessage(Numbered, frozen=True, gc=False):
    """Two orders met. The price is that of YES, whichever outcome the taker wanted."""

    trade_id: str
    ticker: str
    price_e4: int
    count_e2: int
    taker_side: BookSide  # a bid took the offer: the taker bought YES (protocol 7.1)
    is_block_trade: bool  # agreed outside the book: no level changed by it
    ts_ms: int


class _TradeBody(Struct, gc=False):
    trade_id: Name
    market_ticker: Name
    yes_price_dollars: PriceText
    count_fp: SomeCountText
    taker_book_side: BookSide
    ts_ms: TsMs
    is_block_trade: Needed[bool | None] = None


class TradeFrame(NumberedFrame, tag="trade", gc=False):
    msg: _TradeBody

    def to_value(self) -> TradeMessage:
        body = self.msg
        return TradeMessage(
            self.sid,
            self.seq,
            body.trade_id,
            body.market_ticker,
            level_price_e4(body.yes_price_dollars),
            some_count_e2(body.count_fp),
            body.taker_book_side,
            bool(body.is_block_trade),
            body.ts_ms,
            sending_ts_ms=self.sending_ts_ms,
        )


# --- tickers -------------------------------------------------------------------------------------


class TickerMessage(Streamed, frozen=True, gc=False):
    """A market at a glance. An empty side is a bid of 0 or an ask of 10000, of size 0; None is what was
    not told."""

    sid: int
    ticker: str
    market_id: str  # "" when the venue left it out
    price_e4: int | None  # of the last trade; 0 before the first
    yes_bid_e4: int | None
    yes_ask_e4: int | None
    yes_bid_size_e2: int | None
    yes_ask_size_e2: int | None
    last_trade_size_e2: int | None
    volume_e2: int | None
    open_interest_e2: int | None
    dollar_volume: int | None  # whole dollars
    dollar_open_interest: int | None  # whole dollars
    ts_ms: int | None


class _TickerBody(Struct, gc=False):
    market_ticker: Name
    price_dollars: ValueText | None = None
    yes_bid_dollars: ValueText | None = None
    yes_ask_dollars: ValueText | None = None
    yes_bid_size_fp: CountText | None = None
    yes_ask_size_fp: CountText | None = None
    last_trade_size_fp: CountText | None = None
    volume_fp: CountText | None = None
    open_interest_fp: CountText | None = None
    dollar_volume: Dollars | None = None
    dollar_open_interest: Dollars | None = None
    ts_ms: TsMs | None = None
    market_id: OptionalName | None = None


class TickerFrame(UnnumberedFrame, tag="ticker", gc=False):
    msg: _TickerBody

    def to_value(self) -> TickerMessage:
        body = self.msg
        return TickerMessage(
            sid=self.sid,
            ticker=body.market_ticker,
            market_id=body.market_id or "",
            price_e4=told(value_e4, body.price_dollars),
            yes_bid_e4=told(value_e4, body.yes_bid_dollars),
            yes_ask_e4=told(value_e4, body.yes_ask_dollars),
            yes_bid_size_e2=told(count_e2, body.yes_bid_size_fp),
            yes_ask_size_e2=told(count_e2, body.yes_ask_size_fp),
            last_trade_size_e2=told(count_e2, body.last_trade_size_fp),
            volume_e2=told(count_e2, body.volume_fp),
            open_interest_e2=told(count_e2, body.open_interest_fp),
            dollar_volume=body.dollar_volume,
            dollar_open_interest=body.dollar_open_interest,
            ts_ms=body.ts_ms,
            sending_ts_ms=self.sending_ts_ms,
        )
