"""Events and series in lists, and the record that each becomes (protocol 3.2)."""

from __future__ import annotations

from dataclasses import dataclass

from msgspec import Raw, Struct

from kalshi_client.wire.bodies import RowsPage, read_rows
from kalshi_client.wire.market_details import json_text, some_us
from kalshi_client.wire.markets import MarketRow, market_rows
from kalshi_client.wire.numbers import (
    CountText,
    Multiplier,
    Name,
    OptionalName,
    Shard,
    Text,
    Time,
    count_e2,
    multiplier_e4,
    told,
)
from kalshi_client.wire.records import EventRecord, SeriesRecord, Source
from kalshi_client.wire.salvage import Needed
from kalshi_client.wire.values import Malformed


@dataclass(frozen=True, slots=True)
class EventWithMarkets:
    """An event with its live markets; one that cannot be read stays in its row."""

    event: EventRecord
    markets: list[MarketRow]


EventRow = EventRecord | Malformed
SeriesRow = SeriesRecord | Malformed


class _Source(Struct):
    name: Text | None = None
    url: Text | None = None

    def to_value(self) -> Source:
        return Source(self.name or "", self.url or "")


def _sources(rows: list[_Source] | None) -> tuple[Source, ...]:
    return tuple(row.to_value() for row in rows or ())


class _EventFields(Struct):
    event_ticker: Name
    series_ticker: Name
    fee_type_override: Needed[OptionalName | None] = None
    fee_multiplier_override: Needed[Multiplier | None] = None
    markets: Needed[list[Raw] | None] = None
    title: Text | None = None
    sub_title: Text | None = None
    collateral_return_type: OptionalName | None = None
    mutually_exclusive: bool | None = None
    settlement_sources: list[_Source] | None = None
    category: Text | None = None
    strike_date: Time | None = None
    strike_period: Text | None = None
    last_updated_ts: Time | None = None
    exchange_index: Shard | None = None
    product_metadata: Raw = Raw()

    def record(self) -> EventRecord:
        return EventRecord(
            self.event_ticker,
            self.series_ticker,
            self.fee_type_override or "",
            told(multiplier_e4, self.fee_multiplier_override),
            bool(self.mutually_exclusive),
            title=self.title or "",
            sub_title=self.sub_title or "",
            collateral_return_type=self.collateral_return_type or "",
            settlement_sources=_sources(self.settlement_sources),
            category=self.category or "",
            strike_us=some_us(self.strike_date),
            strike_period=self.strike_period or "",
            updated_us=some_us(self.last_updated_ts),
            exchange_index=self.exchange_index,
            product_metadata=json_text(self.product_metadata),
        )

    def with_markets(self, beside: list[Raw] | None = None) -> EventWithMarkets:
        return EventWithMarkets(self.record(), market_rows(self.markets or beside))


class _Event(_EventFields):
    def to_value(self) -> EventRecord:
        return self.record()


class _EventAndMarkets(_EventFields):
    def to_value(self) -> EventWithMarkets:
        return self.with_markets()


class EventBody(Struct):
    event: _Event

    def to_value(self) -> EventRecord:
        return self.event.to_value()


class EventMarketsBody(Struct):
    """The markets stand inside the event if they were asked for there, else beside it."""

    event: _Event
    markets: Needed[list[Raw] | None] = None

    def to_value(self) -> EventWithMarkets:
        return self.event.with_markets(self.markets)


class EventsBody(Struct):
    events: list[Raw] | None
    cursor: Needed[str | None] = None

    def to_value(self) -> RowsPage[EventRow]:
        return RowsPage(read_rows(self.events, _Event, "event"), self.cursor or "")


class EventsMarketsBody(Struct):
    events: list[Raw] | None
    cursor: Needed[str | None] = None

    def to_value(self) -> RowsPage[EventWithMarkets | Malformed]:
        return RowsPage(read_rows(self.events, _EventAndMarkets, "event"), self.cursor or "")


class _Series(Struct):
    ticker: Name
    fee_type: Name
    fee_multiplier: Multiplier
    frequency: Text | None = None
    title: Text | None = None
    category: Text | None = None
    categories: list[Text] | None = None
    tags: list[Text] | None = None
    settlement_sources: list[_Source] | None = None
    contract_url: Text | None = None
    contract_terms_url: Text | None = None
    additional_prohibitions: list[Text] | None = None
    volume_fp: CountText | None = None
    last_updated_ts: Time | None = None
    exchange_index: Shard | None = None
    product_metadata: Raw = Raw()

    def to_value(self) -> SeriesRecord:
        return SeriesRecord(
            self.ticker,
            self.fee_type,
            multiplier_e4(self.fee_multiplier),
            frequency=self.frequency or "",
            title=self.title or "",
            category=self.category or "",
            categories=tuple(self.categories or ()),
            tags=tuple(self.tags or ()),
            settlement_sources=_sources(self.settlement_sources),
            contract_url=self.contract_url or "",
            contract_terms_url=self.contract_terms_url or "",
            additional_prohibitions=tuple(self.additional_prohibitions or ()),
            volume_e2=told(count_e2, self.volume_fp),
            updated_us=some_us(self.last_updated_ts),
            exchange_index=self.exchange_index,
            product_metadata=json_text(self.product_metadata),
        )


class SeriesBody(Struct):
    series: _Series

    def to_value(self) -> SeriesRecord:
        return self.series.to_value()


class SeriesListBody(Struct):
    series: list[Raw] | None

    def to_value(self) -> list[SeriesRow]:
        return read_rows(self.series, _Series, "series")
