"""Every golden frame decodes to the value it stands for; nothing makes decode raise."""

import copy
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_client.wire import messages as wire
from kalshi_client.wire.values import (
    BookDelta,
    BookSnapshot,
    ErrorMessage,
    FillMessage,
    Malformed,
    Ok,
    OrderMessage,
    PositionMessage,
    Subscribed,
    Unknown,
    Unsubscribed,
)

WIRE = Path(__file__).parents[1] / "wire"
FRAMES = {p.stem: json.loads(p.read_text())["frame"] for p in sorted(WIRE.glob("ws_*.json"))}

NYC, BOS = "KXRAIN-26DEC31-NYC", "KXRAIN-26DEC31-BOS"
OURS = "rl1-1a2b3c4d-sq7x9-12"
YES, NO = {4400: 500, 4500: 1000}, {5200: 400, 5300: 1200}
ORDER_ID = "0f3c1d52-70d4-4f4a-8f0e-6a1d2b3c4d5e"
ORDER = OrderMessage(
    order_id=ORDER_ID,
    client_order_id=OURS,
    ticker=NYC,
    exchange_index=0,
    side="bid",
    price_e4=4500,
    status="resting",
    initial_e2=1000,
    fill_e2=400,
    remaining_e2=600,
    reason="Trade",
    expiration_ms=None,
    ts_ms=1795345393123,
)
EXPIRED = OrderMessage(
    order_id=ORDER_ID,
    client_order_id=OURS,
    ticker=NYC,
    exchange_index=0,
    side="bid",
    price_e4=4500,
    status="canceled",
    initial_e2=1000,
    fill_e2=400,
    remaining_e2=0,
    reason="ExpiryCancel",
    expiration_ms=1795345453000,
    ts_ms=1795345453002,
)
FILL = FillMessage(
    trade_id="a1b2c3d4-e5f6-4789-8abc-def012345678",
    order_id=ORDER_ID,
    client_order_id=OURS,
    ticker=NYC,
    exchange_index=0,
    side="bid",
    price_e4=4700,
    count_e2=400,
    fee_e6=69_800,
    is_taker=True,
    post_position_e2=400,
    ts_ms=1795345393123,
)
ASK_FILL = FillMessage(
    trade_id="b1b2c3d4-e5f6-4789-8abc-def012345678",
    order_id="2c9e7a10-52c1-4f0e-9b7d-0d1e2f3a4b5c",
    client_order_id="",
    ticker=NYC,
    exchange_index=0,
    side="ask",
    price_e4=4750,
    count_e2=150,
    fee_e6=0,
    is_taker=False,
    post_position_e2=-150,
    ts_ms=1795345393123,
)

EXPECTED = {
    "ws_subscribed": Subscribed(1, "orderbook_delta", 1),
    "ws_ok": Ok(2, 1, 57),
    "ws_ok_list_subscriptions": Ok(4, None, None),
    "ws_unsubscribed": Unsubscribed(5, 1, 58),
    "ws_error": ErrorMessage(3, None, None, 7, "Unknown subscription ID", ()),
    "ws_error_overflow": ErrorMessage(0, 1, 59, 25, "Subscription buffer overflow", ()),
    "ws_error_market_tickers": ErrorMessage(6, 1, 60, 11, "Invalid parameter", ("KXNONE-26DEC31-NYC",)),
    "ws_orderbook_snapshot": BookSnapshot(1, 1, NYC, YES, NO, 0),
    "ws_orderbook_snapshot_empty_side": BookSnapshot(1, 2, BOS, {}, {5300: 1200}, 0),
    "ws_orderbook_snapshot_absent_side": BookSnapshot(1, 2, BOS, {}, {5300: 1200}, 0),
    "ws_orderbook_snapshot_requested": BookSnapshot(1, 61, NYC, YES, NO, 7),
    "ws_orderbook_delta": BookDelta(1, 2, NYC, "yes", 4500, -200, 1795345200123, ""),
    "ws_orderbook_delta_own": BookDelta(1, 3, NYC, "no", 5275, 25, 1795345200223, OURS),
    "ws_orderbook_delta_sending_ts": BookDelta(1, 4, NYC, "yes", 4400, 300, 1795345200323, ""),
    "ws_fill": FILL,
    "ws_fill_ask_without_client_order_id": ASK_FILL,
    "ws_user_order": ORDER,
    "ws_user_order_expired": EXPIRED,
    "ws_market_position": PositionMessage(NYC, 400, 1_880_000, 0, 69_800),
    # Channels that this client does not read.
    "ws_ticker": Unknown("ticker"),
    "ws_trade": Unknown("trade"),
    "ws_market_lifecycle_created": Unknown("market_lifecycle_v2"),
    "ws_market_lifecycle_activated": Unknown("market_lifecycle_v2"),
    "ws_market_lifecycle_deactivated": Unknown("market_lifecycle_v2"),
    "ws_market_lifecycle_close_date_updated": Unknown("market_lifecycle_v2"),
    "ws_market_lifecycle_determined": Unknown("market_lifecycle_v2"),
    "ws_market_lifecycle_settled": Unknown("market_lifecycle_v2"),
    "ws_market_lifecycle_price_level_structure_updated": Unknown("market_lifecycle_v2"),
    "ws_event_lifecycle": Unknown("event_lifecycle"),
    "ws_event_fee_update": Unknown("event_fee_update"),
}

