"""Whatever arrives, decode answers with a value that can be true, or says that it cannot."""

import copy
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kalshi_client.wire import messages as wire
from kalshi_client.wire.values import Malformed, Unknown
from tests.kalshi_client.golden_values import EXPECTED, FRAMES
from tests.kalshi_client.possible_values import is_possible

NAMES = sorted(FRAMES)
EXAMPLES = settings().max_examples  # of the profile
EDGES = [
    "0.0000",
    "1.0000",
    "1.0001",
    "-0.0001",
    "0.00",
    "-0.01",
    "-1.00",
    "10000000000.01",
    "-10000000000.01",
]
NOT_NUMBERS = ["", "-", ".", "NaN", "Infinity", "1e-3", "0x1", "1_0", "٠.٤٥", " 0.45", "+0.45", "-0.0000"]
NUMBER_TEXTS = st.one_of(
    st.sampled_from(EDGES),
    st.sampled_from(NOT_NUMBERS),
    st.decimals(allow_nan=True, allow_infinity=True).map(str),
    st.from_regex(r"-?[0-9]{0,25}(\.[0-9]{0,8})?", fullmatch=True),
)
WHOLE_EDGES = [0, -1, 2**31 + 1, 4_102_444_800_001, 2**53 + 1, 2**63, 10**30]
NUMBERS = st.one_of(st.integers(), st.sampled_from(WHOLE_EDGES))
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, st.floats(), st.text(max_size=20), NUMBER_TEXTS)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


def encoded(frame):
    return json.dumps(frame).encode()


def places(value):
    """Every container inside, with itself."""
    if isinstance(value, dict | list):
        yield value
        for item in value.values() if isinstance(value, dict) else value:
            yield from places(item)


def instead_of(value):
    """Mostly of the same type: what has another one is refused before anything is read of it."""
    same = {str: NUMBER_TEXTS, int: NUMBERS}.get(type(value), JSON)
    return st.one_of(same, same, same, JSON)


@pytest.mark.parametrize("name", NAMES)
def test_golden_value_is_possible(name):
    assert is_possible(EXPECTED[name])


@pytest.mark.parametrize("name", NAMES)
def test_no_edge_at_any_place_makes_a_golden_frame_say_something_impossible(name):
    frame = copy.deepcopy(FRAMES[name])
    for place in list(places(frame)):
        for at in sorted(place) if isinstance(place, dict) else range(len(place)):
            was = place[at]
            for edge in [*EDGES, *NOT_NUMBERS, *WHOLE_EDGES, None, True, 0.5, [], {}]:
                place[at] = edge
                assert is_possible(wire.decode(encoded(frame))), (at, edge)
            place[at] = was


@given(st.binary(max_size=300))
def test_random_bytes_are_no_message(data):
    message = wire.decode(data)

    assert isinstance(message, Malformed | Unknown)
    assert is_possible(message)


@given(JSON)
def test_random_json_is_no_message(value):
    assert isinstance(wire.decode(encoded(value)), Malformed | Unknown)


@settings(max_examples=4 * EXAMPLES)
@given(name=st.sampled_from(NAMES), data=st.data())
def test_golden_frame_with_changed_values_says_nothing_impossible(name, data):
    frame = copy.deepcopy(FRAMES[name])
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.sampled_from([place for place in places(frame) if place]))
        at = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        if data.draw(st.integers(0, 4)) == 0:
            del place[at]
        else:
            place[at] = data.draw(instead_of(place[at]))

    assert is_possible(wire.decode(encoded(frame)))


@settings(max_examples=2 * EXAMPLES)
@given(name=st.sampled_from(NAMES), other=st.sampled_from(NAMES))
def test_body_of_another_message_says_nothing_impossible(name, other):
    frame = FRAMES[name] | {"msg": FRAMES[other].get("msg")}

    assert is_possible(wire.decode(encoded(frame)))


@settings(max_examples=2 * EXAMPLES)
@given(name=st.sampled_from(NAMES), data=st.data())
def test_golden_frame_with_damaged_bytes_says_nothing_impossible(name, data):
    raw = bytearray(encoded(FRAMES[name]))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))

    assert is_possible(wire.decode(bytes(raw)))


@given(name=st.sampled_from(NAMES), data=st.data())
def test_golden_frame_cut_short_is_malformed(name, data):
    raw = encoded(FRAMES[name])

    assert isinstance(wire.decode(raw[: data.draw(st.integers(0, len(raw) - 1))]), Malformed)
