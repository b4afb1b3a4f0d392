"""The records that reads of the venue return: frozen values in the system's integers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from kalshi_client.wire.market_details import (
    NO_QUOTES,
    NO_TEXTS,
    NO_TIMES,
    USUAL_TERMS,
    MarketQuotes,
    MarketTerms,
    MarketTexts,
    MarketTimes,
)
from trading.coherence import NO_STRIKE, Strike
from trading.market import PriceGrid
from trading.venue_time import VenueTimeUs


@dataclass(frozen=True, slots=True)
class MarketRecord:
    """A market as listed. Its fees are those of its event and series (``catalogue``)."""

    ticker: str
    event_ticker: str
    status: str
    grid: PriceGrid
    exchange_index: int
    close_us: VenueTimeUs
    volume_24h_e2: int
    result: str  # yes, no, scalar or ""
    settlement_value_e4: int | None  # payout of one YES, known from determination on
    volume_e2: int = 0  # since it opened
    open_interest_e2: int = 0
    strike: Strike = NO_STRIKE
    quotes: MarketQuotes = NO_QUOTES
    texts: MarketTexts = NO_TEXTS
    times: MarketTimes = NO_TIMES
    terms: MarketTerms = USUAL_TERMS


@dataclass(frozen=True, slots=True)
class Source:
    """Where the outcome is looked up."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class EventRecord:
    event_ticker: str
    series_ticker: str
    fee_type_override: str  # "" for none
    fee_multiplier_override_e4: int | None
    mutually_exclusive: bool = False  # at most one of its markets pays
    title: str = ""
    sub_title: str = ""
    collateral_return_type: str = ""  # MECNET, DIRECNET or "" for none (protocol 7.1)
    settlement_sources: tuple[Source, ...] = ()
    category: str = ""
    strike_us: int | None = None
    strike_period: str = ""
    updated_us: int | None = None
    exchange_index: int | None = None  # None = not told
    product_metadata: str = ""  # JSON


@dataclass(frozen=True, slots=True)
class SeriesRecord:
    ticker: str
    fee_type: str
    fee_multiplier_e4: int
    frequency: str = ""
    title: str = ""
    category: str = ""
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    settlement_sources: tuple[Source, ...] = ()
    contract_url: str = ""
    contract_terms_url: str = ""
    additional_prohibitions: tuple[str, ...] = ()
    volume_e2: int | None = None  # only when asked for
    updated_us: int | None = None
    exchange_index: int | None = None
    product_metadata: str = ""  # JSON, only when asked for


Paused = Literal["", "trading", "exchange"]
"""The pauses of a venue: none; no orders and amends; no cancels either."""


@dataclass(frozen=True, slots=True)
class ShardStatus:
    exchange_index: int
    exchange_active: bool
    trading_active: bool
    description: str


@dataclass(frozen=True, slots=True)
class ExchangeStatus:
    """The exchange's state now: a trading pause allows cancels, an exchange pause nothing."""

    exchange_active: bool
    trading_active: bool
    paused_shards: frozenset[int]
    transfers_active: bool | None = None  # between shards; None = not told
    resumes_us: int | None = None  # the venue's own estimate
    shards: tuple[ShardStatus, ...] = ()

    def resumption(self) -> str:
        """When the venue expects to go on, as the end of a sentence; "" where it does not say."""
        if self.resumes_us is None:
            return ""
        at = datetime.fromtimestamp(self.resumes_us / 1_000_000, UTC)
        return f"; it expects to go on at {at:%Y-%m-%d %H:%M:%S} UTC"

    @property
    def is_open(self) -> bool:
        """Whether nothing is paused, on any shard."""
        return self.exchange_active and self.trading_active and not self.paused_shards

    def paused(self, exchange_index: int) -> Paused:
        """The pause of this shard: its own word where there is one, else the exchange's."""
        of_shard = next((each for each in self.shards if each.exchange_index == exchange_index), self)
        if not of_shard.exchange_active:
            return "exchange"
        return "" if of_shard.trading_active else "trading"


@dataclass(frozen=True, slots=True)
class BucketLimit:
    refill_per_s: float
    capacity: float


@dataclass(frozen=True, slots=True)
class Grant:
    """A tier that the account was given, and why."""

    exchange_instance: str
    level: str
    source: str
    expires_us: int | None


@dataclass(frozen=True, slots=True)
class AccountLimits:
    tier: str
    read: BucketLimit
    write: BucketLimit
    grants: tuple[Grant, ...] = ()


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key of the account. ``scopes``: what it may do; None when that is not told."""

    key_id: str
    scopes: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Balance:
    """Cash without what resting orders reserve, by shard."""

    available_e6: dict[int, int]
    portfolio_value_e6: int | None = None  # None, here and below, is what was not told
    updated_us: int | None = None


@dataclass(frozen=True, slots=True)
class Settlement:
    """A market's end for this account."""

    ticker: str
    exchange_index: int
    result: str  # yes, no, scalar; "" when it was not told
    value_e4: int | None  # payout of one YES; None: not told
    revenue_e6: int | None  # in whole cents; None: not told
    settled_us: int
    event_ticker: str = ""
    yes_count_e2: int = 0  # what was held of each outcome, and what it cost
    yes_cost_e6: int = 0
    no_count_e2: int = 0
    no_cost_e6: int = 0
    fee_e6: int = 0  # paid on the position
    subaccount: int = 0
    is_rounded: bool = False  # the value is told to the cent alone: the market has it exactly


@dataclass(frozen=True, slots=True)
class OrderAck:
    """The venue's answer to a create. It carries no status (protocol 3.3)."""

    order_id: str
    client_order_id: str  # "" when the answer left it out
    fill_count_e2: int
    remaining_e2: int
    average_price_e6: int | None = None  # dollars a contract; None without fills
    average_fee_e6: int | None = None
    ts_ms: int = 0


@dataclass(frozen=True, slots=True)
class CancelAck:
    order_id: str
    reduced_by_e2: int


@dataclass(frozen=True, slots=True)
class ApiError:
    """An error body of any of the three shapes; "" where it says nothing (protocol 2.3)."""

    code: str
    detail: str
