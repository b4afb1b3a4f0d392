"""Reads the body of an order request (protocol 3.3)."""

from __future__ import annotations

import re
from typing import Final

from simulator.engine.matching.orders import Amendment, NewOrder, Order
from simulator.surface.rest.errors import Declined
from simulator.surface.rest.request_body import (
    Fields,
    read_count_e2,
    read_number,
    read_object,
    require_primary,
)
from trading.market import parse_count_e2, parse_price_e4

_CLIENT_ORDER_ID: Final = re.compile(r"[A-Za-z0-9_:+=/-]{1,64}")
LATEST_S: Final = 253_402_300_799  # 9999-12-31T23:59:59Z, the last second that RFC 3339 can write

CREATE_TYPES: Final[dict[str, type]] = {
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
    "order_group_id": str,
    "subaccount": int,
    "exchange_index": int,
}
AMEND_TYPES: Final[dict[str, type]] = {
    "ticker": str,
    "side": str,
    "count": str,
    "price": str,
    "client_order_id": str,
    "updated_client_order_id": str,
    "expiration_time": int,
    "exchange_index": int,
}
DECREASE_TYPES: Final[dict[str, type]] = {
    "reduce_by": str,
    "reduce_to": str,
    "market_ticker": str,
    "exchange_index": int,
}
CANCEL_TYPES: Final[dict[str, type]] = {
    "order_id": str,
    "market_ticker": str,
    "exchange_index": int,
    "subaccount": int,
}

_WORDS: Final = {
    "side": ("bid", "ask"),
    "time_in_force": ("good_till_canceled", "immediate_or_cancel", "fill_or_kill"),
    "self_trade_prevention_type": ("taker_at_cross", "maker"),
}


def new_order_of(fields: Fields, *, unnamed: str) -> NewOrder:
    """The order of a create; ``unnamed`` is its client_order_id if it has none. Raises Refused."""
    if not fields.get("ticker"):
        raise Declined("missing_parameters", "ticker is required")
    _require(fields, "side", "count", "price", *_WORDS)
    for name, words in _WORDS.items():
        if fields[name] not in words:
            raise Declined("invalid_order", f"{name} must be one of {', '.join(words)}")
    require_primary(fields.get("subaccount"))
    return NewOrder(
        ticker=fields["ticker"],
        side=fields["side"],
        price_e4=read_number(parse_price_e4, fields["price"]),
        count_e2=read_count_e2(fields["count"]),
        time_in_force=fields["time_in_force"],
        self_trade_prevention=fields["self_trade_prevention_type"],
        client_order_id=_client_order_id(fields.get("client_order_id") or unnamed),
        post_only=fields.get("post_only", False),
        reduce_only=fields.get("reduce_only", False),
        expires_s=_time_s(fields.get("expiration_time")),
        cancel_on_pause=fields.get("cancel_order_on_pause", False),
        exchange_index=fields.get("exchange_index", -1),
        order_group_id=fields.get("order_group_id", ""),
    )


def amendment_of(fields: Fields, order: Order) -> Amendment:
    """The amendment that a request asks for. Raises Refused."""
    if not fields.get("ticker"):
        raise Declined("missing_parameters", "ticker is required")
    _require(fields, "side", "count", "price")
    old = order.request
    for name, value in (("ticker", old.ticker), ("side", old.side), ("client_order_id", old.client_order_id)):
        if name in fields and fields[name] != value:
            raise Declined("invalid_parameters", f"{name} is not that of the order")
    expires_s = _time_s(fields.get("expiration_time"))
    return Amendment(
        price_e4=read_number(parse_price_e4, fields["price"]),
        count_e2=read_count_e2(fields["count"]),
        client_order_id=_client_order_id(fields.get("updated_client_order_id") or old.client_order_id),
        expires_s=old.expires_s if expires_s is None else expires_s or None,
    )


def decrease_of(fields: Fields, order: Order) -> int:
    """The contracts (count_e2) that a decrease takes off an order. Raises Refused.

    CHOICE: taking off more than is left is a mistake.
    """
    if ("reduce_by" in fields) == ("reduce_to" in fields):
        raise Declined("invalid_parameters", "exactly one of reduce_by and reduce_to is required")
    if "reduce_by" in fields:
        by_e2 = read_count_e2(fields["reduce_by"])
    else:
        by_e2 = order.remaining_e2 - read_number(parse_count_e2, fields["reduce_to"])
    if not 0 <= by_e2 <= order.remaining_e2:
        raise Declined("invalid_order", "the order has fewer contracts left")
    return by_e2


def client_order_id_in(body: bytes) -> str:
    """The id a create carries, whatever else is wrong with it; "" if it has none."""
    try:
        found = read_object(body).get("client_order_id")
    except (Declined, RecursionError):
        return ""
    return found if isinstance(found, str) else ""


def _require(fields: Fields, *names: str) -> None:
    for name in names:
        if name not in fields:
            raise Declined("invalid_order", f"{name} is required")


def _client_order_id(text: str) -> str:
    if not _CLIENT_ORDER_ID.fullmatch(text):
        raise Declined("invalid_parameters", "client_order_id must be 1 to 64 of A-Z a-z 0-9 _ : + = / -")
    return text


def _time_s(asked: int | None) -> int | None:
    if asked is not None and asked > LATEST_S:
        raise Declined("invalid_order", "expiration_time is too late")
    return asked
