"""Every message of the exchange has the fields and types of the golden frames, and no others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from simulator.engine.matching.orders import Refusal
from simulator.surface.rest import account_bodies, market_bodies
from simulator.surface.rest import errors as rest_errors
from simulator.surface.websocket import frames, lifecycle_frames
from tests.simulator.builders import IDS, NOW_US, TICKER, OpenWorld, Venue

WIRE = Path(__file__).parents[1] / "wire"

# Optional in the protocol and not sent by this exchange.
NOT_SENT = {"volume_fp", "last_updated_ts", "floor_strike", "sending_ts_ms"}
OPTIONAL = {
    "client_order_id",
    "subaccount",
    "expiration_time",
    "expiration_ts_ms",
    "last_update_reason",
    "early_close_condition",
    "custom_strike",
}

LIFECYCLE = [
    "created",
    "activated",
    "deactivated",
    "close_date_updated",
    "determined",
    "settled",
    "price_level_structure_updated",
    "metadata_updated",
]


def golden(name: str) -> Any:
    document = json.loads((WIRE / f"{name}.json").read_text())
    return document.get("frame", document.get("body"))


def shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return "null" if value is None else type(value).__name__


def assert_same_shape(sent: Any, wanted: Any) -> None:
    if isinstance(sent, dict):
        assert set(sent) - OPTIONAL - NOT_SENT == set(wanted) - OPTIONAL - NOT_SENT
        for key in sent.keys() & wanted.keys():
            assert_same_shape(sent[key], wanted[key])
    elif isinstance(sent, list) and sent and wanted:
        assert_same_shape(sent[0], wanted[0])
    elif "null" not in (shape(sent), shape(wanted)):
        assert shape(sent) == shape(wanted)
        if isinstance(wanted, str) and _is_number(wanted):
            assert _decimals(sent) == _decimals(wanted)


def _is_number(text: str) -> bool:
    return text.replace(".", "").replace("-", "").isdigit()


def _decimals(text: str) -> int:
    return len(text.partition(".")[2])


@pytest.fixture
def traded() -> Venue:
    venue = Venue()
    venue.send("ask", 4700, 400, by=venue.other)
    venue.send("ask", 4900, 100, by=venue.other)
    venue.send("bid", 4600, 1200, by=venue.other)
    venue.send("bid", 4700, 1000, expires_s=NOW_US // 1_000_000 + 60)
    return venue


def test_market_data_messages(traded):
    delta = {"price_e4": 4700, "delta_e2": 600, "now_us": NOW_US, "yes_price": False, "is_own": True}
    order = next(iter(traded.user.orders.values()))
    sent = {
        "ws_orderbook_delta_own": frames.delta_msg(order, "bid", **delta),
        "ws_orderbook_snapshot": frames.snapshot_msg(traded.listed, yes_price=False),
        "ws_ticker": frames.ticker_msg(traded.listed, NOW_US),
        "ws_trade": frames.trade_msg(traded.news.trades[0], IDS.trade(1)),
    }

    for name, msg in sent.items():
        assert_same_shape(json.loads(msg), golden(name)["msg"])


def test_private_messages(traded):
    order = next(iter(traded.user.orders.values()))
    holding = traded.user.holdings[TICKER]
    sent = {
        "ws_fill": frames.fill_msg(traded.news.fills[0]),
        "ws_user_order_expired": frames.user_order_msg(order),
        "ws_market_position": frames.position_msg(traded.user.user_id, TICKER, holding),
    }

    for name, msg in sent.items():
        assert_same_shape(json.loads(msg), golden(name)["msg"])


@pytest.mark.parametrize("kind", LIFECYCLE)
def test_market_news(traded, kind):
    sent = lifecycle_frames.market_msg(traded.listed, kind, NOW_US)

    assert_same_shape(json.loads(sent), golden(f"ws_market_lifecycle_{kind}")["msg"])


def test_news_of_events_and_order_groups():
    event = next(iter(OpenWorld(10).world.events.values()))
    group_id = IDS.group(1)
    sent = {
        "ws_event_lifecycle": lifecycle_frames.event_msg(event),
        "ws_event_fee_update": lifecycle_frames.event_fee_msg(event.ticker, "quadratic", 5_000),
        "ws_event_fee_update_cleared": lifecycle_frames.event_fee_msg(event.ticker, None, None),
        "ws_order_group_created": lifecycle_frames.order_group_msg("created", group_id, 50_000, at_us=NOW_US),
        "ws_order_group_triggered": lifecycle_frames.order_group_msg(
            "triggered", group_id, None, at_us=NOW_US
        ),
    }

    for name, msg in sent.items():
        assert_same_shape(json.loads(msg), golden(name)["msg"])


def test_rest_market_bodies(traded):
    world = OpenWorld(10).world
    event = next(iter(world.events.values()))
    sent = {
        "rest_market": {"market": market_bodies.market_body(traded.listed, NOW_US)},
        "rest_orderbook": {"orderbook_fp": market_bodies.book_body(traded.listed.book)},
        "rest_trades": {"trades": [market_bodies.trade_body(traded.news.trades[0], IDS)], "cursor": ""},
        "rest_events": {"events": [market_bodies.event_body(event)], "cursor": ""},
        "rest_series": {"series": market_bodies.series_body(event.series)},
    }

    for name, body in sent.items():
        assert_same_shape(body, golden(name))


def test_rest_account_bodies(traded):
    order = next(iter(traded.user.orders.values()))
    holding = traded.user.holdings[TICKER]
    sent = {
        "rest_create_order_filled": account_bodies.created_body(order),
        "rest_cancel_order": account_bodies.canceled_body(order, 600),
        "rest_order": {"order": account_bodies.order_body(order)},
        "rest_fills": {"fills": [account_bodies.fill_body(traded.user.fills[0])], "cursor": ""},
        "rest_positions": {
            "cursor": "",
            "market_positions": [account_bodies.position_body(traded.listed, holding)],
            "event_positions": [account_bodies.event_position_body("KXRAIN-26DEC31", [holding])],
        },
        "rest_balance": account_bodies.balance_body(traded.user, {TICKER: traded.listed}, None, NOW_US),
    }

    for name, body in sent.items():
        assert_same_shape(body, golden(name))


@pytest.mark.parametrize(
    ("name", "refusal"),
    [
        ("rest_create_order_already_exists", Refusal("order_already_exists")),
        ("rest_create_order_malformed", Refusal("bad_request", "body cannot be parsed")),
        ("rest_create_order_post_only_cross", Refusal("invalid_order", "post only cross")),
        ("rest_error_clock", Refusal("header_timestamp_expired")),
        ("rest_error_limit_out_of_range", Refusal("invalid_parameters")),
        ("rest_error_market_not_found", Refusal("market_not_found")),
        ("rest_error_unauthorized", Refusal("authentication_error", "NOT_FOUND")),
        ("rest_cancel_order_not_found", Refusal("not_found")),
    ],
)
def test_errors_are_word_for_word(name, refusal):
    answer = rest_errors.refusal_answer(refusal)

    assert json.loads(answer.body) == golden(name)
    assert answer.status == json.loads((WIRE / f"{name}.json").read_text())["status"]


def test_too_many_requests_is_a_string():
    answer = rest_errors.too_many_requests()

    assert json.loads(answer.body) == golden("rest_error_too_many_requests")
    assert answer.status == 429
