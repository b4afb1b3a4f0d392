"""Reads the fault that the body of a control request asks for."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from simulator.faults.answers import ENDPOINTS, GROUPS
from simulator.faults.faults import ANSWER_KINDS, KINDS, LASTING_KINDS, PAUSE_KINDS, VENUE_KINDS, Fault
from simulator.surface.rest.errors import Declined
from trading.market import NumberError, parse_price_e4

MESSAGE_TYPES: Final = (
    "subscribed",
    "unsubscribed",
    "ok",
    "error",
    "orderbook_snapshot",
    "orderbook_delta",
    "ticker",
    "trade",
    "fill",
    "user_order",
    "market_position",
    "market_lifecycle_v2",
    "event_lifecycle",
    "event_fee_update",
    "multivariate_market_lifecycle",
    "order_group_updates",
)
_CHANNELS: Final = {"user_orders": "user_order", "market_positions": "market_position"}
_ANYWHERE: Final = ("any", "all", "ws", "rest")
_METHODS: Final = ("GET", "POST", "PUT", "DELETE")
_RESULTS: Final = ("", "yes", "no", "scalar", "void")
_DELAY_MS: Final = {"slow_response": 2_000, "late_ack": 500}
_SKEW_MS: Final = 60_000  # further off than any accepted timestamp (protocol 1.3)
_MOST_SKEW_MS: Final = 3_600_000  # or a day of market schedules would pass at once


class FaultRequest(msgspec.Struct, forbid_unknown_fields=True):
    """The body of POST /control/faults."""

    kind: str
    where: str | None = None
    count: int | None = None
    for_s: float | None = None
    market: str | None = None
    phase: str = "after"
    delay_ms: int | None = None
    skew_ms: int = _SKEW_MS
    status: int = 500
    code: str = "invalid_order"
    result: str = ""
    value: str | None = None
    exchange_index: int | None = None


def read_fault(body: bytes, *, now_s: float) -> Fault:
    """Raises Refused, in words that say what would be understood."""
    try:
        asked = msgspec.json.decode(body, type=FaultRequest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Declined("bad_request", str(error)) from None
    _check(asked)
    where = _where(asked)
    lasts = asked.kind in LASTING_KINDS and not where
    return Fault(
        kind=asked.kind,  # type: ignore[arg-type]  # checked against the same words
        where=where,
        market=asked.market or "",
        left=1 if asked.count is None and asked.for_s is None and not lasts else asked.count,
        until_s=None if asked.for_s is None else now_s + asked.for_s,
        is_before=asked.phase == "before",
        delay_ms=_DELAY_MS.get(asked.kind, 0) if asked.delay_ms is None else asked.delay_ms,
        skew_ms=asked.skew_ms,
        status=asked.status,
        code=asked.code,
        result=asked.result,
        value_e4=_value_e4(asked),
        shard=asked.exchange_index,
    )


def _check(asked: FaultRequest) -> None:
    _one_of("kind", asked.kind, KINDS)
    _one_of("phase", asked.phase, ("before", "after"))
    _one_of("result", asked.result, _RESULTS)
    for name, number in (("count", asked.count), ("for_s", asked.for_s), ("delay_ms", asked.delay_ms)):
        if number is not None and not 0 <= number < 1e9:
            raise Declined("invalid_parameters", f"{name} must not be negative")
    if abs(asked.skew_ms) > _MOST_SKEW_MS:
        raise Declined("invalid_parameters", f"skew_ms must be from -{_MOST_SKEW_MS} to {_MOST_SKEW_MS}")
    if not 500 <= asked.status <= 599:
        raise Declined("invalid_parameters", "status must be from 500 to 599")
    if asked.exchange_index is not None and asked.kind not in PAUSE_KINDS:
        raise Declined("invalid_parameters", f"exchange_index goes with {' and '.join(PAUSE_KINDS)}")
    if asked.kind in ("close_market", "settle_market") and not asked.market:
        raise Declined("missing_parameters", f"{asked.kind} needs a market")


def _where(asked: FaultRequest) -> str:
    """A message type for a fault of frames, endpoints for one of answers."""
    where = "" if asked.where is None or asked.where in _ANYWHERE else asked.where
    if asked.kind in VENUE_KINDS:
        return ""
    if asked.kind == "duplicate_fill":
        return "fill"
    if asked.kind not in ANSWER_KINDS:
        return _one_of("where", _CHANNELS.get(where, where), ("", *MESSAGE_TYPES))
    method, _, path = where.rpartition(" ")
    if not (path.startswith("/") and method in ("", *_METHODS)):
        _one_of("where", where, (*GROUPS, *ENDPOINTS, "[METHOD ]/path"))
    return where


def _value_e4(asked: FaultRequest) -> int | None:
    """The payout of one YES at a scalar result."""
    try:
        return None if asked.value is None else parse_price_e4(asked.value)
    except NumberError as error:
        raise Declined("invalid_parameters", str(error)) from None


def _one_of(name: str, word: str, words: tuple[str, ...]) -> str:
    if word not in words:
        raise Declined("invalid_parameters", f"{name} must be one of {', '.join(filter(None, words))}")
    return word


def fault_body(fault: Fault) -> dict[str, Any]:
    return {
        "kind": fault.kind,
        "where": fault.where,
        "market": fault.market,
        "count": fault.left,
        "hits": fault.hits,
    }
