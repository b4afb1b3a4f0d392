"""How are markets, their events and series listed, and what record is each? (protocol 3.2, 4.3)"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from kalshi_client.wire.bodies import Page, read
from kalshi_client.wire.frames import LevelTexts, levels
from kalshi_client.wire.numbers import (
    Name,
    OptionalName,
    Shard,
    Time,
    count_e2,
    epoch_us,
    value_e4,
)
from kalshi_client.wire.values import EventRecord, Malformed, MarketRecord, SeriesRecord
from trading.market import PriceGrid, PriceRange

Multiplier = Annotated[float, Meta(ge=0, le=1_000)]


class _PriceRange(Struct):
    start: str
    end: str
    step: str

    def to_value(self) -> PriceRange:
        return PriceRange(value_e4(self.start), value_e4(self.end), value_e4(self.step))


class _Market(Struct):
    ticker: Name
    event_ticker: Name
    status: Name
    close_time: Time
    price_level_structure: OptionalName = ""
    price_ranges: list[_PriceRange] | None = None
    exchange_index: Shard | None = None
    volume_24h_fp: str = "0.00"
    result: OptionalName = ""
    settlement_value_dollars: str | None = None

    def to_value(self) -> MarketRecord:
        settled = self.settlement_value_dollars
        return MarketRecord(
            ticker=self.ticker,
            event_ticker=self.event_ticker,
            status=self.status,
            grid=self._grid(),
            exchange_index=self.exchange_index or 0,
            close_us=epoch_us(self.close_time),
            volume_24h_e2=count_e2(self.volume_24h_fp),
            result=self.result,
            settlement_value_e4=value_e4(settled) if settled else None,
        )

    def _grid(self) -> PriceGrid:
        # The ranges say it exactly; the name alone is known only for the documented grids.
        if self.price_ranges:
            return PriceGrid(tuple(r.to_value() for r in self.price_ranges))
        try:
            return PriceGrid.named(self.price_level_structure)
        except KeyError:
            raise ValueError(f"no price grid for {self.price_level_structure!r}") from None


class MarketBody(Struct):
    market: _Market

    def to_value(self) -> MarketRecord:
        return self.market.to_value()


class MarketsBody(Struct):
    """Rows stay apart: one market that cannot be read must not hide a thousand others."""

    markets: list[msgspec.Raw] | None
    cursor: str | None = ""

    def to_value(self) -> Page[MarketRecord | Malformed]:
        return Page([read(bytes(row), _Market) for row in self.markets or []], self.cursor or "")


class _Levels(Struct):
    yes_dollars: LevelTexts | None = None
    no_dollars: LevelTexts | None = None


class OrderbookBody(Struct):
    orderbook_fp: _Levels

    def to_value(self) -> tuple[dict[int, int], dict[int, int]]:
        book = self.orderbook_fp
        return levels(book.yes_dollars or []), levels(book.no_dollars or [])


class _Event(Struct):
    event_ticker: Name
    series_ticker: Name
    fee_type_override: OptionalName | None = None
    fee_multiplier_override: Multiplier | None = None

    def to_value(self) -> EventRecord:
        multiplier = self.fee_multiplier_override
        return EventRecord(
            self.event_ticker,
            self.series_ticker,
            self.fee_type_override or "",
            None if multiplier is None else round(multiplier * 10_000),
        )


class EventBody(Struct):
    event: _Event

    def to_value(self) -> EventRecord:
        return self.event.to_value()


class EventsBody(Struct):
    events: list[_Event] | None
    cursor: str | None = ""

    def to_value(self) -> Page[EventRecord]:
        return Page([event.to_value() for event in self.events or []], self.cursor or "")


class _Series(Struct):
    ticker: Name
    fee_type: Name
    fee_multiplier: Multiplier

    def to_value(self) -> SeriesRecord:
        return SeriesRecord(self.ticker, self.fee_type, round(self.fee_multiplier * 10_000))


class SeriesBody(Struct):
    series: _Series

    def to_value(self) -> SeriesRecord:
        return self.series.to_value()
