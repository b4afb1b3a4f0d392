"""How are events and series listed, and what record is each? (protocol 3.2)"""

from __future__ import annotations

from dataclasses import dataclass

from msgspec import Raw, Struct

from kalshi_client.wire.bodies import Page
from kalshi_client.wire.market_details import json_text, some_us
from kalshi_client.wire.markets import MarketRow, market_rows
from kalshi_client.wire.numbers import (
    Multiplier,
    Name,
    OptionalName,
    Shard,
    Text,
    Time,
    count_e2,
    multiplier_e4,
)
from kalshi_client.wire.records import EventRecord, SeriesRecord, Source


@dataclass(frozen=True, slots=True)
class EventWithMarkets:
    """An event with its live markets; one that cannot be read stays in its row."""

    event: EventRecord
    markets: list[MarketRow]


class _Source(Struct):
    name: Text | None = ""
    url: Text | None = ""

    def to_value(self) -> Source:
        return Source(self.name or "", self.url or "")


def _sources(rows: list[_Source] | None) -> tuple[Source, ...]:
    return tuple(row.to_value() for row in rows or ())


class _Event(Struct):
    event_ticker: Name
    series_ticker: Name
    title: Text | None = ""
    sub_title: Text | None = ""
    collateral_return_type: OptionalName | None = ""
    mutually_exclusive: bool | None = False
    settlement_sources: list[_Source] | None = None
    category: Text | None = ""
    strike_date: Time | None = None
    strike_period: Text | None = ""
    last_updated_ts: Time | None = None
    fee_type_override: OptionalName | None = None
    fee_multiplier_override: Multiplier | None = None
    exchange_index: Shard | None = None
    product_metadata: Raw = Raw()
    markets: list[Raw] | None = None

    def to_value(self) -> EventRecord:
        multiplier = self.fee_multiplier_override
        return EventRecord(
            self.event_ticker,
            self.series_ticker,
            self.fee_type_override or "",
            None if multiplier is None else multiplier_e4(multiplier),
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
        return EventWithMarkets(self.to_value(), market_rows(self.markets or beside))


class EventBody(Struct):
    event: _Event

    def to_value(self) -> EventRecord:
        return self.event.to_value()


class EventMarketsBody(Struct):
    """The markets stand inside the event if they were asked for there, else beside it."""

    event: _Event
    markets: list[Raw] | None = None

    def to_value(self) -> EventWithMarkets:
        return self.event.with_markets(self.markets)


class EventsBody(Struct):
    events: list[_Event] | None
    cursor: str | None = ""

    def to_value(self) -> Page[EventRecord]:
        return Page([event.to_value() for event in self.events or []], self.cursor or "")


class EventsMarketsBody(Struct):
    events: list[_Event] | None
    cursor: str | None = ""

    def to_value(self) -> Page[EventWithMarkets]:
        return Page([event.with_markets() for event in self.events or []], self.cursor or "")


class _Series(Struct):
    ticker: Name
    fee_type: Name
    fee_multiplier: Multiplier
    frequency: Text | None = ""
    title: Text | None = ""
    category: Text | None = ""
    categories: list[Text] | None = None
    tags: list[Text] | None = None
    settlement_sources: list[_Source] | None = None
    contract_url: Text | None = ""
    contract_terms_url: Text | None = ""
    additional_prohibitions: list[Text] | None = None
    volume_fp: str | None = None
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
            volume_e2=None if self.volume_fp is None else count_e2(self.volume_fp),
            updated_us=some_us(self.last_updated_ts),
            exchange_index=self.exchange_index,
            product_metadata=json_text(self.product_metadata),
        )


class SeriesBody(Struct):
    series: _Series

    def to_value(self) -> SeriesRecord:
        return self.series.to_value()


class SeriesListBody(Struct):
    series: list[_Series] | None

    def to_value(self) -> list[SeriesRecord]:
        return [series.to_value() for series in self.series or []]
