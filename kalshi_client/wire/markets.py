"""How are markets, their events and series listed, and what record is each? (protocol 3.2, 4.3)"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from kalshi_client.wire.bodies import Page, read
from kalshi_client.wire.frames import LevelTexts, levels
from kalshi_client.wire.grids import RangeTexts, grid_of
from kalshi_client.wire.numbers import (
    Multiplier,
    Name,
    OptionalName,
    Shard,
    Time,
    count_e2,
    epoch_us,
    multiplier_e4,
    value_e4,
)
from kalshi_client.wire.records import EventRecord, MarketRecord, SeriesRecord
from kalshi_client.wire.strikes import StrikeFields
from kalshi_client.wire.values import Malformed
from trading.market import PriceGrid


class _Market(StrikeFields):
    ticker: Name
    event_ticker: Name
    status: Name
    close_time: Time
    price_level_structure: OptionalName = ""
    price_ranges: list[RangeTexts] | None = None
    exchange_index: Shard | None = None
    volume_24h_fp: str = "0.00"
    result: OptionalName = ""
    settlement_value_dollars: str | None = None
    volume_fp: str = "0.00"
    open_interest_fp: str = "0.00"

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
            volume_e2=count_e2(self.volume_fp),
            open_interest_e2=count_e2(self.open_interest_fp),
            strike=self.strike(),
        )

    def _grid(self) -> PriceGrid:
        grid = grid_of(self.price_level_structure, self.price_ranges)
        if grid is None:
            raise ValueError(f"no price grid for {self.price_level_structure!r}")
        return grid


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
    mutually_exclusive: bool = False

    def to_value(self) -> EventRecord:
        multiplier = self.fee_multiplier_override
        return EventRecord(
            self.event_ticker,
            self.series_ticker,
            self.fee_type_override or "",
            None if multiplier is None else multiplier_e4(multiplier),
            self.mutually_exclusive,
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
        return SeriesRecord(self.ticker, self.fee_type, multiplier_e4(self.fee_multiplier))


class SeriesBody(Struct):
    series: _Series

    def to_value(self) -> SeriesRecord:
        return self.series.to_value()
