"""A field that nothing needs decides about nothing: not about its record, and not about a list.

Every golden body and frame is read with each of its fields absent, null and of a value that nobody knows.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Raw, Struct

from kalshi_client.wire import listings, markets, messages
from kalshi_client.wire.bodies import RowsPage, read, read_error
from kalshi_client.wire.envelope import FrameBase
from kalshi_client.wire.frames import Frame
from kalshi_client.wire.records import ApiError
from kalshi_client.wire.salvage import NEEDED
from kalshi_client.wire.values import Malformed
from tests.kalshi_client.conftest import golden
from tests.kalshi_client.golden_bodies import TABLE
from tests.kalshi_client.golden_values import FRAMES
from tests.kalshi_client.needed_fields import MAY, MUST

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=5,
)
# Rows that are read one by one, so that one that is broken hides no other.
ROWS_APART: dict[tuple[type, str], type] = {
    (markets.MarketsBody, "markets"): markets.MarketFields,
    (listings.EventsBody, "events"): listings._Event,
    (listings.EventsMarketsBody, "events"): listings._EventAndMarkets,
    (listings.SeriesListBody, "series"): listings._Series,
}
KIND_OF = {str(frame.__struct_config__.tag): frame for frame in get_args(Frame)}


class Place(NamedTuple):
    """A field of a record that is told somewhere in a body."""

    path: tuple[Any, ...]  # to the record
    kind: type
    name: str
    is_row_needed: bool  # False in a list of rows that nothing needs

    @property
    def is_needed(self) -> bool:
        return self.name in MUST.get(self.kind, {}) and self.is_row_needed

    @property
    def must_be_read(self) -> bool:
        """If it is there."""
        return self.is_needed or (self.name in MAY.get(self.kind, {}) and self.is_row_needed)

    @property
    def type(self) -> Any:
        return next(f.type for f in msgspec.structs.fields(self.kind) if f.encode_name == self.name)

    @property
    def unknown(self) -> Any:
        """A value that it cannot have."""
        return {"no": ["such", "thing"]} if struct_in(self.type) is None else 7

    def taken_from(self, body: Any) -> Any:
        """The record that has it."""
        for key in self.path:
            body = body[key]
        return body

    @property
    def id(self) -> str:
        return ".".join(map(str, (*self.path, self.name)))


def subclasses(kind: type) -> Iterator[type]:
    for one in kind.__subclasses__():
        yield one
        yield from subclasses(one)


def of_the_wire() -> list[type]:
    """The structs that what comes from the venue is decoded into."""
    abstract = {FrameBase, *FrameBase.__subclasses__(), messages._Envelope} - {*KIND_OF.values()}
    modules = ("kalshi_client.wire.", "kalshi_client.rest.")
    found = [kind for kind in subclasses(Struct) if kind.__module__.startswith(modules)]
    return [k for k in found if not k.__struct_config__.frozen and k not in abstract and k.__struct_fields__]


def has_default(field: msgspec.structs.FieldInfo) -> bool:
    return not field.required


def is_marked(kind: Any) -> bool:
    return get_origin(kind) is Annotated and any(NEEDED in (m.extra or {}) for m in kind.__metadata__)


def struct_in(kind: Any) -> type | None:
    """The struct that a field of this type, or a list in it, is made of."""
    if isinstance(kind, type) and issubclass(kind, Struct):
        return kind
    inner = get_args(kind) if get_origin(kind) in (Union, UnionType, list, Annotated) else ()
    return next((found for one in inner if (found := struct_in(one)) is not None), None)


def places(
    value: Any, kind: type, path: tuple[Any, ...] = (), *, is_row_needed: bool = True
) -> Iterator[Place]:
    """Every field of every record in ``value`` that is told."""
    for field in msgspec.structs.fields(kind):
        name = field.encode_name
        if name not in value:
            continue
        here = Place(path, kind, name, is_row_needed)
        yield here
        row = ROWS_APART.get((kind, name)) or struct_in(field.type)
        told = value[name]
        if row is not None and isinstance(told, dict):
            yield from places(told, row, (*path, name), is_row_needed=here.must_be_read)
        elif row is not None and isinstance(told, list):
            for number, item in enumerate(told):
                yield from places(item, row, (*path, name, number), is_row_needed=here.must_be_read)


def is_malformed(value: Any) -> bool:
    rows = value.rows if isinstance(value, RowsPage) else value if isinstance(value, list) else []
    return isinstance(value, Malformed) or any(isinstance(row, Malformed) for row in rows)


def reason_of(value: Any) -> str:
    rows = value.rows if isinstance(value, RowsPage) else value if isinstance(value, list) else [value]
    return next(row.reason for row in rows if isinstance(row, Malformed))


class Case(NamedTuple):
    name: str
    kind: type
    body: Any
    is_frame: bool

    def read(self, body: Any) -> Any:
        data = json.dumps(body).encode()
        return messages.decode(data) if self.is_frame else read(data, self.kind)

    def places(self) -> list[Place]:
        return list(places(self.body, self.kind))


CASES = [Case(name, kind, golden(f"rest_{name}")["body"], is_frame=False) for name, kind, _ in TABLE]
CASES += [Case(name, KIND_OF[frame["type"]], frame, is_frame=True) for name, frame in FRAMES.items()]
EVERY_CASE = pytest.mark.parametrize(
    "case", CASES, ids=[f"{case.name}-{case.kind.__name__}" for case in CASES]
)


# --- the table ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", of_the_wire(), ids=lambda kind: kind.__name__)
def test_what_a_struct_needs_is_listed_with_its_reason(kind):
    fields = msgspec.structs.fields(kind)

    assert {f.encode_name for f in fields if not has_default(f)} == MUST.get(kind, {}).keys()
    assert {f.encode_name for f in fields if has_default(f) and is_marked(f.type)} == MAY.get(kind, {}).keys()


# --- what is needed ----------------------------------------------------------------------------------


@EVERY_CASE
def test_a_needed_field_that_is_not_there_is_named(case):
    for place in case.places():
        if place.is_needed:
            body = copy.deepcopy(case.body)
            del place.taken_from(body)[place.name]

            found = case.read(body)

            assert is_malformed(found), place.id
            assert f"{place.name} is missing" in reason_of(found), place.id


@EVERY_CASE
def test_a_needed_field_that_cannot_be_read_is_named_with_its_row(case):
    for place in case.places():
        if place.must_be_read:
            body = copy.deepcopy(case.body)
            record = place.taken_from(body)
            record[place.name] = place.unknown
            first = next((f.encode_name for f in msgspec.structs.fields(place.kind) if f.required), "")

            found = case.read(body)

            assert is_malformed(found), place.id
            assert place.name in reason_of(found), place.id
            if place.path and isinstance(place.path[-1], int) and isinstance(record.get(first), str):
                assert repr(record[first]) in reason_of(found), place.id


# --- what is not -------------------------------------------------------------------------------------


@EVERY_CASE
def test_any_other_field_may_be_absent_null_or_unknown(case):
    for place in case.places():
        if place.is_needed:
            continue
        absent, null, unknown = (copy.deepcopy(case.body) for _ in range(3))
        del place.taken_from(absent)[place.name]
        place.taken_from(null)[place.name] = None
        place.taken_from(unknown)[place.name] = place.unknown

        without = case.read(absent)

        if not (place.name == "close_ts" and case.name in CLOSES):
            assert not is_malformed(without), place.id
        assert case.read(null) == without, place.id
        if not place.must_be_read and place.type not in (Any, Raw):
            assert case.read(unknown) == without, place.id


# News of a market has the fields of all kinds; what moves or sets the close needs it.
CLOSES = (
    "ws_market_lifecycle_close_date_updated",
    "ws_market_lifecycle_created",
    "ws_multivariate_market_lifecycle_created",
)


@settings(max_examples=300)
@given(case=st.sampled_from(CASES), data=st.data())
def test_whatever_stands_in_the_fields_that_nothing_needs_the_record_is_read(case, data):
    body = copy.deepcopy(case.body)
    free = [place for place in case.places() if not place.must_be_read]
    drawn = data.draw(st.lists(st.sampled_from(free), unique=True)) if free else []
    for place in sorted(drawn, key=lambda place: len(place.path), reverse=True):  # what is inside first
        place.taken_from(body)[place.name] = data.draw(JSON)

    assert not is_malformed(case.read(body))


# --- errors ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"error": {"code": None, "message": None}}, ApiError("", "")),
        ({"error": {"code": None, "message": "no"}}, ApiError("", "no")),
        ({"error": {"code": "not_found", "message": None, "details": None}}, ApiError("not_found", "")),
        ({"error": {"code": 7, "message": ["no"]}}, ApiError("", "")),
        ({"error": {"message": "no"}, "code": "bad_request"}, ApiError("bad_request", "no")),
        ({"code": None, "message": "no"}, ApiError("", "no")),
        ({"code": "bad_request", "message": 5}, ApiError("bad_request", "")),
        ({"error": None, "code": "bad_request"}, ApiError("bad_request", "")),
    ],
)
def test_an_error_says_what_can_be_read_of_it(body, error):
    assert read_error(json.dumps(body).encode()) == error
