"""The value that each golden frame about markets, events and order groups stands for."""

from __future__ import annotations

from msgspec.structs import replace

from kalshi_client.wire.news import (
    EventFeesUpdated,
    EventListed,
    MarketActivated,
    MarketCloseUpdated,
    MarketCreated,
    MarketDeactivated,
    MarketDetermined,
    MarketGridUpdated,
    MarketMetadataUpdated,
    MarketSettled,
    OrderGroupUpdated,
)
from kalshi_client.wire.values import Message
from trading.coherence import NO_STRIKE, Strike
from trading.market import PriceGrid, PriceRange

NYC, EVENT = "KXRAIN-26DEC31-NYC", "KXRAIN-26DEC31"
GROUP_ID = "7a1b2c3d-0011-4223-8445-66778899aabb"

CREATED = MarketCreated(
    sid=7,
    seq=1,
    ticker=NYC,
    is_combo=False,
    event_ticker=EVENT,
    open_us=1795345200_000_000,
    close_us=1798761540_000_000,
    exchange_index=0,
    grid=PriceGrid.named("deci_cent"),
    title="Will it rain in NYC on Dec 31?",
    name="Rain in NYC",
    yes_sub_title="Rain",
    no_sub_title="No rain",
    rules_primary="If it rains, Yes.",
    rules_secondary="",
    can_close_early=True,
    expected_expiration_us=1798765200_000_000,
    strike=NO_STRIKE,
)
COMBO_CREATED = replace(
    CREATED,
    sid=8,
    ticker="KXMVE-26DEC31-S1A2B3",
    is_combo=True,
    event_ticker="KXMVE-26DEC31",
    exchange_index=1,
    grid=PriceGrid.named("center_deci_edge_centi_cent"),
    title="Rain in both",
    name="Rain in NYC and BOS",
    yes_sub_title="Both",
    no_sub_title="Not both",
    rules_primary="If it rains in both, Yes.",
)
FINER_GRID = PriceGrid((PriceRange(0, 500, 50), PriceRange(500, 9_500, 100), PriceRange(9_500, 10_000, 50)))
RENAMED = MarketMetadataUpdated(
    sid=7,
    seq=11,
    ticker=NYC,
    is_combo=False,
    title=None,
    yes_sub_title="More than 2.5 mm",
    no_sub_title=None,
    strike=Strike("greater", 2.5, None),
)
LISTED = EventListed(
    sid=7,
    seq=8,
    event_ticker=EVENT,
    series_ticker="KXRAIN",
    title="Rain on Dec 31",
    subtitle="",
    collateral_return_type="",
    exchange_index=0,
)

EXPECTED_NEWS: dict[str, Message] = {
    "ws_market_lifecycle_created": CREATED,
    "ws_market_lifecycle_activated": MarketActivated(7, 2, NYC, is_combo=False),
    "ws_market_lifecycle_deactivated": MarketDeactivated(7, 3, NYC, is_combo=False),
    "ws_market_lifecycle_close_date_updated": MarketCloseUpdated(
        7, 4, NYC, is_combo=False, close_us=1798765200_000_000
    ),
    "ws_market_lifecycle_determined": MarketDetermined(
        7, 5, NYC, is_combo=False, result="yes", value_e4=10_000, determined_us=1798761600_000_000
    ),
    "ws_market_lifecycle_determined_scalar": MarketDetermined(
        7, 10, NYC, is_combo=False, result="scalar", value_e4=3_350, determined_us=1798761600_000_000
    ),
    "ws_market_lifecycle_settled": MarketSettled(7, 6, NYC, is_combo=False, settled_us=1798765200_000_000),
    "ws_market_lifecycle_price_level_structure_updated": MarketGridUpdated(
        7, 7, NYC, is_combo=False, structure="deci_cent", grid=PriceGrid.named("deci_cent")
    ),
    "ws_market_lifecycle_price_ranges_finer": MarketGridUpdated(
        7,
        12,
        NYC,
        is_combo=False,
        structure="center_whole_edge_half_cent",
        grid=FINER_GRID,
        sending_ts_ms=1795345393130,
    ),
    "ws_market_lifecycle_metadata_updated": RENAMED,
    "ws_multivariate_market_lifecycle_created": COMBO_CREATED,
    "ws_event_lifecycle": LISTED,
    "ws_event_fee_update": EventFeesUpdated(7, 9, EVENT, "quadratic", 5_000),
    "ws_event_fee_update_cleared": EventFeesUpdated(7, 13, EVENT, "", None),
    "ws_order_group_created": OrderGroupUpdated(9, 1, GROUP_ID, "created", 50_000, 1795345393123),
    "ws_order_group_triggered": OrderGroupUpdated(9, 2, GROUP_ID, "triggered", None, 1795345394123),
}
