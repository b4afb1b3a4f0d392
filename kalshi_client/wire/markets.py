"""Markets and their books in lists, and the record that each becomes (protocol 3.2, 4.3)."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Raw, Struct

from kalshi_client.wire.bodies import RowsPage, read_rows
from kalshi_client.wire.frames import LevelTexts, levels
from kalshi_client.wire.grids import RangeTexts, grid_of
from kalshi_client.wire.market_details import MarketDetails
from kalshi_client.wire.numbers import (
    CountText,
    Name,
    OptionalName,
    Shard,
    Time,
    ValueText,
    count_e2,
    epoch_us,
    value_e4,
)
from kalshi_client.wire.records import MarketRecord
from kalshi_client.wire.salvage import Needed
from kalshi_client.wire.values import Malformed
from trading.market import PriceGrid


class RestBook(NamedTuple):
    """Sizes by price of the YES bids and of the NO bids, each priced in its own outcome."""

    yes: dict[int, int]  # count_e2 by price_e4
    no: dict[int, int]


class MarketFields(MarketDetails, kw_only=True):
    """A market wherever it is listed: by itself, on a page, inside an event."""

    ticker: Name
    event_ticker: Name
    status: Name
    close_time: Time
    price_ranges: Needed[list[RangeTexts] | None] = None
    exchange_index: Needed[Shard | None] = None
    result: OptionalName | None = None
    settlement_value_dollars: ValueText | None = None
    volume_24h_fp: CountText | None = None
    volume_fp: CountText | None = None
    open_interest_fp: CountText | None = None

    def to_value(self) -> MarketRecord:
        settled = self.settlement_value_dollars
        return MarketRecord(
            ticker=self.ticker,
            event_ticker=self.event_ticker,
            status=self.status,
            grid=self._grid(),
            exchange_index=self.exchange_index or 0,
            close_us=epoch_us(self.close_time),
            volume_24h_e2=count_e2(self.volume_24h_fp or "0"),
            result=self.result or "",
            settlement_value_e4=value_e4(settled) if settled else None,
            volume_e2=count_e2(self.volume_fp or "0"),
            open_interest_e2=count_e2(self.open_interest_fp or "0"),
            strike=self.strike(),
            quotes=self.quotes(),
            texts=self.texts(),
            times=self.times(),
            terms=self.terms(),
        )

    def _grid(self) -> PriceGrid:
        grid = grid_of(self.price_level_structure, self.price_ranges)
        if grid is None:
            raise ValueError(f"no price grid for {self.price_level_structure!r}")
        return grid


MarketRow = MarketRecord | Malformed


def market_rows(rows: list[Raw] | None) -> list[MarketRow]:
    """The market of each row, or why it cannot be read."""
    return read_rows(rows, MarketFields, "market")


class MarketBody(Struct):
    market: MarketFields

    def to_value(self) -> MarketRecord:
        return self.market.to_value()


class MarketsBody(Struct):
    markets: list[Raw] | None
    cursor: Needed[str | None] = None

    def to_value(self) -> RowsPage[MarketRow]:
        return RowsPage(market_rows(self.markets), self.cursor or "")


class _Levels(Struct):
    yes_dollars: Needed[LevelTexts | None] = None
    no_dollars: Needed[LevelTexts | None] = None

    def to_value(self) -> RestBook:
        return RestBook(levels(self.yes_dollars or []), levels(self.no_dollars or []))


class OrderbookBody(Struct):
    orderbook_fp: _Levels

    def to_value(self) -> RestBook:
        return self.orderbook_fp.to_value()


class _NamedBook(Struct):
    ticker: Name
    orderbook_fp: _Levels


class OrderbooksBody(Struct):
    orderbooks: list[_NamedBook] | None

    def to_value(self) -> dict[str, RestBook]:
        return {book.ticker: book.orderbook_fp.to_value() for book in self.orderbooks or []}
