"""Announced changes of fees on the wire (protocol 3.2, 7.3)."""

from __future__ import annotations

from dataclasses import dataclass

from msgspec import Struct

from kalshi_client.wire.bodies import RowsPage
from kalshi_client.wire.numbers import (
    Multiplier,
    Name,
    OptionalName,
    Time,
    epoch_us,
    multiplier_e4,
    told,
)
from kalshi_client.wire.salvage import Needed


@dataclass(frozen=True, slots=True)
class SeriesFeeChange:
    """The fees of a series from ``at_us`` on."""

    change_id: str
    series_ticker: str
    fee_type: str
    fee_multiplier_e4: int
    at_us: int


@dataclass(frozen=True, slots=True)
class EventFeeChange:
    """Fees of one event from ``at_us`` on; without a type those of its series return."""

    change_id: str
    event_ticker: str
    series_ticker: str
    fee_type_override: str
    fee_multiplier_override_e4: int | None
    at_us: int


class _SeriesFeeChange(Struct):
    series_ticker: Name
    fee_type: Name
    fee_multiplier: Multiplier
    scheduled_ts: Time
    id: OptionalName | None = None

    def to_value(self) -> SeriesFeeChange:
        return SeriesFeeChange(
            self.id or "",
            self.series_ticker,
            self.fee_type,
            multiplier_e4(self.fee_multiplier),
            epoch_us(self.scheduled_ts),
        )


class SeriesFeeChangesBody(Struct):
    series_fee_change_arr: list[_SeriesFeeChange] | None

    def to_value(self) -> list[SeriesFeeChange]:
        return [change.to_value() for change in self.series_fee_change_arr or []]


class _EventFeeChange(Struct):
    event_ticker: Name
    scheduled_ts: Time
    fee_type_override: Needed[OptionalName | None] = None
    fee_multiplier_override: Needed[Multiplier | None] = None
    id: OptionalName | None = None
    series_ticker: OptionalName | None = None

    def to_value(self) -> EventFeeChange:
        return EventFeeChange(
            self.id or "",
            self.event_ticker,
            self.series_ticker or "",
            self.fee_type_override or "",
            told(multiplier_e4, self.fee_multiplier_override),
            epoch_us(self.scheduled_ts),
        )


class EventFeeChangesBody(Struct):
    event_fee_changes: list[_EventFeeChange] | None
    cursor: Needed[str | None] = None

    def to_value(self) -> RowsPage[EventFeeChange]:
        return RowsPage([change.to_value() for change in self.event_fee_changes or []], self.cursor or "")
