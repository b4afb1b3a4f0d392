"""Every golden frame decodes to the value it stands for; nothing makes decode raise."""

import copy
import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalshi_client.wire import commands
from kalshi_client.wire import messages as wire
from kalshi_client.wire.values import Malformed, Unknown
from tests.kalshi_client.golden_values import BOS, EXPECTED, FRAMES, NYC, WIRE

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
    reordered = {"new_field": {"b": []}, **dict(reversed(frame.items()))}

    assert wire.decode(encoded(reordered)) == EXPECTED[name]


@pytest.mark.parametrize("name", FRAMES)
def test_sending_time_may_stand_on_every_message(name):
    frame = FRAMES[name] | {"sending_ts_ms": 1795345200999}

    message = wire.decode(encoded(frame))

    assert message == msgspec.structs.replace(EXPECTED[name], sending_ts_ms=1795345200999)


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
    body = frame.get("msg")
    target = body if isinstance(body, dict) and body and data.draw(st.booleans()) else frame
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
            commands.subscribe(1, ["orderbook_delta"], tickers=[NYC, BOS]),
        ),
        ("cmd_subscribe_private", commands.subscribe(1, ["fill", "user_orders"])),
        ("cmd_get_snapshot", commands.get_snapshot(4, 1, [NYC, BOS])),
    ],
)
def test_commands_are_the_golden_ones(name, command):
    assert json.loads(command) == json.loads((WIRE / f"{name}.json").read_text())["frame"]
