"""News of events and of the account's order groups on the wire (protocol 5.6)."""

from __future__ import annotations

from msgspec import Struct

from kalshi_client.wire.envelope import NumberedFrame
from kalshi_client.wire.news import EventFeesUpdated, EventListed, OrderGroupUpdated
from kalshi_client.wire.numbers import (
    CountText,
    Multiplier,
    Name,
    OptionalName,
    Shard,
    Text,
    TsMs,
    count_e2,
    multiplier_e4,
    told,
)
from kalshi_client.wire.salvage import Needed


class _EventBody(Struct, gc=False):
    event_ticker: Name
    series_ticker: OptionalName | None = ""
    title: Text | None = ""
    subtitle: Text | None = ""
    collateral_return_type: OptionalName | None = ""
    exchange_index: Shard | None = None


class EventFrame(NumberedFrame, tag="event_lifecycle", gc=False):
    msg: _EventBody

    def to_value(self) -> EventListed:
        body = self.msg
        return EventListed(
            self.sid,
            self.seq,
            event_ticker=body.event_ticker,
            series_ticker=body.series_ticker or "",
            title=body.title or "",
            subtitle=body.subtitle or "",
            collateral_return_type=body.collateral_return_type or "",
            exchange_index=body.exchange_index,
            sending_ts_ms=self.sending_ts_ms,
        )


class _EventFeesBody(Struct, gc=False):
    event_ticker: Name
    fee_type_override: Needed[OptionalName | None] = None
    fee_multiplier_override: Needed[Multiplier | None] = None


class EventFeesFrame(NumberedFrame, tag="event_fee_update", gc=False):
    msg: _EventFeesBody

    def to_value(self) -> EventFeesUpdated:
        body = self.msg
        return EventFeesUpdated(
            self.sid,
            self.seq,
            body.event_ticker,
            body.fee_type_override or "",
            told(multiplier_e4, body.fee_multiplier_override),
            sending_ts_ms=self.sending_ts_ms,
        )


class _OrderGroupBody(Struct, gc=False):
    event_type: Name
    order_group_id: Name
    ts_ms: TsMs | None = None
    contracts_limit_fp: CountText | None = None


class OrderGroupFrame(NumberedFrame, tag="order_group_updates", gc=False):
    msg: _OrderGroupBody

    def to_value(self) -> OrderGroupUpdated:
        body = self.msg
        return OrderGroupUpdated(
            self.sid,
            self.seq,
            body.order_group_id,
            body.event_type,
            told(count_e2, body.contracts_limit_fp),
            body.ts_ms,
            sending_ts_ms=self.sending_ts_ms,
        )
