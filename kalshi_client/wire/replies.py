"""The venue's answers to commands (protocol 5.2 to 5.4).

A reply may or may not carry ``id``, ``sid`` and ``seq``. Null is read as absent everywhere: an
error that ends a subscription must not be lost over a key without a value.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from kalshi_client.wire.envelope import FrameBase, UnnumberedFrame
from kalshi_client.wire.numbers import Name, OptionalName, RequestId, Seq, Sid, Text
from kalshi_client.wire.salvage import Needed
from kalshi_client.wire.values import (
    ErrorMessage,
    ListedSubscription,
    Ok,
    Subscribed,
    Unsubscribed,
)


class _SubscriptionBody(Struct, gc=False):
    channel: Name
    sid: Sid


class SubscribedFrame(FrameBase, tag="subscribed", gc=False):
    msg: _SubscriptionBody
    id: Needed[RequestId | None] = None

    def to_value(self) -> Subscribed:
        body = self.msg
        return Subscribed(self.id or 0, body.channel, body.sid, sending_ts_ms=self.sending_ts_ms)


class UnsubscribedFrame(UnnumberedFrame, tag="unsubscribed", gc=False):
    id: Needed[RequestId | None] = None
    seq: Needed[Seq | None] = None

    def to_value(self) -> Unsubscribed:
        return Unsubscribed(self.id or 0, self.sid, self.seq, sending_ts_ms=self.sending_ts_ms)


class _OkBody(Struct, gc=False):
    market_tickers: Needed[list[Name] | None] = None
    market_ids: list[Name] | None = None


class OkFrame(FrameBase, tag="ok", gc=False):
    """``msg`` is an object after a change of markets, a list after ``list_subscriptions``."""

    id: Needed[RequestId | None] = None
    sid: Needed[Sid | None] = None
    seq: Needed[Seq | None] = None
    msg: Needed[_OkBody | list[_SubscriptionBody] | None] = None

    def to_value(self) -> Ok:
        body = self.msg
        markets = body if isinstance(body, _OkBody) else _OkBody()
        listed = body if isinstance(body, list) else None
        return Ok(
            self.id or 0,
            self.sid,
            self.seq,
            tickers=None if markets.market_tickers is None else tuple(markets.market_tickers),
            market_ids=None if markets.market_ids is None else tuple(markets.market_ids),
            subscriptions=(
                None if listed is None else tuple(ListedSubscription(s.channel, s.sid) for s in listed)
            ),
            sending_ts_ms=self.sending_ts_ms,
        )


class _ErrorBody(Struct, gc=False):
    code: Annotated[int, Meta(ge=0, le=1_000_000)] | None = None
    msg: Text | None = None
    market_ticker: OptionalName | None = None
    market_tickers: list[OptionalName] | None = None


class ErrorFrame(FrameBase, tag="error", gc=False):
    msg: _ErrorBody
    id: Needed[RequestId | None] = None
    sid: Needed[Sid | None] = None
    seq: Needed[Seq | None] = None

    def to_value(self) -> ErrorMessage:
        body = self.msg
        tickers = body.market_tickers or ([body.market_ticker] if body.market_ticker else [])
        return ErrorMessage(
            self.id or 0,
            self.sid,
            self.seq,
            body.code or 0,
            body.msg or "",
            tuple(tickers),
            sending_ts_ms=self.sending_ts_ms,
        )
