"""Every golden body decodes to the record it stands for; errors are read in all three shapes."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_client.wire import account as wire_account
from kalshi_client.wire import bodies as wire_bodies
from kalshi_client.wire import markets as wire_markets
from kalshi_client.wire.bodies import Page, read, read_error
from kalshi_client.wire.records import (
    AccountLimits,
    ApiError,
    Balance,
    BucketLimit,
    EventRecord,
    ExchangeStatus,
    MarketRecord,
    SeriesRecord,
    Settlement,
)
from kalshi_client.wire.values import FillMessage, Malformed, OrderMessage
from trading.coherence import Strike
from trading.events import PositionAt
from trading.market import PriceGrid

NYC, BOS, EVENT = "KXRAIN-26DEC31-NYC", "KXRAIN-26DEC31-BOS", "KXRAIN-26DEC31"
CLOSE_US = 1_798_761_540_000_000
TAPERED, DECI = PriceGrid.named("tapered_deci_cent"), PriceGrid.named("deci_cent")
RAIN = Strike("greater", 0.01)
MARKET = MarketRecord(NYC, EVENT, "active", TAPERED, 0, CLOSE_US, 5400, "", None, 10_400, 5400, RAIN)
FINALIZED = replace(MARKET, status="finalized", result="yes", settlement_value_e4=10_000)
DRY = replace(MARKET, ticker=BOS, grid=DECI, volume_24h_e2=0)
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
    taker_cost_e6=0,
    taker_fees_e6=0,
    self_trade_prevention="taker_at_cross",
    user_id="9c11aa22-bb33-4c44-8d55-ee66ff770088",
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
COSTS = [
    ("DELETE", "/trade-api/v2/portfolio/events/orders/{order_id}", 2),
    ("DELETE", "/trade-api/v2/portfolio/events/orders", 2),
    ("DELETE", "/trade-api/v2/portfolio/events/orders/batched", 2),
    ("GET", "/trade-api/v2/portfolio/orders/{order_id}", 2),
]

TABLE = [
    ("exchange_status", wire_bodies.StatusBody, ExchangeStatus(True, True, frozenset())),
    ("exchange_status_paused", wire_bodies.StatusBody, ExchangeStatus(True, False, frozenset())),
    ("user_data_timestamp", wire_bodies.DataTimestampBody, 1_795_345_393_123_456),
    (
        "account_limits",
        wire_bodies.LimitsBody,
        AccountLimits("basic", BucketLimit(200, 600), BucketLimit(100, 100)),
    ),
    ("endpoint_costs", wire_bodies.CostsBody, (10, COSTS)),
    (
        "markets",
        wire_markets.MarketsBody,
        Page([MARKET, DRY], ""),
    ),
    ("market", wire_markets.MarketBody, MARKET),
    ("market_finalized", wire_markets.MarketBody, FINALIZED),
    ("orderbook", wire_markets.OrderbookBody, ({4400: 500, 4500: 1000}, {5200: 400, 5300: 1200})),
    ("events", wire_markets.EventsBody, Page([EventRecord(EVENT, "KXRAIN", "", None)], "")),
    (
        "event",
        wire_markets.EventBody,
        EventRecord(EVENT, "KXRAIN", "quadratic_with_maker_fees", 5_000),
    ),
    ("series", wire_markets.SeriesBody, SeriesRecord("KXRAIN", "quadratic", 10_000)),
    ("orders", wire_account.OrdersBody, Page([ORDER, CANCELED_ASK], "")),
    ("order", wire_account.OrderBody, ORDER),
    (
        "balance",
        wire_account.BalanceBody,
        Balance({0: 9_851_580_000}, 1_800_000, 1_795_345_393_000_000),
    ),
    (
        "positions",
        wire_account.PositionsBody,
        Page(
            [
                PositionAt(NYC, 0, 400, 1_880_000, 0, 69_800),
                PositionAt(BOS, 0, -250, 1_312_500, -250_000, 43_700),
            ],
            "",
        ),
    ),
    ("fills", wire_account.FillsBody, Page([FILL], "")),
    (
        "settlements",
        wire_account.SettlementsBody,
        Page([Settlement(NYC, 0, "yes", 10_000, 4_000_000, 1_798_768_800_000_000)], ""),
    ),
]


def body_of(golden, name):
    return json.dumps(golden(f"rest_{name}")["body"]).encode()


@pytest.mark.parametrize(("name", "kind", "value"), TABLE, ids=[row[0] for row in TABLE])
def test_golden_body_decodes(golden, name, kind, value):
    assert read(body_of(golden, name), kind) == value


@pytest.mark.parametrize("name", ["orders", "fills", "positions", "settlements"])
def test_null_list_is_an_empty_page(name):
    kind = {row[0]: row[1] for row in TABLE}[name]
    key = "market_positions" if name == "positions" else name

    assert read(json.dumps({key: None}).encode(), kind) == Page([], "")


@pytest.mark.parametrize("name", [row[0] for row in TABLE])
def test_empty_object_is_malformed(name):
    kind = {row[0]: row[1] for row in TABLE}[name]

    assert isinstance(read(b"{}", kind), Malformed)


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("orders", "yes_price_dollars", "NaN"),
        ("orders", "yes_price_dollars", "1.0000"),
        ("orders", "fill_count_fp", "-1.00"),
        ("orders", "status", "weird"),
        ("orders", "book_side", None),
        ("orders", "created_time", "2026-11-22T11:03:13"),
        ("fills", "fee_cost", "-0.0100"),
        ("fills", "count_fp", "1e3"),
        ("fills", "trade_id", ""),
    ],
)
def test_impossible_value_makes_the_whole_page_malformed(golden, name, key, value):
    kind = {row[0]: row[1] for row in TABLE}[name]
    body = golden(f"rest_{name}")["body"]
    body[name][0][key] = value

    assert isinstance(read(json.dumps(body).encode(), kind), Malformed)


def test_market_that_cannot_be_read_does_not_hide_the_others(golden):
    body = golden("rest_markets")["body"]
    body["markets"][0]["price_ranges"] = [{"start": "0.0000", "end": "1.0000", "step": "0.0000"}]

    broken, good = read(json.dumps(body).encode(), wire_markets.MarketsBody).rows

    assert isinstance(broken, Malformed)
    assert good.ticker == BOS


def test_grid_comes_from_the_name_when_no_ranges_are_given(golden):
    body = golden("rest_market")["body"]
    del body["market"]["price_ranges"]
    assert read(json.dumps(body).encode(), wire_markets.MarketBody).grid == TAPERED

    body["market"]["price_level_structure"] = "banded_centi_cent"
    assert isinstance(read(json.dumps(body).encode(), wire_markets.MarketBody), Malformed)


@pytest.mark.parametrize("strike", [None, "4", True, 10**400, [4]])
def test_a_strike_of_no_known_form_hides_no_market(golden, strike):
    body = golden("rest_market")["body"]
    body["market"] |= {"floor_strike": strike, "cap_strike": 4, "strike_type": 7}

    assert read(json.dumps(body).encode(), wire_markets.MarketBody).strike == Strike("", None, 4.0)


def test_scalar_settlement_needs_its_value(golden):
    body = golden("rest_settlements")["body"]
    body["settlements"][0] |= {"market_result": "scalar", "value": 37}
    assert read(json.dumps(body).encode(), wire_account.SettlementsBody).rows[0].value_e4 == 3_700

    body["settlements"][0]["value"] = None
    assert isinstance(read(json.dumps(body).encode(), wire_account.SettlementsBody), Malformed)


def test_paused_shards_are_named(golden):
    body = golden("rest_exchange_status")["body"]
    body["exchange_index_statuses"].append(
        {"exchange_index": 2, "exchange_active": True, "trading_active": False}
    )

    assert read(json.dumps(body).encode(), wire_bodies.StatusBody).paused_shards == {2}


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("create_order_post_only_cross", ApiError("invalid_order", "post only cross")),
        ("create_order_malformed", ApiError("bad_request", "body cannot be parsed")),
        ("error_too_many_requests", ApiError("too many requests", "")),
        ("error_unauthorized", ApiError("authentication_error", "NOT_FOUND")),
        ("error_clock", ApiError("header_timestamp_expired", "header timestamp expired")),
    ],
)
def test_error_is_read_in_each_shape(golden, name, error):
    assert read_error(body_of(golden, name)) == error


@pytest.mark.parametrize("body", [b"", b"<html>502</html>", b"[]", b"null", b'{"error":5}', b"{"])
def test_error_body_of_no_known_shape_says_nothing(body):
    assert read_error(body) == ApiError("", "")


@given(st.binary(max_size=200), st.sampled_from([row[1] for row in TABLE]))
def test_random_bytes_never_raise(body, kind):
    read(body, kind)
    read_error(body)
