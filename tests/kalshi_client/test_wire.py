"""Every golden frame decodes to the value it stands for; nothing makes decode raise."""

import copy
import json

import msgspec
import pytest

from kalshi_client.wire import messages as wire
from kalshi_client.wire.news import MarketChanged
from kalshi_client.wire.values import Malformed, Unknown
from tests.kalshi_client.golden_values import EXPECTED, FRAMES, NYC
from trading.coherence import Strike

# Still sent beside what replaced them (protocol 4.2, 4.4, 10.3). A delta's ``side`` is not among them.
DEPRECATED = {
    "fill": {"side", "action", "purchased_side", "ts"},
    "user_order": {"side", "is_yes", "created_time", "last_update_time", "expiration_time"},
    "trade": {"taker_side", "ts"},
    "ticker": {"ts", "time"},
    "orderbook_delta": {"ts"},
}
# Gone, and written by an old recording or a tolerant server (protocol 4.4).
GONE = {
    "orderbook_snapshot": {"yes": [[1, 1]], "no": [[1, 1]], "yes_dollars": [], "no_dollars": []},
    "orderbook_delta": {"price": 99, "delta": 1_000_000},
    "ticker": {"price": 99, "yes_bid": 98, "yes_ask": 99, "volume": 1, "open_interest": 1},
    "trade": {"yes_price": 99, "no_price": 1, "count": 1_000_000},
    "fill": {"yes_price": 99, "no_price": 1, "count": 1_000_000},
    "market_position": {"position": 99, "position_cost": 1, "realized_pnl": 1, "fees_paid": 1},
}


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


@pytest.mark.parametrize("name", FRAMES)
def test_deprecated_fields_are_not_needed(name):
    frame = copy.deepcopy(FRAMES[name])
    for key in DEPRECATED.get(frame["type"], ()):
        frame["msg"].pop(key, None)

    assert wire.decode(encoded(frame)) == EXPECTED[name]


@pytest.mark.parametrize(("kind", "field"), [(kind, f) for kind in DEPRECATED for f in DEPRECATED[kind]])
def test_every_deprecated_field_is_in_a_golden_frame(kind, field):
    assert any(field in frame["msg"] for frame in FRAMES.values() if frame["type"] == kind)


@pytest.mark.parametrize("name", FRAMES)
def test_fields_of_the_past_are_not_read(name):
    frame = copy.deepcopy(FRAMES[name])
    if frame["type"] in GONE:
        frame["msg"] |= GONE[frame["type"]]

    assert wire.decode(encoded(frame)) == EXPECTED[name]


