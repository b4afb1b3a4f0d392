"""Bytes that are no message, or say something impossible of what is needed, are Malformed; nothing makes
decode raise."""

import copy
import json

import pytest

from kalshi_client.wire import messages as wire
from kalshi_client.wire.values import Malformed, Unknown
from tests.kalshi_client.golden_values import FRAMES


def encoded(frame):
    return json.dumps(frame).encode()


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        pytest.param("ws_orderbook_delta", ("msg", field), value, id=f"{field}={value!r}"[:60])
        for field, value in [
            ("price_dollars", "0.0000"),
            ("price_dollars", "1.0000"),
            ("price_dollars", "-0.4500"),
            ("price_dollars", "NaN"),
            ("price_dollars", "1e-1"),
            ("price_dollars", "0.45001"),
            ("price_dollars", " 0.45"),
            ("price_dollars", "٠.٤٥"),
            ("price_dollars", ""),
            ("price_dollars", "0" * 5000),
            ("price_dollars", 0.45),
            ("price_dollars", 45),
            ("price_dollars", None),
            ("delta_fp", "NaN"),
            ("delta_fp", "Infinity"),
            ("delta_fp", "1.001"),
            ("delta_fp", "99999999999999999999"),
            ("delta_fp", "--1"),
            ("delta_fp", 1),
            ("side", "bid"),
            ("side", None),
            ("market_ticker", ""),
            ("market_ticker", "K" * 201),
            ("market_ticker", None),
        ]
    ]
    + [
        ("ws_orderbook_delta", ("sid",), -1),
        ("ws_orderbook_delta", ("seq",), -1),
        ("ws_orderbook_delta", ("seq",), 10**30),
        ("ws_orderbook_delta", ("seq",), "2"),
        ("ws_orderbook_delta", ("seq",), None),
        ("ws_orderbook_delta", ("msg",), []),
        ("ws_orderbook_snapshot", ("msg", "yes_dollars_fp"), [["0.4400"]]),
        ("ws_orderbook_snapshot", ("msg", "yes_dollars_fp"), [["0.4400", "-5.00"]]),
        ("ws_orderbook_snapshot", ("msg", "yes_dollars_fp"), [["0.44", "5"], ["0.4400", "6"]]),
        ("ws_orderbook_snapshot", ("msg", "no_dollars_fp"), [["1.5200", "5.00"]]),
        ("ws_fill", ("msg", "count_fp"), "-4.00"),
        ("ws_fill", ("msg", "fee_cost"), "-0.01"),
        ("ws_fill", ("msg", "fee_cost"), "99999999999.00"),
        ("ws_fill", ("msg", "book_side"), "yes"),
        ("ws_fill", ("msg", "trade_id"), ""),
        ("ws_user_order", ("msg", "remaining_count_fp"), "-1.00"),
        ("ws_user_order", ("msg", "status"), "filled"),
        ("ws_fill", ("msg", "count_fp"), "0.00"),
        ("ws_fill", ("msg", "subaccount"), -1),
        ("ws_fill", ("msg", "client_order_id"), 7),
        ("ws_market_position", ("msg", "position_fp"), "NaN"),
        ("ws_ticker", ("msg", "market_ticker"), ""),
        ("ws_trade", ("msg", "count_fp"), "0.00"),
        ("ws_trade", ("msg", "count_fp"), "-1.00"),
        ("ws_trade", ("msg", "yes_price_dollars"), "1.0000"),
        ("ws_trade", ("msg", "taker_book_side"), "yes"),
        ("ws_trade", ("msg", "is_block_trade"), 1),
        ("ws_trade", ("seq",), None),
        ("ws_market_lifecycle_created", ("msg", "close_ts"), 10**12),
        ("ws_market_lifecycle_created", ("msg", "exchange_index"), -1),
        ("ws_market_lifecycle_activated", ("msg", "is_deactivated"), True),
        ("ws_market_lifecycle_deactivated", ("msg", "is_deactivated"), False),
        ("ws_market_lifecycle_close_date_updated", ("msg", "close_ts"), None),
        ("ws_market_lifecycle_settled", ("msg", "event_type"), ""),
        ("ws_event_fee_update", ("msg", "fee_multiplier_override"), -0.5),
        ("ws_event_lifecycle", ("msg", "event_ticker"), ""),
        ("ws_order_group_created", ("msg", "order_group_id"), ""),
        ("ws_ok", ("msg", "market_tickers"), [1]),
        ("ws_ok_list_subscriptions", ("msg",), [{"channel": "fill"}]),
    ],
)
def test_impossible_value_is_malformed(name, path, value):
    frame = copy.deepcopy(FRAMES[name])
    target = frame
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value

    assert isinstance(wire.decode(encoded(frame)), Malformed)


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"heartbeat",
        b"null",
        b"[]",
        b"42",
        b"{}",
        b'{"type":5}',
        b'{"type":"orderbook_delta"}',
        b'{"type":"orderbook_delta","sid":1,"seq":2,"msg":{}}' + b"x",
        b"\xff\xfe\x00binary",
        b"[" * 100_000,
        b'{"type":"ok","msg":' + b"[" * 100_000,
        b'{"type":"ok","id":NaN}',
    ],
    ids=lambda frame: repr(frame[:30]),
)
def test_bytes_that_are_no_message_are_malformed(frame):
    assert isinstance(wire.decode(frame), Malformed)


def test_unknown_type_is_named_but_not_at_any_length():
    message = wire.decode(encoded({"type": "x" * 10_000, "msg": {}}))

    assert message == Unknown("x" * wire.MAX_TYPE_NAME)
