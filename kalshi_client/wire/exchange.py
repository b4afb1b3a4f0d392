"""The bodies about the exchange and the account's limits (protocol 3.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

from msgspec import Meta, Struct

from kalshi_client.wire.numbers import (
    Name,
    OptionalName,
    Seconds,
    Shard,
    Text,
    Time,
    epoch_us,
    seconds_us,
    told,
)
from kalshi_client.wire.records import AccountLimits, BucketLimit, ExchangeStatus, Grant, ShardStatus
from kalshi_client.wire.salvage import Needed
from trading.venue_time import VenueTimeUs

DEFAULT_COST: Final = 10  # tokens, unless the venue says otherwise (protocol 6)
Rate = Annotated[float, Meta(gt=0, le=1e9)]
DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_CLOCK: Final = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)|24:00")


@dataclass(frozen=True, slots=True)
class OpenHours:
    """Minutes after midnight in New York (protocol 3.1); ``close_min`` may be that of the next day."""

    open_min: int
    close_min: int


@dataclass(frozen=True, slots=True)
class Week:
    """The hours of each weekday, Monday first, while this week is in force; no end is None."""

    first_us: int
    last_us: int | None
    days: tuple[tuple[OpenHours, ...], ...]


@dataclass(frozen=True, slots=True)
class Maintenance:
    first_us: int
    last_us: int


@dataclass(frozen=True, slots=True)
class ExchangeSchedule:
    weeks: tuple[Week, ...]
    maintenance: tuple[Maintenance, ...]


@dataclass(frozen=True, slots=True)
class HistoricalCutoff:
    """The times before which records are in the archive alone, one for each kind.

    None: not told, so that anything may be there.
    """

    market_settled_us: int | None
    trade_created_us: int | None
    order_updated_us: int | None
    position_updated_us: int | None


class _ShardStatus(Struct):
    exchange_index: Shard
    exchange_active: bool
    trading_active: bool
    intra_exchange_transfers_active: bool | None = None
    description: Text | None = ""

    def to_value(self) -> ShardStatus:
        return ShardStatus(
            self.exchange_index, self.exchange_active, self.trading_active, self.description or ""
        )


class StatusBody(Struct):
    exchange_active: bool
    trading_active: bool
    exchange_index_statuses: Needed[list[_ShardStatus] | None] = None
    intra_exchange_transfers_active: bool | None = None
    exchange_estimated_resume_time: Time | None = None

    def to_value(self) -> ExchangeStatus:
        shards = tuple(shard.to_value() for shard in self.exchange_index_statuses or [])
        paused = (s.exchange_index for s in shards if not (s.exchange_active and s.trading_active))
        return ExchangeStatus(
            self.exchange_active,
            self.trading_active,
            frozenset(paused),
            transfers_active=self.intra_exchange_transfers_active,
            resumes_us=told(epoch_us, self.exchange_estimated_resume_time),
            shards=shards,
        )


class _Hours(Struct):
    open_time: str
    close_time: str

    def to_value(self) -> OpenHours:
        return OpenHours(_minutes(self.open_time), _minutes(self.close_time))


def _minutes(text: str) -> int:
    if not _CLOCK.fullmatch(text):
        raise ValueError(f"{text[:20]!r} is no time of day")
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


class _Week(Struct):
    start_time: Time
    end_time: Needed[Time | None] = None
    monday: Needed[list[_Hours] | None] = None
    tuesday: Needed[list[_Hours] | None] = None
    wednesday: Needed[list[_Hours] | None] = None
    thursday: Needed[list[_Hours] | None] = None
    friday: Needed[list[_Hours] | None] = None
    saturday: Needed[list[_Hours] | None] = None
    sunday: Needed[list[_Hours] | None] = None

    def to_value(self) -> Week:
        days = (getattr(self, day) or [] for day in DAYS)
        return Week(
            epoch_us(self.start_time),
            told(epoch_us, self.end_time),
            tuple(tuple(hours.to_value() for hours in day) for day in days),
        )


class _Maintenance(Struct):
    start_datetime: Time
    end_datetime: Time

    def to_value(self) -> Maintenance:
        return Maintenance(epoch_us(self.start_datetime), epoch_us(self.end_datetime))


class _Schedule(Struct):
    standard_hours: list[_Week] | None
    maintenance_windows: Needed[list[_Maintenance] | None] = None


class ScheduleBody(Struct):
    schedule: _Schedule

    def to_value(self) -> ExchangeSchedule:
        schedule = self.schedule
        return ExchangeSchedule(
            tuple(week.to_value() for week in schedule.standard_hours or []),
            tuple(window.to_value() for window in schedule.maintenance_windows or []),
        )


class DataTimestampBody(Struct):
    as_of_time: Time

    def to_value(self) -> VenueTimeUs:
        return epoch_us(self.as_of_time)


class CutoffBody(Struct):
    market_settled_ts: Time | None = None
    trades_created_ts: Time | None = None
    orders_updated_ts: Time | None = None
    market_positions_last_updated_ts: Time | None = None

    def to_value(self) -> HistoricalCutoff:
        return HistoricalCutoff(
            told(epoch_us, self.market_settled_ts),
            told(epoch_us, self.trades_created_ts),
            told(epoch_us, self.orders_updated_ts),
            told(epoch_us, self.market_positions_last_updated_ts),
        )


class _Bucket(Struct):
    refill_rate: Rate
    bucket_capacity: Rate


class _Grant(Struct):
    level: OptionalName | None = None
    source: OptionalName | None = None
    exchange_instance: OptionalName | None = None
    expires_ts: Seconds | Time | None = None

    def to_value(self) -> Grant:
        return Grant(
            self.exchange_instance or "", self.level or "", self.source or "", _either_us(self.expires_ts)
        )


def _either_us(time: int | datetime | None) -> int | None:
    """The protocol page does not say which of its two forms this time has."""
    if time is None:
        return None
    return seconds_us(time) if isinstance(time, int) else epoch_us(time)


class LimitsBody(Struct):
    read: _Bucket
    write: _Bucket
    usage_tier: OptionalName | None = None
    grants: list[_Grant] | None = None

    def to_value(self) -> AccountLimits:
        reads = BucketLimit(self.read.refill_rate, self.read.bucket_capacity)
        writes = BucketLimit(self.write.refill_rate, self.write.bucket_capacity)
        return AccountLimits(
            self.usage_tier or "", reads, writes, tuple(grant.to_value() for grant in self.grants or [])
        )


class _EndpointCost(Struct):
    method: Name
    path: Text
    cost: Annotated[int, Meta(ge=0, le=1_000_000)]


class CostsBody(Struct):
    default_cost: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    endpoint_costs: list[_EndpointCost] | None = None

    def to_value(self) -> tuple[int, list[tuple[str, str, int]]]:
        rows = [(row.method, row.path, row.cost) for row in self.endpoint_costs or []]
        return self.default_cost or DEFAULT_COST, rows
