"""What does the exchange list: series, their events, their markets?"""

from __future__ import annotations

from dataclasses import dataclass, field

from simulator.order_book import OrderBook
from trading.market import Market


@dataclass(frozen=True, slots=True)
class Series:
    """A recurring question; fees are set here."""

    ticker: str
    title: str
    category: str
    frequency: str
    fee_type: str
    fee_multiplier_e4: int
    exchange_index: int


@dataclass(frozen=True, slots=True)
class Event:
    """One occurrence of a series."""

    ticker: str
    series: Series
    title: str
    sub_title: str
    mutually_exclusive: bool
    strike_us: int
    market_tickers: tuple[str, ...]

    @property
    def collateral_return_type(self) -> str:
        """The venue's word for exclusive outcomes; netting itself is off until an account enables it."""
        return "MECNET" if self.mutually_exclusive else ""


@dataclass(slots=True, eq=False)
class ListedMarket:
    """A market and its trading so far."""

    market: Market
    market_id: str
    title: str
    outcome: str
    price_level_structure: str
    open_us: int
    opening_fair: float  # probability the order flow starts from
    book: OrderBook = field(default_factory=OrderBook)
    last_price_e4: int = 0
    last_count_e2: int = 0
    volume_e2: int = 0
    open_interest_e2: int = 0
    mve_collection_ticker: str = ""  # of a combo market
    result: str = ""  # yes, no or scalar once determined
    settlement_value_e4: int | None = None  # what one YES pays, from determination on

    @property
    def is_combo(self) -> bool:
        return bool(self.mve_collection_ticker)

    @property
    def ticker(self) -> str:
        return self.market.ticker

    def status_at(self, now_us: int) -> str:
        return "active" if now_us < self.market.close_us else "closed"
