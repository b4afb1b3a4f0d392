"""How are REST bodies read, and what do those of errors and the exchange say? (protocol 2.3, 3.1)

As in ``frames``: one struct a body with the fields this client reads; ``to_value`` raises
ValueError for an impossible value, and ``read`` turns whatever is wrong into Malformed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Final, Generic, Protocol, TypeVar

import msgspec
from msgspec import Meta, Struct

from kalshi_client.wire.numbers import (
    Name,
    Shard,
    Text,
    Time,
    epoch_us,
)
from kalshi_client.wire.records import AccountLimits, ApiError, BucketLimit, ExchangeStatus
from kalshi_client.wire.values import Malformed

Value = TypeVar("Value")
Value_co = TypeVar("Value_co", covariant=True)

MAX_DETAIL: Final = 500  # characters
Rate = Annotated[float, Meta(gt=0, le=1e9)]


class Body(Protocol[Value_co]):
    """A struct of the wire that knows the value it stands for."""

    def to_value(self) -> Value_co: ...


def read(body: bytes, kind: type[Body[Value]]) -> Value | Malformed:
    """The value of a body of this kind. Never raises."""
    try:
        decoded: Body[Value] = msgspec.json.decode(body, type=kind)
        return decoded.to_value()
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        return Malformed(str(error))


@dataclass(frozen=True, slots=True)
class Page(Generic[Value_co]):
    """Some rows, and where the next ones are: "" when there are none (protocol 2.2)."""

    rows: list[Value_co]
    cursor: str


# --- errors --------------------------------------------------------------------------------------


class _ErrorParts(Struct):
    code: str = ""
    message: str = ""
    details: Any = ""


class _ErrorBody(_ErrorParts):
    error: _ErrorParts | str | None = None

    def to_value(self) -> ApiError:
        if isinstance(self.error, str):
            return ApiError(self.error[:MAX_DETAIL], "")
        parts = self.error if self.error is not None and self.error.code else self
        return ApiError(parts.code[:MAX_DETAIL], str(parts.details or parts.message)[:MAX_DETAIL])


def read_error(body: bytes) -> ApiError:
    """What an error body says, in any of its three shapes; nothing if it is none of them."""
    error = read(body, _ErrorBody)
    return ApiError("", "") if isinstance(error, Malformed) else error


# --- exchange and account ------------------------------------------------------------------------


class _ShardStatus(Struct):
    exchange_index: Shard
    exchange_active: bool
    trading_active: bool


class StatusBody(Struct):
    exchange_active: bool
    trading_active: bool
    exchange_index_statuses: list[_ShardStatus] | None = None

    def to_value(self) -> ExchangeStatus:
        shards = self.exchange_index_statuses or []
        paused = (s.exchange_index for s in shards if not (s.exchange_active and s.trading_active))
        return ExchangeStatus(self.exchange_active, self.trading_active, frozenset(paused))


class DataTimestampBody(Struct):
    as_of_time: Time

    def to_value(self) -> int:
        return epoch_us(self.as_of_time)


class _Bucket(Struct):
    refill_rate: Rate
    bucket_capacity: Rate


class LimitsBody(Struct):
    read: _Bucket
    write: _Bucket
    usage_tier: Name

    def to_value(self) -> AccountLimits:
        reads = BucketLimit(self.read.refill_rate, self.read.bucket_capacity)
        writes = BucketLimit(self.write.refill_rate, self.write.bucket_capacity)
        return AccountLimits(self.usage_tier, reads, writes)


class _EndpointCost(Struct):
    method: Name
    path: Text
    cost: Annotated[int, Meta(ge=0, le=1_000_000)]


class CostsBody(Struct):
    default_cost: Annotated[int, Meta(ge=1, le=1_000_000)]
    endpoint_costs: list[_EndpointCost] | None = None

    def to_value(self) -> tuple[int, list[tuple[str, str, int]]]:
        rows = [(row.method, row.path, row.cost) for row in self.endpoint_costs or []]
        return self.default_cost, rows
