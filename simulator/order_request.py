"""What does the body of a create ask for? (protocol 3.3, 2.3)"""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

from simulator.orders import NewOrder
from simulator.rest_errors import Refused
from trading.market import NumberError, parse_count_e2, parse_price_e4

_CLIENT_ORDER_ID: Final = re.compile(r"[A-Za-z0-9_:+=/-]{1,64}")

_TYPES: Final[dict[str, type]] = {
    "ticker": str,
    "side": str,
    "count": str,
    "price": str,
    "time_in_force": str,
    "self_trade_prevention_type": str,
    "client_order_id": str,
    "post_only": bool,
    "reduce_only": bool,
    "expiration_time": int,
    "cancel_order_on_pause": bool,
    "exchange_index": int,
}

_WORDS: Final = {
    "side": ("bid", "ask"),
    "time_in_force": ("good_till_canceled", "immediate_or_cancel", "fill_or_kill"),
    "self_trade_prevention_type": ("taker_at_cross", "maker"),
}


def read_new_order(body: bytes, *, unnamed: str) -> NewOrder:
    """The order a body describes; ``unnamed`` is its client_order_id if it has none. Raises Refused."""
    fields = _read_fields(body)
    if not fields.get("ticker"):
        raise Refused("missing_parameters", "ticker is required")
    for name in ("side", "count", "price", *_WORDS):
        if name not in fields:
            raise Refused("invalid_order", f"{name} is required")
    for name, words in _WORDS.items():
        if fields[name] not in words:
            raise Refused("invalid_order", f"{name} must be one of {', '.join(words)}")
    client_order_id = fields.get("client_order_id") or unnamed
    if not _CLIENT_ORDER_ID.fullmatch(client_order_id):
        raise Refused("invalid_parameters", "client_order_id has a character outside the allowed set")
    try:
        price_e4, count_e2 = parse_price_e4(fields["price"]), parse_count_e2(fields["count"])
    except NumberError as error:
        raise Refused("invalid_order", str(error)) from None
    return NewOrder(
        ticker=fields["ticker"],
        side=fields["side"],
        price_e4=price_e4,
        count_e2=count_e2,
        time_in_force=fields["time_in_force"],
        self_trade_prevention=fields["self_trade_prevention_type"],
        client_order_id=client_order_id,
        post_only=fields.get("post_only", False),
        reduce_only=fields.get("reduce_only", False),
        expires_s=fields.get("expiration_time"),
        cancel_on_pause=fields.get("cancel_order_on_pause", False),
        exchange_index=fields.get("exchange_index", -1),
    )


def client_order_id_in(body: bytes) -> str:
    """The id a body carries, whatever else is wrong with it; "" if it has none."""
    try:
        found = _read_fields(body).get("client_order_id", "")
    except Refused:
        return ""
    return str(found)


def _read_fields(body: bytes) -> dict[str, Any]:
    """Known fields of the right JSON type; null is the same as absent, unknown ones are ignored."""
    try:
        raw = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Refused("bad_request", "body cannot be parsed") from None
    if not isinstance(raw, dict):
        raise Refused("bad_request", "body must be an object")
    fields = {name: raw[name] for name in _TYPES if raw.get(name) is not None}
    for name, value in fields.items():
        if type(value) is not _TYPES[name]:
            raise Refused("bad_request", f"{name} must be {_TYPES[name].__name__}")
    return fields
