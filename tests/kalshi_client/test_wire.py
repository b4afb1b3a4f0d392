"""Every golden frame decodes to the value it stands for, whatever else it carries or lacks."""

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


@pytest.mark.parametrize(
    ("kind", "field"), [(kind, f) for kind in DEPRECATED for f in sorted(DEPRECATED[kind])]
)
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


def test_order_that_tells_no_last_change_changed_no_later_than_it_was_sent():
    frame = copy.deepcopy(FRAMES["ws_user_order"]) | {"sending_ts_ms": 1795345200999}
    del frame["msg"]["last_updated_ts_ms"]

    assert wire.decode(encoded(frame)).ts_ms == 1795345200999

    del frame["sending_ts_ms"]
    assert wire.decode(encoded(frame)).ts_ms == 0
