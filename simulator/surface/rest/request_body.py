"""Reads the fields of a JSON body and checks their JSON types (protocol 2.3).

A body that cannot be parsed, or whose known fields have another JSON type, is answered in the flat
shape; what the values say is judged later, by who uses them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from simulator.surface.rest.errors import Declined
from trading.market import NumberError, parse_count_e2

Fields = dict[str, Any]

MOST_COUNT_E2: Final = 10**15  # far above any market's volume, and its money still fits any integer type


def read_object(body: bytes) -> Fields:
    """Raises Refused."""
    try:
        raw = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Declined("bad_request", "body cannot be parsed") from None
    if not isinstance(raw, dict):
        raise Declined("bad_request", "body must be an object")
    return raw


def pick_fields(raw: Fields, types: Mapping[str, type]) -> Fields:
    """Known fields of the right JSON type; null is the same as absent, unknown ones are ignored."""
    fields = {name: raw[name] for name in types if raw.get(name) is not None}
    for name, value in fields.items():
        if type(value) is not types[name]:
            raise Declined("bad_request", f"{name} must be {types[name].__name__}")
    return fields


def read_fields(body: bytes, types: Mapping[str, type]) -> Fields:
    return pick_fields(read_object(body), types)


def read_batch(body: bytes, types: Mapping[str, type]) -> list[Fields]:
    """The fields of every item of ``{"orders": [...]}``. Raises Refused."""
    items = read_object(body).get("orders")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise Declined("bad_request", "orders must be an array of objects")
    if not items:
        raise Declined("invalid_parameters", "orders must not be empty")
    return [pick_fields(item, types) for item in items]


def read_number(parse: Callable[[str], int], text: str, code: str = "invalid_order") -> int:
    """A decimal string by the parser of its scale. Raises Refused."""
    try:
        return parse(text)
    except NumberError as error:
        raise Declined(code, str(error)) from None
    except ValueError:  # Python's own limit on the digits of an integer
        raise Declined(code, "number is too long") from None


def read_count_e2(text: str, code: str = "invalid_order") -> int:
    """Contracts, more than none. Raises Refused."""
    count_e2 = read_number(parse_count_e2, text, code)
    if not 0 < count_e2 <= MOST_COUNT_E2:
        raise Declined(code, "count must be positive" if count_e2 <= 0 else "count is too large")
    return count_e2


def require_primary(subaccount: int | None) -> None:
    """CHOICE: accounts have no numbered subaccounts; the primary one is 0. Raises Refused."""
    if subaccount not in (None, 0):
        raise Declined("invalid_parameters", "no such subaccount")
