"""What did a read of the venue return? Its records as frozen values in the system's integers."""

from __future__ import annotations

from dataclasses import dataclass

from trading.coherence import NO_STRIKE, Strike
from trading.market import PriceGrid


@dataclass(frozen=True, slots=True)
class MarketRecord:
    """A market as listed. Its fees are those of its event and series (``catalogue``)."""

    ticker: str
    event_ticker: str
    status: str
    grid: PriceGrid
    exchange_index: int
    close_us: int
    volume_24h_e2: int
    result: str  # yes, no, scalar or ""
    settlement_value_e4: int | None  # payout of one YES, known from determination on
    volume_e2: int = 0  # since it opened
    open_interest_e2: int = 0
    strike: Strike = NO_STRIKE


@dataclass(frozen=True, slots=True)
class EventRecord:
    event_ticker: str
    series_ticker: str
    fee_type_override: str  # "" for none
    fee_multiplier_override_e4: int | None
    mutually_exclusive: bool = False  # at most one of its markets pays


@dataclass(frozen=True, slots=True)
class SeriesRecord:
    ticker: str
    fee_type: str
    fee_multiplier_e4: int


@dataclass(frozen=True, slots=True)
class ExchangeStatus:
    """What may be done now: a trading pause allows cancels, an exchange pause nothing."""

    exchange_active: bool
    trading_active: bool
    paused_shards: frozenset[int]


@dataclass(frozen=True, slots=True)
class BucketLimit:
    refill_per_s: float
    capacity: float


@dataclass(frozen=True, slots=True)
class AccountLimits:
    tier: str
    read: BucketLimit
    write: BucketLimit


@dataclass(frozen=True, slots=True)
class Balance:
    """Cash without what resting orders reserve, by shard."""

    available_e6: dict[int, int]
    portfolio_value_e6: int
    updated_us: int


@dataclass(frozen=True, slots=True)
class Settlement:
    ticker: str
    exchange_index: int
    result: str  # yes, no, scalar
    value_e4: int  # payout of one YES
    revenue_e6: int
    settled_us: int


@dataclass(frozen=True, slots=True)
class OrderAck:
    """The venue's answer to a create. It carries no status (protocol 3.3)."""

    order_id: str
    client_order_id: str  # "" when the answer left it out
    fill_count_e2: int
    remaining_e2: int


@dataclass(frozen=True, slots=True)
class CancelAck:
    order_id: str
    reduced_by_e2: int


@dataclass(frozen=True, slots=True)
class ApiError:
    """An error body of any of the three shapes; "" where it says nothing (protocol 2.3)."""

    code: str
    detail: str