@pytest.mark.parametrize("name", FRAMES)
def test_frame_alone_gives_the_same_value(name):
    assert wire.decode_frame(encoded(FRAMES[name])).to_value() == EXPECTED[name]


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
        ("ws_market_position", ("msg", "volume_fp"), "-1.00"),
        ("ws_fill", ("msg", "count_fp"), "0.00"),
        ("ws_trade", ("msg", "count_fp"), "0.00"),
        ("ws_trade", ("msg", "count_fp"), "-1.00"),
        ("ws_trade", ("msg", "yes_price_dollars"), "1.0000"),
        ("ws_trade", ("msg", "taker_book_side"), "yes"),
        ("ws_trade", ("msg", "is_block_trade"), 1),
        ("ws_trade", ("seq",), None),
        ("ws_ticker", ("msg", "yes_ask_dollars"), "1.0001"),
        ("ws_ticker", ("msg", "yes_bid_size_fp"), "-1.00"),
        ("ws_ticker", ("msg", "dollar_volume"), "48"),
        ("ws_ticker", ("msg", "dollar_volume"), 10**30),
        ("ws_ticker", ("msg", "ts_ms"), None),
        ("ws_ticker", ("sending_ts_ms",), "1795345393130"),
        ("ws_ticker", ("sending_ts_ms",), -1),
        ("ws_market_lifecycle_created", ("msg", "open_ts"), None),
        ("ws_market_lifecycle_created", ("msg", "close_ts"), 10**12),
        ("ws_market_lifecycle_created", ("msg", "exchange_index"), -1),
        ("ws_market_lifecycle_activated", ("msg", "is_deactivated"), True),
        ("ws_market_lifecycle_deactivated", ("msg", "is_deactivated"), False),
        ("ws_market_lifecycle_close_date_updated", ("msg", "close_ts"), None),
        ("ws_market_lifecycle_determined", ("msg", "result"), None),
        ("ws_market_lifecycle_determined", ("msg", "settlement_value"), "1.5000"),
        ("ws_market_lifecycle_determined", ("msg", "determination_ts"), None),
        ("ws_market_lifecycle_settled", ("msg", "settled_ts"), "soon"),
        ("ws_market_lifecycle_settled", ("msg", "settled_ts"), None),
        ("ws_market_lifecycle_settled", ("msg", "event_type"), ""),
        ("ws_event_fee_update", ("msg", "fee_multiplier_override"), -0.5),
        ("ws_event_lifecycle", ("msg", "event_ticker"), ""),
        ("ws_order_group_created", ("msg", "contracts_limit_fp"), "-1.00"),
        ("ws_order_group_created", ("msg", "order_group_id"), ""),
        ("ws_ok", ("msg", "market_tickers"), [1]),
        ("ws_ok_list_subscriptions", ("msg",), [{"channel": "fill"}]),
        ("ws_error", ("msg", "code"), "7"),
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


def objects_in(frame):
    """The frame, its body and what is nested in that."""
    yield frame
    for value in frame.values():
        if isinstance(value, dict):
            yield from objects_in(value)


@pytest.mark.parametrize("name", FRAMES)
def test_null_is_the_same_as_absent_wherever_a_key_may_be_absent(name):
    frame = copy.deepcopy(FRAMES[name])
    for holder in list(objects_in(frame)):
        for key in list(holder):
            value = holder.pop(key)
            without = wire.decode(encoded(frame))
            holder[key] = None
            with_null = wire.decode(encoded(frame))
            holder[key] = value

            assert with_null == without or isinstance(without, Malformed), key


@pytest.mark.parametrize("strike", ["2.5", None, True, 10**400, [2.5], {"floor": 2.5}])
def test_strike_of_no_known_form_hides_no_news(strike):
    frame = copy.deepcopy(FRAMES["ws_market_lifecycle_metadata_updated"])
    frame["msg"]["floor_strike"] = strike

    message = wire.decode(encoded(frame))

    assert message == msgspec.structs.replace(
        EXPECTED["ws_market_lifecycle_metadata_updated"], strike=Strike("greater", None, None)
    )


def test_news_of_a_kind_added_since_keep_their_number_and_market():
    frame = copy.deepcopy(FRAMES["ws_market_lifecycle_activated"])
    frame["msg"]["event_type"] = "moved_to_the_moon"

    message = wire.decode(encoded(frame))

    assert message == MarketChanged(7, 2, NYC, is_combo=False, event_type="moved_to_the_moon")


@pytest.mark.parametrize("name", [name for name in FRAMES if name.startswith("ws_market_lifecycle")])
def test_combo_markets_have_the_same_news_on_their_own_channel(name):
    frame = FRAMES[name] | {"type": "multivariate_market_lifecycle"}

    assert wire.decode(encoded(frame)) == msgspec.structs.replace(EXPECTED[name], is_combo=True)


@pytest.mark.parametrize("name", ["rfq_created", "quote_executed", "cfbenchmarks_value", "pyth_value"])
def test_channel_out_of_scope_is_unknown_by_its_name(name):
    assert wire.decode(encoded({"type": name, "sid": 1, "seq": 1, "msg": {"id": "x"}})) == Unknown(name)
