"""Scheduling changes of fees (control API)."""

from __future__ import annotations

from typing import Final

import msgspec
from aiohttp import web

from simulator.surface.rest.access import CONTROL_PREFIX, EXCHANGE
from simulator.surface.rest.errors import Declined, json_answer

_FEE_TYPES: Final = (
    "quadratic",
    "quadratic_with_maker_fees",
    "quadratic_with_combo_maker_fees",
    "flat",
)
MOST_MULTIPLIER: Final = 100.0
MOST_WAIT_S: Final = 10 * 365 * 86_400

routes = web.RouteTableDef()


class FeeRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A series or an event; for an event, nulls take it back to the fees of its series."""

    series: str = ""
    event: str = ""
    fee_type: str | None = None
    fee_multiplier: float | None = None
    in_s: float = 0.0


@routes.post(f"{CONTROL_PREFIX}/fees")
async def fees(request: web.Request) -> web.Response:
    """``{"event": E, "fee_type": "quadratic", "fee_multiplier": 0.5, "in_s": 60}`` or with ``series``."""
    exchange = request.app[EXCHANGE]
    try:
        asked = msgspec.json.decode(await request.read(), type=FeeRequest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Declined("bad_request", str(error)) from None
    if asked.fee_type not in (None, *_FEE_TYPES) or not 0 <= (asked.fee_multiplier or 0) <= MOST_MULTIPLIER:
        raise Declined("invalid_parameters", "unknown fee_type, or a multiplier below 0 or too large")
    if not 0 <= asked.in_s <= MOST_WAIT_S:
        raise Declined("invalid_parameters", f"in_s must be from 0 to {MOST_WAIT_S}")
    multiplier_e4 = None if asked.fee_multiplier is None else round(asked.fee_multiplier * 10_000)
    at_us = exchange.now_us() + round(asked.in_s * 1_000_000)
    if asked.event in exchange.world.events:
        series = exchange.world.events[asked.event].series.ticker
        exchange.fee_changes.schedule_event(
            asked.event, series, fee_type=asked.fee_type, multiplier_e4=multiplier_e4, at_us=at_us
        )
    elif asked.series in exchange.world.series and asked.fee_type and multiplier_e4 is not None:
        exchange.fee_changes.schedule_series(
            asked.series, fee_type=asked.fee_type, multiplier_e4=multiplier_e4, at_us=at_us
        )
    else:
        raise Declined("invalid_parameters", "name an event, or a series with its new type and multiplier")
    return json_answer({})
