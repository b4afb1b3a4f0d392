"""The values of the rare channels: news of a market, an event or an order group.

One type for each thing that can happen, so that a reader names what it handles. Times are epoch
microseconds of the venue's clock, exact to the second, as the wire says them (protocol 5.6, 7.4).
"""

from __future__ import annotations

from kalshi_client.wire.envelope import Numbered
from trading.coherence import Strike
from trading.market import PriceGrid
from trading.venue_time import VenueTimeUs


class _OfMarket(Numbered, frozen=True, gc=False):
    ticker: str
    is_combo: bool  # by multivariate_market_lifecycle; such markets are on no other channel


class MarketCreated(_OfMarket, frozen=True, gc=False):
    event_ticker: str
    open_us: int | None
    close_us: VenueTimeUs
    exchange_index: int | None
    grid: PriceGrid | None  # None: read it with the market
    title: str
    name: str  # of the outcome
    yes_sub_title: str
    no_sub_title: str
    rules_primary: str
    rules_secondary: str
    can_close_early: bool | None
    expected_expiration_us: int | None  # not the close
    strike: Strike


class MarketActivated(_OfMarket, frozen=True, gc=False):
    """It trades: for the first time, or again after a pause."""


class MarketDeactivated(_OfMarket, frozen=True, gc=False):
    """It is paused: nothing can be ordered. Its book stays."""


class MarketCloseUpdated(_OfMarket, frozen=True, gc=False):
    """It closes earlier or later than it was said. No message marks the close itself (7.4)."""

    close_us: VenueTimeUs


class MarketDetermined(_OfMarket, frozen=True, gc=False):
    result: str  # yes, no, scalar; "" and None are what was not told
    value_e4: int | None  # payout of one YES
    determined_us: int | None


class MarketSettled(_OfMarket, frozen=True, gc=False):
    """It is paid out."""

    settled_us: int | None  # None: not told


class MarketGridUpdated(_OfMarket, frozen=True, gc=False):
    """Other prices are tradable from now on (protocol 4.3)."""

    structure: str
    grid: PriceGrid | None  # None: read it with the market


class MarketMetadataUpdated(_OfMarket, frozen=True, gc=False):
    """None, and a strike of nothing, are what the message did not name."""

    title: str | None
    yes_sub_title: str | None
    no_sub_title: str | None
    strike: Strike


class MarketChanged(_OfMarket, frozen=True, gc=False):
    """Something that this client has no type for: read the market again."""

    event_type: str


MarketNews = (
    MarketCreated
    | MarketActivated
    | MarketDeactivated
    | MarketCloseUpdated
    | MarketDetermined
    | MarketSettled
    | MarketGridUpdated
    | MarketMetadataUpdated
    | MarketChanged
)


class EventListed(Numbered, frozen=True, gc=False):
    """An event, new or changed; combo markets have theirs too."""

    event_ticker: str
    series_ticker: str
    title: str
    subtitle: str
    collateral_return_type: str  # MECNET, DIRECNET or "" (protocol 7.1)
    exchange_index: int | None


class EventFeesUpdated(Numbered, frozen=True, gc=False):
    """The event's own fees instead of its series'; "" and None are the series' own."""

    event_ticker: str
    fee_type_override: str
    fee_multiplier_override_e4: int | None


class OrderGroupUpdated(Numbered, frozen=True, gc=False):
    """``triggered``: its orders are cancelled, new ones refused until ``reset`` (protocol 3.4)."""

    group_id: str
    event_type: str  # created, triggered, reset, deleted, limit_updated, or what came since
    contracts_limit_e2: int | None  # on created and limit_updated
    ts_ms: int | None  # None: not told
