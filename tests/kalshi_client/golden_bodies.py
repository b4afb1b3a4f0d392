"""The client's values of each golden REST body: the table that the tests of bodies share."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kalshi_client.wire import (
    account,
    api_keys,
    candlesticks,
    exchange,
    fee_changes,
    listings,
    markets,
    order_groups,
    portfolio,
    trades,
)
from kalshi_client.wire.bodies import RowsPage
from kalshi_client.wire.market_details import (
    MarketLeg,
    MarketQuotes,
    MarketTerms,
    MarketTexts,
    MarketTimes,
)
from kalshi_client.wire.records import (
    AccountLimits,
    ApiKey,
    Balance,
    BucketLimit,
    EventRecord,
    ExchangeStatus,
    MarketRecord,
    SeriesRecord,
    Settlement,
    ShardStatus,
    Source,
)
from kalshi_client.wire.values import FillMessage, OrderMessage
from trading.coherence import Strike
from trading.events import PositionAt
from trading.market import PriceGrid

NYC, BOS, EVENT = "KXRAIN-26DEC31-NYC", "KXRAIN-26DEC31-BOS", "KXRAIN-26DEC31"
CLOSE_US = 1_798_761_540_000_000
TRADED_US = 1_795_345_393_123_000
TAPERED, DECI = PriceGrid.named("tapered_deci_cent"), PriceGrid.named("deci_cent")
RAIN = Strike("greater", 0.01)
WEATHER = "Climate and Weather"
NWS = (Source("NWS", "https://www.weather.gov"),)

QUOTES = MarketQuotes(
    yes_bid_e4=4500,
    yes_ask_e4=4700,
    no_bid_e4=5300,
    no_ask_e4=5500,
    yes_bid_size_e2=1000,
    yes_ask_size_e2=1200,
    last_price_e4=4700,
    previous_yes_bid_e4=4400,
    previous_yes_ask_e4=4600,
    previous_price_e4=4500,
    notional_e6=1_000_000,
)
TEXTS = MarketTexts("Will it rain in NYC on Dec 31?", "", "Rain", "No rain", "If it rains, Yes.")
TIMES = MarketTimes(
    created_us=1_793_491_200_000_000,
    updated_us=1_795_341_600_000_000,
    open_us=1_793_577_600_000_000,
    latest_expiration_us=1_799_366_400_000_000,
    expected_expiration_us=1_798_765_200_000_000,
    expiration_us=1_799_366_400_000_000,
)
TERMS = MarketTerms(price_level_structure="tapered_deci_cent", settlement_timer_s=3600, can_close_early=True)
MARKET = MarketRecord(
    ticker=NYC,
    event_ticker=EVENT,
    status="active",
    grid=TAPERED,
    exchange_index=0,
    close_us=CLOSE_US,
    volume_24h_e2=5400,
    result="",
    settlement_value_e4=None,
    volume_e2=10_400,
    open_interest_e2=5400,
    strike=RAIN,
    quotes=QUOTES,
    texts=TEXTS,
    times=TIMES,
    terms=TERMS,
)
COMBO = replace(
    MARKET,
    ticker="KXMVE-S1-A",
    event_ticker="KXMVE-S1",
    grid=PriceGrid.named("center_deci_edge_centi_cent"),
    exchange_index=1,
    strike=Strike("custom"),
    texts=MarketTexts(*("Will it rain in NYC on Dec 31?", "", "Rain", "No rain", "If it rains, Yes.", ""),
        early_close_condition="once one of them is lost"),
    times=MarketTimes(
        TIMES.created_us, TIMES.updated_us, TIMES.open_us, TIMES.latest_expiration_us,
        TIMES.expected_expiration_us, TIMES.expiration_us,
        settled_us=1_798_768_800_000_000,
        occurrence_us=1_798_747_200_000_000,
        fee_waiver_expiration_us=1_796_083_200_000_000,
    ),
    terms=MarketTerms(
        price_level_structure="center_deci_edge_centi_cent",
        settlement_timer_s=3600,
        can_close_early=True,
        settlement_bounds_type="floor",
        settlement_floor_e4=1000,
        functional_strike="x > 4",
        custom_strike='{"outcome":"both"}',
        mve_collection_ticker="KXMVE-S1",
        legs=(MarketLeg(NYC, EVENT, "yes"), MarketLeg("KXSNOW-26DEC31-BOS", "KXSNOW-26DEC31", "no")),
        primary_participant_key="team-1",
        is_provisional=True,
    ),
)  # fmt: skip
ORDER = OrderMessage(
    order_id="0f3c1d52-70d4-4f4a-8f0e-6a1d2b3c4d5e",
    client_order_id="rl1-1a2b3c4d-sq7x9-12",
    ticker=NYC,
    exchange_index=0,
    side="bid",
    price_e4=4500,
    status="resting",
    initial_e2=1000,
    fill_e2=400,
    remaining_e2=600,
    reason="",
    expiration_ms=1795345453000,
    ts_ms=1795345393123,
    created_ms=1795345393123,
    taker_cost_e6=1_880_000,
    taker_fees_e6=69_800,
    self_trade_prevention="taker_at_cross",
    user_id="9c11aa22-bb33-4c44-8d55-ee66ff770088",
    cancel_on_pause=True,
)
CANCELED_ASK = OrderMessage(
    order_id="2c9e7a10-52c1-4f0e-9b7d-0d1e2f3a4b5c",
    client_order_id="rl1-1a2b3c4d-sq7x9-13",
    ticker=NYC,
    exchange_index=0,
    side="ask",
    price_e4=4500,
    status="canceled",
    initial_e2=1000,
    fill_e2=0,
    remaining_e2=0,
    reason="",
    expiration_ms=None,
    ts_ms=1795345393123,
    created_ms=1795345393123,
    self_trade_prevention="taker_at_cross",
    user_id="9c11aa22-bb33-4c44-8d55-ee66ff770088",
    cancel_on_pause=True,
)
FILL = FillMessage(
    trade_id="a1b2c3d4-e5f6-4789-8abc-def012345678",
    order_id="0f3c1d52-70d4-4f4a-8f0e-6a1d2b3c4d5e",
    client_order_id="",
    ticker=NYC,
    exchange_index=0,
    side="bid",
    price_e4=4700,
    count_e2=400,
    fee_e6=69_800,
    is_taker=True,
    post_position_e2=None,
    ts_ms=1795345393123,
)
EVENT_RECORD = EventRecord(
    EVENT,
    "KXRAIN",
    "",
    None,
    title="Rain on Dec 31",
    sub_title="Dec 31",
    settlement_sources=NWS,
    category=WEATHER,
    strike_us=CLOSE_US,
    updated_us=1_795_341_600_000_000,
    exchange_index=0,
)
SERIES = SeriesRecord(
    "KXRAIN",
    "quadratic",
    10_000,
    frequency="daily",
    title="Rain",
    category=WEATHER,
    categories=(WEATHER,),
    settlement_sources=NWS,
    contract_url="https://example.com/contract",
    contract_terms_url="https://example.com/terms",
    volume_e2=10_400,
    updated_us=1_795_341_600_000_000,
    exchange_index=0,
)
COSTS = [
    ("DELETE", "/trade-api/v2/portfolio/events/orders/{order_id}", 2),
    ("DELETE", "/trade-api/v2/portfolio/events/orders", 2),
    ("DELETE", "/trade-api/v2/portfolio/events/orders/batched", 2),
    ("GET", "/trade-api/v2/portfolio/orders/{order_id}", 2),
]
HELD = PositionAt(NYC, 0, 400, 1_880_000, 0, 69_800)
SHORT = PositionAt(BOS, 0, -250, 1_312_500, -250_000, 43_700)
ALL_DAY = (exchange.OpenHours(0, 1_439),)
GROUP_ID = "7d0e6a3e-6c0c-4a1d-9a54-0f5f6f0f2b11"
CANDLES = [
    candlesticks.Candlestick(
        1_795_345_380,
        candlesticks.Span(4400, 4400, 4500, 4500),
        candlesticks.Span(4700, 4700, 4800, 4700),
        candlesticks.Span(4600, 4600, 4700, 4700),
        mean_e4=4650,
        previous_e4=4500,
        volume_e2=400,
        open_interest_e2=5400,
    ),
    candlesticks.Candlestick(
        1_795_345_440,
        candlesticks.Span(4500, 4500, 4500, 4500),
        candlesticks.Span(4700, 4700, 4700, 4700),
        candlesticks.Span(),
        mean_e4=None,
        previous_e4=4700,
        volume_e2=0,
        open_interest_e2=5400,
    ),
]
BOOK = markets.RestBook({4400: 500, 4500: 1000}, {5200: 400, 5300: 1200})

# name of the golden file, its body, its value
TABLE: list[tuple[str, Any, Any]] = [
    (
        "exchange_status",
        exchange.StatusBody,
        ExchangeStatus(
            True,
            True,
            frozenset(),
            transfers_active=True,
            shards=(ShardStatus(0, True, True, "default"),),
        ),
    ),
    (
        "exchange_status_paused",
        exchange.StatusBody,
        ExchangeStatus(True, False, frozenset(), resumes_us=1_795_687_200_000_000),
    ),
    (
        "exchange_schedule",
        exchange.ScheduleBody,
        exchange.ExchangeSchedule(
            (
                exchange.Week(
                    1_767_225_600_000_000,
                    1_798_761_600_000_000,
                    (
                        *(ALL_DAY,) * 3,
                        (exchange.OpenHours(0, 180), exchange.OpenHours(300, 1_440)),
                        *(ALL_DAY,) * 2,
                        (),
                    ),
                ),
            ),
            (exchange.Maintenance(1_795_680_000_000_000, 1_795_687_200_000_000),),
        ),
    ),
    ("user_data_timestamp", exchange.DataTimestampBody, 1_795_345_393_123_456),
    (
        "account_limits",
        exchange.LimitsBody,
        AccountLimits("basic", BucketLimit(200, 600), BucketLimit(100, 100)),
    ),
    (
        "api_keys",
        api_keys.ApiKeysBody,
        [ApiKey("0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d", frozenset(("read", "write")))],
    ),
    ("endpoint_costs", exchange.CostsBody, (10, COSTS)),
    (
        "historical_cutoff",
        exchange.CutoffBody,
        exchange.HistoricalCutoff(*(1_787_356_800_000_000 + n * 1_000_000 for n in range(4))),
    ),
    (
        "markets",
        markets.MarketsBody,
        RowsPage(
            [
                MARKET,
                replace(
                    MARKET,
                    ticker=BOS,
                    grid=DECI,
                    volume_24h_e2=0,
                    quotes=MarketQuotes(0, 4700, 5300, 10_000, 0, 1200, 4700, 4400, 4600, 4500),
                    texts=MarketTexts(
                        "Will it rain in BOS on Dec 31?", "", "Rain", "No rain", "If it rains, Yes."
                    ),
                    terms=MarketTerms(
                        price_level_structure="deci_cent", settlement_timer_s=3600, can_close_early=True
                    ),
                ),
            ],
            "",
        ),
    ),
    ("market", markets.MarketBody, MARKET),
    ("market_combo", markets.MarketBody, COMBO),
    ("orderbook", markets.OrderbookBody, BOOK),
    (
        "orderbooks",
        markets.OrderbooksBody,
        {NYC: BOOK, BOS: markets.RestBook({}, {5300: 1200})},
    ),
    (
        "trades",
        trades.TradesBody,
        RowsPage([trades.TradeRecord(FILL.trade_id, NYC, 4700, 400, "bid", False, TRADED_US)], ""),
    ),
    ("candlesticks", candlesticks.CandlesticksBody, CANDLES),
    ("candlesticks_batch", candlesticks.BatchCandlesticksBody, {NYC: CANDLES, BOS: []}),
    ("historical_candlesticks", candlesticks.OldCandlesticksBody, CANDLES),
    ("events", listings.EventsBody, RowsPage([EVENT_RECORD], "")),
    (
        "event",
        listings.EventBody,
        replace(
            EVENT_RECORD, fee_type_override="quadratic_with_maker_fees", fee_multiplier_override_e4=5_000
        ),
    ),
    ("series", listings.SeriesBody, SERIES),
    (
        "series_list",
        listings.SeriesListBody,
        [replace(SERIES, tags=("Rain", "Daily"), additional_prohibitions=("meteorologists",))],
    ),
    (
        "series_fee_changes",
        fee_changes.SeriesFeeChangesBody,
        [
            fee_changes.SeriesFeeChange(
                "c0ffee00-0000-4000-8000-000000000001",
                "KXRAIN",
                "quadratic_with_maker_fees",
                5_000,
                1_796_083_200_000_000,
            )
        ],
    ),
    (
        "event_fee_changes",
        fee_changes.EventFeeChangesBody,
        RowsPage(
            [
                fee_changes.EventFeeChange(
                    "c0ffee00-0000-4000-8000-000000000002",
                    EVENT,
                    "KXRAIN",
                    "",
                    None,
                    1_796_169_600_000_000,
                )
            ],
            "",
        ),
    ),
    ("orders", account.OrdersBody, RowsPage([ORDER, CANCELED_ASK], "")),
    ("order", account.OrderBody, ORDER),
    ("queue_position", account.QueuePositionBody, 1_250),
    ("queue_positions", account.QueuePositionsBody, [account.QueuePosition(ORDER.order_id, NYC, 1_250)]),
    (
        "balance",
        portfolio.BalanceBody,
        Balance({0: 9_851_580_000}, 1_800_000, 1_795_345_393_000_000),
    ),
    ("positions", portfolio.PositionsBody, RowsPage([HELD, SHORT], "")),
    (
        "positions",
        portfolio.PortfolioBody,
        RowsPage(
            [
                portfolio.PositionRecord(HELD, 1_880_000, TRADED_US),
                portfolio.PositionRecord(SHORT, 1_312_500, TRADED_US),
                portfolio.EventPosition(EVENT, 3_192_500, 650, 3_192_500, -250_000, 113_500),
            ],
            "",
        ),
    ),
    ("fills", account.FillsBody, RowsPage([FILL], "")),
    (
        "settlements",
        portfolio.SettlementsBody,
        RowsPage(
            [
                Settlement(
                    NYC,
                    0,
                    "yes",
                    10_000,
                    4_000_000,
                    1_798_768_800_000_000,
                    event_ticker=EVENT,
                    yes_count_e2=400,
                    yes_cost_e6=1_880_000,
                    fee_e6=69_800,
                )
            ],
            "",
        ),
    ),
    (
        "order_groups",
        order_groups.OrderGroupsBody,
        [order_groups.OrderGroup(GROUP_ID, 0, 50_000, True, None)],
    ),
    (
        "order_group",
        order_groups.OrderGroupBody,
        order_groups.OrderGroup("", 0, 50_000, True, (ORDER.order_id,)),
    ),
]
