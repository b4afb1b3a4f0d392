"""A message is read without those of its fields that cannot be read, unless something needs them.

The venue may leave a field out, send null, or write a value that this client does not know. A field that
no decision needs must not decide about its record, and less about the list that the record is in: it
counts as not told. Each struct of the wire says what is needed:

* a field without a default must be there, and must be read;
* a field that is ``Needed`` may be absent or null, but what is there must be read: its default would
  be a claim, such as another shard or an empty side of a book;
* any other field is dropped if it cannot be read, and so is a row of a list in it.

Only what could not be read as a whole comes here, so this costs nothing while the venue keeps its word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from types import NoneType, UnionType
from typing import Annotated, Any, Final, NamedTuple, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec import Meta, Raw, Struct

BROKEN: Final = (msgspec.MsgspecError, ValueError, RecursionError)
READER: Final = "reader"  # in the ``extra`` of a text: the function that reads it, or raises ValueError
NEEDED: Final = "needed"
MOST_OF_A_NAME: Final = 80  # characters

Anything = TypeVar("Anything")
Needed = Annotated[Anything, Meta(extra={NEEDED: True})]


class Unreadable(ValueError):
    """Something needed cannot be read. The text says where it stands and what is wrong with it."""


def salvage(body: bytes, kind: Any, place: str = "") -> Any:
    """The value of a body of this kind of struct, as far as it can be read. Raises Unreadable.

    ``place``: of which list it is a row.
    """
    try:
        return _record_of(kind).decoder.decode(_of_record(body, kind, place, is_row=bool(place))).to_value()
    except Unreadable:
        raise
    except BROKEN as error:
        raise Unreadable(str(error)) from None


def _of_record(raw: bytes, kind: Any, place: str, *, is_row: bool) -> bytes:
    """The JSON of a record without what cannot be read of it and is not needed."""
    try:
        told = _FIELDS.decode(raw)
    except BROKEN as error:
        raise Unreadable(f"{place}: {error}" if place else str(error)) from None
    record = _record_of(kind)
    here = place + _name(told, record) if is_row else place
    kept = {record.tag: told[record.tag]} if record.tag in told else {}
    for field in record.fields:
        part = _of_field(told.get(field.name), field, f"{here}.{field.name}" if here else field.name)
        if part is not None:
            kept[field.name] = Raw(part)
    rebuilt = msgspec.json.encode(kept)
    if record.has_value:
        try:
            record.decoder.decode(rebuilt).to_value()
        except BROKEN as error:
            raise Unreadable(f"{here}: {error}" if here else str(error)) from None
    return rebuilt


def _of_field(told: Raw | None, field: _Field, place: str) -> bytes | None:
    """None where the default stands."""
    if told is None:
        if field.is_required:
            raise Unreadable(f"{place} is missing")
        return None
    raw = bytes(told)
    if raw == b"null" and not field.is_required:
        return None
    try:
        return _of_value(raw, field.shape, place, is_needed=field.is_needed)
    except Unreadable:
        if field.is_needed:
            raise
        return None


def _of_value(raw: bytes, shape: _Shape, place: str, *, is_needed: bool) -> bytes:
    first = raw.lstrip()[:1]
    if first == b"{" and shape.record is not None:
        return _of_record(raw, shape.record, place, is_row=place.endswith("]"))
    if first == b"[" and shape.rows is not None:
        return _of_rows(raw, shape.rows, place, is_needed=is_needed)
    reason = ""
    for scalar in shape.scalars:
        try:
            value = scalar.decoder.decode(raw)
            if scalar.read is not None:
                scalar.read(value)
        except BROKEN as error:
            reason = str(error)
        else:
            return raw
    raise Unreadable(f"{place}: {reason}")


def _of_rows(raw: bytes, shape: _Shape, place: str, *, is_needed: bool) -> bytes:
    kept: list[Raw] = []
    for number, row in enumerate(_ROWS.decode(raw)):
        try:
            kept.append(Raw(_of_value(bytes(row), shape, f"{place}[{number}]", is_needed=is_needed)))
        except Unreadable:
            if is_needed:
                raise
    return msgspec.json.encode(kept)


def _name(told: dict[str, Raw], record: _Record) -> str:
    """A row's name for people: the first field that it must have, if that is a text."""
    name = next((field.name for field in record.fields if field.is_required), "")
    try:
        text = _TEXT.decode(bytes(told[name])) if name in told else ""
    except BROKEN:
        text = ""
    return f" ({name} {text[:MOST_OF_A_NAME]!r})" if text else ""


# --- what a struct says of itself, worked out once ------------------------------------------------

_FIELDS: Final = msgspec.json.Decoder(dict[str, Raw])
_ROWS: Final = msgspec.json.Decoder(list[Raw])
_TEXT: Final = msgspec.json.Decoder(str)


class _Scalar(NamedTuple):
    decoder: msgspec.json.Decoder[Any]
    read: Callable[[Any], Any] | None


class _Shape(NamedTuple):
    """The possible shapes of a value: a record, rows, or one of some scalars."""

    record: Any  # a struct, or None
    rows: _Shape | None
    scalars: tuple[_Scalar, ...]


class _Field(NamedTuple):
    name: str
    is_required: bool
    is_needed: bool  # if it is there, it must be read
    shape: _Shape


class _Record(NamedTuple):
    tag: str
    fields: tuple[_Field, ...]
    decoder: msgspec.json.Decoder[Any]
    has_value: bool


@lru_cache(maxsize=256)  # more than there are structs of the wire
def _record_of(kind: Any) -> _Record:
    return _Record(
        str(kind.__struct_config__.tag_field),
        tuple(
            _Field(f.encode_name, f.required, f.required or bool(_says(f.type, NEEDED)), _shape_of(f.type))
            for f in msgspec.structs.fields(kind)
        ),
        msgspec.json.Decoder(kind),
        hasattr(kind, "to_value"),
    )


def _shape_of(kind: Any) -> _Shape:
    record, rows, scalars = None, None, []
    for choice in _choices(kind):
        if isinstance(choice, type) and issubclass(choice, Struct):
            record = choice
        elif get_origin(choice) is list:
            rows = _shape_of(get_args(choice)[0])
        scalars.append(_Scalar(msgspec.json.Decoder(choice), _says(choice, READER)))
    return _Shape(record, rows, tuple(scalars))


def _choices(kind: Any) -> Iterator[Any]:
    """The types that a value may have, None the first: the reason told is what is wrong with the last."""
    inner = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    if get_origin(inner) in (Union, UnionType):
        for one in sorted(get_args(inner), key=lambda one: one is not NoneType):
            yield from _choices(one)
    else:
        yield inner if get_origin(inner) is list else kind


def _says(kind: Any, name: str) -> Any:
    """The word in the ``extra`` of the type under this name; None for none."""
    if get_origin(kind) is Annotated:
        for meta in kind.__metadata__:
            if isinstance(meta, Meta) and meta.extra is not None and name in meta.extra:
                return meta.extra[name]
    return None
