"""The exchange's list: series, their events, their markets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal, NamedTuple

from trading.market import Market
from trading.venue_time import VenueTimeUs

EventKind = Literal["exclusive", "ladder", "independent", "scalar"]
"""The relation between the outcomes of an event."""


class Strike(NamedTuple):
    """The value against which a market's outcome is measured (protocol 3.2)."""

    kind: str = "custom"
    floor: float | None = None
    cap: float | None = None


NO_STRIKE: Final = Strike()


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
    kind: EventKind
    strike_us: int
    market_tickers: tuple[str, ...]
    outcomes: int  # of its topic, those without a market included

    @property
    def mutually_exclusive(self) -> bool:
        return self.kind == "exclusive"

    @property
    def collateral_return_type(self) -> str:
        """The venue's word for how positions net; netting itself is off until an account enables it."""
        return {"exclusive": "MECNET", "ladder": "DIRECNET"}.get(self.kind, "")


@dataclass(slots=True, eq=False)
class ListedMarket:
    """A market and the sums of its trading. ``market`` is replaced when its status or schedule changes."""

    market: Market
    market_id: str
    title: str
    outcome: str
    price_level_structure: str
    open_us: int
    opening_fair: float  # probability the order flow starts from
    last_price_e4: int = 0
    last_count_e2: int = 0
    volume_e2: int = 0
    open_interest_e2: int = 0
    mve_collection_ticker: str = ""  # of a combo market
    market_type: str = "binary"  # or scalar
    strike: Strike = NO_STRIKE
    created_us: int = 0
    updated_us: int = 0
    settlement_timer_s: int = 3600
    result: str = ""  # yes, no or scalar once determined
    settlement_value_e4: int | None = None  # what one YES pays, from determination on
    expiration_value: str = ""
    determined_us: int | None = None
    settled_us: int | None = None

    @property
    def is_combo(self) -> bool:
        return bool(self.mve_collection_ticker)

    @property
    def ticker(self) -> str:
        return self.market.ticker

    def status_at(self, now_us: int) -> str:
        """A market is closed from its very close time on, whoever has noticed."""
        status = self.market.status
        return "closed" if status == "active" and now_us >= self.market.close_us else status

    def become(self, status: str, *, now_us: int) -> None:
        self.market = replace(self.market, status=status)
        self.updated_us = now_us

    def close_at(self, close_us: int, *, now_us: int) -> None:
        self.market = replace(self.market, close_us=VenueTimeUs(close_us))
        self.updated_us = now_us