DEPRECATED = ("side", "action", "is_yes", "purchased_side", "ts", "market_id", "created_time")


def encoded(frame):
    return json.dumps(frame).encode()


def test_table_has_a_row_for_every_golden_frame():
    assert EXPECTED.keys() == FRAMES.keys()


@pytest.mark.parametrize("name", FRAMES)
def test_golden_frame_decodes(name):
    assert wire.decode(encoded(FRAMES[name])) == EXPECTED[name]


@pytest.mark.parametrize("name", FRAMES)
def test_extra_fields_and_another_order_change_nothing(name):
    frame = copy.deepcopy(FRAMES[name])
    if isinstance(frame.get("msg"), dict):
        frame["msg"] = {"new_field": [1, {"a": None}], **dict(reversed(frame["msg"].items()))}
    reordered = {"sending_ts_ms": 1795345200330, **dict(reversed(frame.items()))}

    assert wire.decode(encoded(reordered)) == EXPECTED[name]


@pytest.mark.parametrize("name", ["ws_fill", "ws_user_order"])
def test_deprecated_fields_are_not_needed(name):
    frame = copy.deepcopy(FRAMES[name])
    for key in DEPRECATED:
        frame["msg"].pop(key, None)

    assert wire.decode(encoded(frame)) == EXPECTED[name]


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
            ("ts_ms", -1),
            ("ts_ms", 10**30),
            ("ts_ms", "1"),
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
        ("ws_fill", ("msg", "post_position_fp"), "inf"),
        ("ws_user_order", ("msg", "remaining_count_fp"), "-1.00"),
        ("ws_user_order", ("msg", "status"), "filled"),
        ("ws_market_position", ("msg", "position_cost_dollars"), "NaN"),
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


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


@given(st.binary(max_size=300))
def test_random_bytes_never_raise(data):
    assert isinstance(wire.decode(data), Malformed | Unknown)


@given(name=st.sampled_from(sorted(FRAMES)), data=st.data())
def test_golden_frames_with_a_mutation_never_raise(name, data):
    frame = copy.deepcopy(FRAMES[name])
    target = frame["msg"] if isinstance(frame.get("msg"), dict) and data.draw(st.booleans()) else frame
    target[data.draw(st.sampled_from(sorted(target)))] = data.draw(JSON)

    wire.decode(encoded(frame))


@given(name=st.sampled_from(sorted(FRAMES)), data=st.data())
def test_golden_frames_with_damaged_bytes_never_raise(name, data):
    raw = bytearray(encoded(FRAMES[name]))
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))

    wire.decode(bytes(raw))


@pytest.mark.parametrize(
    ("name", "command"),
    [
        (
            "cmd_subscribe_orderbook",
            wire.subscribe(1, ["orderbook_delta"], tickers=[NYC, BOS], books=True),
        ),
        ("cmd_subscribe_private", wire.subscribe(1, ["fill", "user_orders"])),
        ("cmd_get_snapshot", wire.get_snapshot(4, 1, [NYC, BOS])),
    ],
)
def test_commands_are_the_golden_ones(name, command):
    assert json.loads(command) == json.loads((WIRE / f"{name}.json").read_text())["frame"]
