"""Everybody's trades in a read (protocol 3.2)."""

from __future__ import annotations

from dataclasses import dataclass

from msgspec import Struct

from kalshi_client.wire.bodies import RowsPage
from kalshi_client.wire.numbers import (
    Name,
    PriceText,
    SomeCountText,
    Time,
    epoch_us,
    level_price_e4,
    some_count_e2,
)
from kalshi_client.wire.salvage import Needed
from trading.market import BookSide


@dataclass(frozen=True, slots=True)
class TradeRecord:
    """The price is that of YES. Field names are those of ``TradeMessage``, which is the same by stream."""

    trade_id: str
    ticker: str
    price_e4: int
    count_e2: int
    taker_side: BookSide
    is_block_trade: bool
    created_us: int


class _Trade(Struct):
    trade_id: Name
    ticker: Name
    count_fp: SomeCountText
    yes_price_dollars: PriceText
    taker_book_side: BookSide
    created_time: Time
    is_block_trade: Needed[bool | None] = None

    def to_value(self) -> TradeRecord:
        return TradeRecord(
            self.trade_id,
            self.ticker,
            level_price_e4(self.yes_price_dollars),
            some_count_e2(self.count_fp),
            self.taker_book_side,
            bool(self.is_block_trade),
            epoch_us(self.created_time),
        )


class TradesBody(Struct):
    trades: list[_Trade] | None
    cursor: Needed[str | None] = None

    def to_value(self) -> RowsPage[TradeRecord]:
        return RowsPage([trade.to_value() for trade in self.trades or []], self.cursor or "")
