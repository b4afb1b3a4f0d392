"""The limits of groups of orders (protocol 3.4)."""

from __future__ import annotations

from dataclasses import dataclass

from msgspec import Struct

from kalshi_client.wire.numbers import CountText, Name, Shard, count_e2, told
from kalshi_client.wire.salvage import Needed


@dataclass(frozen=True, slots=True)
class OrderGroup:
    """Orders that are cancelled together once more than the limit has filled within 15 s."""

    group_id: str
    exchange_index: int
    limit_e2: int | None  # None = not told
    is_auto_cancel_enabled: bool | None  # None = not told
    order_ids: tuple[str, ...] | None  # None = not told: a list of groups does not


class _Group(Struct):
    exchange_index: Needed[Shard | None] = None
    orders: Needed[list[Name] | None] = None
    id: Name | None = None
    is_auto_cancel_enabled: bool | None = None
    contracts_limit_fp: CountText | None = None

    def group(self, group_id: str) -> OrderGroup:
        return OrderGroup(
            group_id,
            self.exchange_index or 0,
            told(count_e2, self.contracts_limit_fp),
            self.is_auto_cancel_enabled,
            told(tuple, self.orders),
        )


class OrderGroupBody(_Group):
    """One group, which does not name itself."""

    def to_value(self) -> OrderGroup:
        return self.group(self.id or "")


class _ListedGroup(_Group, kw_only=True):
    id: Name

    def to_value(self) -> OrderGroup:
        return self.group(self.id)


class OrderGroupsBody(Struct):
    order_groups: list[_ListedGroup] | None

    def to_value(self) -> list[OrderGroup]:
        return [group.to_value() for group in self.order_groups or []]
