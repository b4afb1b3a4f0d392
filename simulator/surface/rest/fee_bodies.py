"""Bodies of fee changes (protocol 3.2)."""

from __future__ import annotations

from simulator.engine.catalogue.fee_changes import EventFeeChange, SeriesFeeChange
from simulator.surface.rest.market_bodies import Body, fee_multiplier
from simulator.surface.wire_text import rfc3339_s


def series_fee_change_body(change: SeriesFeeChange) -> Body:
    return {
        "id": change.change_id,
        "series_ticker": change.series_ticker,
        "fee_type": change.fee_type,
        "fee_multiplier": fee_multiplier(change.multiplier_e4),
        "scheduled_ts": rfc3339_s(change.at_us),
    }


def event_fee_change_body(change: EventFeeChange) -> Body:
    multiplier = None if change.multiplier_e4 is None else fee_multiplier(change.multiplier_e4)
    return {
        "id": change.change_id,
        "event_ticker": change.event_ticker,
        "series_ticker": change.series_ticker,
        "fee_type_override": change.fee_type,
        "fee_multiplier_override": multiplier,
        "scheduled_ts": rfc3339_s(change.at_us),
    }
